"""Modules that are loaded when they are first used."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_loaded: Final[set[str]] = set()
"""The modules that a thread has loaded."""


async def load_in_thread(module: str) -> None:
    """Have a thread load a module and all that it imports, unless that was done: to import it takes no time then."""
    if module not in _loaded:
        from .threads import compute_in_thread  # an import of the package alone loads no asyncio

        await compute_in_thread(_load, module)


def _load(module: str) -> None:
    with collection_paused():
        importlib.import_module(module)
    _loaded.add(module)


@contextmanager
def collection_paused() -> Iterator[None]:
    """Collect no garbage while modules are loaded: they make a great many objects that stay."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
