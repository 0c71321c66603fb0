"""Imports of what the extra `local` installs: late, so that importing this package stays cheap."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import ExtraMissing


def need(module: str, what: str) -> Any:
    """Import `module`; raise `ExtraMissing`, which names `what` and the extra, where it can't be."""
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise ExtraMissing(what, "local") from missing
