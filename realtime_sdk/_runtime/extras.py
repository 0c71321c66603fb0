"""Imports of what the package's extras install: late, so that importing the package stays cheap."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import ExtraMissing


def need(module: str, what: str, extra: str) -> Any:
    """Import `module`; raise `ExtraMissing`, which names `what` and the extra, where it can't be."""
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise ExtraMissing(what, extra) from missing
