"""Modules that are loaded when they are first used, by one thread at a time."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import lazy_loader

_lock: Final = threading.RLock()
"""Held by the thread that loads: of two that import the same modules in another order, one would get an ImportError."""

if sys.platform != "win32":  # between two loads only: a child has no thread that ends one
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)


def attach_stub(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` of a package whose stub lists its names and where they are from."""
    load, list_names, names = lazy_loader.attach_stub(package, file)
    return partial(_load_name, load, frozenset(names)), list_names, names


def _load_name(load: Callable[[str], Any], names: frozenset[str], name: str) -> Any:
    if name not in names:  # asked for as a module is imported, which must not wait for the thread that loads
        return load(name)
    with loading():
        return load(name)


@contextmanager
def loading() -> Iterator[None]:
    """Keep other threads from loading, and collect no garbage: modules make a great many objects that stay."""
    with _lock:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if was_enabled:
                gc.enable()
