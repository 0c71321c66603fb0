"""Modules that are loaded when they are first used: by one thread at a time, and by none while the process forks."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import realtime_sdk
from realtime_sdk._runtime.threads import load_in_thread

ROOMS = sorted(Path(realtime_sdk.__file__).parent.rglob("__init__.py"))

PACKAGE = """
from realtime_sdk._runtime.loading import attach_stub
__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
"""

MODULE = """
from concurrent.futures import ThreadPoolExecutor
from realtime_sdk._runtime.loading import _lock

def enter():
    entered = _lock.acquire(blocking=False)
    if entered:
        _lock.release()
    return entered

with ThreadPoolExecutor() as pool:
    ANOTHER_THREAD_LOADS = pool.submit(enter).result()
"""

FORKED = """
import os, signal, threading
from realtime_sdk._runtime.loading import loading

inside, forks = threading.Event(), threading.Event()

def load():
    with loading():
        inside.set()
        forks.wait()

thread = threading.Thread(target=load)
thread.start()
inside.wait()
os.register_at_fork(before=forks.set)
child = os.fork()
if not child:
    signal.alarm(5)  # ends a child that waits for ever
    with loading():
        os._exit(0)
thread.join()
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a lazy name, whose module finds out whether another thread may load at the same time."""
    name = f"lazy_{tmp_path.name}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(PACKAGE)
    (folder / "__init__.pyi").write_text("from ._module import ANOTHER_THREAD_LOADS as ANOTHER_THREAD_LOADS\n")
    (folder / "_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_a_name_is_loaded_by_one_thread_at_a_time(package: str) -> None:
    assert importlib.import_module(package).ANOTHER_THREAD_LOADS is False


@pytest.mark.anyio
async def test_a_module_loaded_in_a_thread_is_loaded_by_that_thread_alone(package: str) -> None:
    await load_in_thread(f"{package}._module")

    assert importlib.import_module(package).ANOTHER_THREAD_LOADS is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_the_child_of_a_process_that_forks_while_a_thread_loads_can_load() -> None:
    forked = subprocess.run([sys.executable, "-c", FORKED])

    assert forked.returncode == 0


@pytest.mark.parametrize("source", ROOMS, ids=lambda source: source.parent.name)
def test_a_room_imports_none_of_its_own_modules_as_it_is_loaded(source: Path) -> None:
    """Else threads that import two of them, of which one has a module's lock and the other the room's, both fail."""
    statements = ast.parse(source.read_text(encoding="utf-8")).body
    imports = [statement for statement in statements if isinstance(statement, ast.ImportFrom) and statement.level]
    assert [statement.module for statement in imports] in ([], ["_runtime.loading"])
