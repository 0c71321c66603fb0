"""Late imports of the packages that the extras install, so that importing this package stays cheap."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import ExtraMissing


def need(module: str, what: str, extra: str) -> Any:
    """Import `module`; raise `ExtraMissing`, which names `what` and the extra, if it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as missing:
        raise ExtraMissing(what, extra) from missing
