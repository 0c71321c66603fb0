"""The example on Ray: its workers without Ray, on the virtual clock; and on a cluster on this machine, where Ray is."""

from __future__ import annotations

import subprocess
import sys
from ast import literal_eval
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import anyio
import pytest

from realtime_sdk.testing import FakeServer, message, run_virtual

from .running import EXAMPLES

FOLDER = EXAMPLES / "ray"

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


class Handle:
    """An actor handle: its methods are called by `.remote(…)`."""

    def __init__(self, actor: object) -> None:
        self._actor = actor

    def __getattr__(self, name: str) -> Any:
        return type("Method", (), {"remote": staticmethod(getattr(self._actor, name))})


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> tuple[type, type]:
    """Import the example's `Worker` and `Dispatcher`, as its own folder does."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("worker", "dispatcher"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return import_module("worker").Worker, import_module("dispatcher").Dispatcher


def test_the_files_are_short() -> None:
    assert all(len(path.read_text().splitlines()) < 80 for path in FOLDER.glob("*.py"))


def test_calls_are_spread_evenly(spread: tuple[type, type]) -> None:
    make_worker, make_dispatcher = spread

    async def main() -> None:
        async with FakeServer() as server:
            workers = {name: Handle(make_worker(endpoint=server)) for name in ("a", "b")}
            dispatcher = make_dispatcher(workers)
            for number in range(6):
                await dispatcher.begin(f"call {number}")
            assert sorted(dispatcher.placed.values()) == ["a"] * 3 + ["b"] * 3
            for call_id in dispatcher.placed:
                await dispatcher.worker(call_id).end.remote(call_id)

    run_virtual(main)


def test_a_call_that_moves_while_the_model_speaks_loses_nothing_that_was_heard(spread: tuple[type, type]) -> None:
    make_worker, make_dispatcher = spread

    async def main() -> None:
        async with FakeServer() as server:
            server.reply(message("One two three four.", seconds=4.0))
            dispatcher = make_dispatcher({"a": Handle(make_worker(endpoint=server))})
            await dispatcher.begin("call")
            await dispatcher.worker("call").ask.remote("call", "Count.")
            await anyio.sleep(2.0)
            dispatcher._workers["b"] = Handle(make_worker(endpoint=server))
            server.reply(message("Three four.", seconds=2.0))
            await dispatcher.drain("a", patience=0.2)
            assert dispatcher.placed == {"call": "b"}
            asked, cut, rest = await dispatcher.worker("call").heard.remote("call", drained=True)
            assert (asked, rest) == ("Count.", "Three four.")
            assert "One two three four.".startswith(cut)
            assert cut.startswith("One")
            assert [item.text for item in server.connections[-1].items if item.text in {asked, cut}] == [asked, cut]
            await dispatcher.worker("call").end.remote("call")

    run_virtual(main)


def test_a_call_that_is_silent_moves_without_another_answer(spread: tuple[type, type]) -> None:
    make_worker, _ = spread

    async def main() -> None:
        async with FakeServer() as server:
            server.reply(message("Ten.", seconds=0.5))
            old, new = make_worker(endpoint=server), make_worker(endpoint=server)
            await old.begin("call")
            await old.ask("call", "Count.")
            moving = await old.hand_over("call", patience=10.0)
            assert not moving.unfinished
            await new.begin("call", moving)
            assert await new.heard("call", drained=True) == ["Count.", "Ten."]
            await new.end("call")

    run_virtual(main)


@pytest.mark.real
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install ray")
def test_on_a_cluster_every_call_is_heard_to_its_end() -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "run.py")], capture_output=True, text=True, timeout=240, check=True
    )
    heard = [literal_eval(line[len("call 0 ") :]) for line in done.stdout.splitlines() if line.startswith("call ")]
    assert len(heard) == 6
    for asked, *counted in heard:
        assert asked == "Count, please."
        assert " ".join(counted).split() == WORDS
