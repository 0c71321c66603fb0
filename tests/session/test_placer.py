"""Words are placed step by step between turns of the loop, and for one session at a time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from realtime_sdk import connect, transcribe
from realtime_sdk._runtime import clock
from realtime_sdk.conversation._words import Words
from realtime_sdk.session.captions import _placer
from realtime_sdk.session.captions._placer import WordPlacer
from realtime_sdk.session.opening._aligner_name import AlignerName
from realtime_sdk.testing import FakeServer, VirtualSpeaker, run_virtual


@dataclass
class ScriptedWords(Words):
    """Words that are placed in these steps."""

    steps: Callable[[], Iterator[None]]
    followed: bool = True
    exist: bool = True
    due: float = 0.0

    @property
    def captions_followed(self) -> bool:
        return self.followed

    @property
    def places_words(self) -> bool:
        return self.exist

    def placing_due(self, at: float) -> float:
        return self.due

    def place_words(self) -> Iterator[None]:
        return self.steps()


def test_each_step_is_a_turn_of_the_loop_and_sessions_take_turns() -> None:
    done: list[str] = []

    def steps(name: str) -> Iterator[None]:
        for number in range(3):
            yield
            done.append(f"{name}{number}")

    async def other() -> None:
        for _ in range(30):
            done.append("loop")
            await asyncio.sleep(0)

    async def main() -> None:
        placers = [WordPlacer(ScriptedWords(partial(steps, name))) for name in "ab"]
        for placer in placers:
            placer.wake()
        await asyncio.gather(*(placer.placed() for placer in placers), other())

    run_virtual(main)
    words = [step for step in done if step != "loop"]
    assert words == ["a0", "a1", "a2", "b0", "b1", "b2"]
    assert all("loop" in done[done.index(one) : done.index(next_one)] for one, next_one in [("a0", "a1"), ("a1", "a2")])


@pytest.mark.parametrize("of_another_session", [False, True])
def test_events_that_arrive_in_a_burst_go_before_each_step(*, of_another_session: bool) -> None:
    done: list[str] = []

    def steps() -> Iterator[None]:
        for number in range(2):
            yield
            done.append(f"step {number}")

    async def main() -> None:
        placer, other = WordPlacer(ScriptedWords(steps)), WordPlacer(ScriptedWords(steps))

        async def burst() -> None:
            for _ in range(3):
                (other if of_another_session else placer).received()
                done.append("event")
                await asyncio.sleep(0)

        placer.wake()
        await asyncio.gather(placer.placed(), burst())

    run_virtual(main)
    assert done == ["event", "event", "event", "step 0", "step 1"]


def test_a_frame_that_arrives_during_a_step_is_handled_before_the_next_one() -> None:
    done: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        readable: asyncio.Event = asyncio.Event()

        def steps() -> Iterator[None]:
            for number in range(2):
                yield
                done.append(f"step {number}")
                if number == 0:
                    loop.call_soon(readable.set)  # the socket's, in the next turn

        placer = WordPlacer(ScriptedWords(steps))

        async def session() -> None:
            await readable.wait()
            placer.received()
            done.append("event")
            await asyncio.sleep(0)
            done.append("device")

        placer.wake()
        await asyncio.gather(placer.placed(), session())

    run_virtual(main)
    assert done == ["step 0", "event", "device", "step 1"]


@pytest.mark.parametrize(("read_after", "placed_at"), [(None, 0.2), (0.05, 0.05)])
def test_words_that_are_not_read_are_placed_after_a_while_or_once_they_are(
    read_after: float | None, placed_at: float
) -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        placer = WordPlacer(ScriptedWords(lambda: iter([None]), followed=False))
        placer.wake()
        if read_after is not None:
            loop.call_later(read_after, placer.hurry)
        await placer.placed()
        return loop.time()

    assert run_virtual(main) == pytest.approx(placed_at)


@pytest.mark.parametrize("followed", [True, False])
def test_words_are_placed_once_they_are_worth_it(followed: bool) -> None:
    async def main() -> None:
        words = ScriptedWords(lambda: iter([None]), followed=followed, due=clock.wall() + 1.0)
        placer = WordPlacer(words)
        placer.wake()
        placing = asyncio.ensure_future(placer.placed())
        await asyncio.sleep(0.9)
        words.due = clock.wall() + 1.0  # those of another message
        await asyncio.sleep(0.9)
        assert not placing.done()
        await placing
        assert clock.wall() == pytest.approx(words.due)

    run_virtual(main)


@pytest.mark.parametrize(
    "words",
    [
        ScriptedWords(lambda: iter(())),
        ScriptedWords(lambda: iter([None]), exist=False),
        ScriptedWords(lambda: iter([None]), followed=False, due=math.inf),
    ],
    ids=["no words", "no aligner", "none worth it"],
)
def test_a_session_without_words_to_place_waits(words: Words) -> None:
    async def main() -> bool:
        placer = WordPlacer(words)
        placer.wake()
        try:
            async with asyncio.timeout(1.0):
                await placer.placed()
        except TimeoutError:
            return True
        return False

    assert run_virtual(main)


def loads_of(session: Any, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a session that is held for a second loads what placing words needs."""
    loads: list[str] = []
    monkeypatch.setattr(_placer, "is_rehearsed", lambda: False)
    monkeypatch.setattr(_placer, "rehearse", lambda: loads.append("model and lexicons"))

    async def main() -> None:
        async with server, session(endpoint=server, microphone=None):
            await asyncio.sleep(1.0)

    run_virtual(main)
    return len(loads)


@pytest.mark.parametrize(("aligner", "loads"), [("signal", 1), (None, 0)])
def test_a_session_with_a_speaker_loads_what_placing_words_needs_unless_it_times_none(
    aligner: AlignerName | None, loads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = partial(connect, speaker=VirtualSpeaker(), aligner=aligner)
    assert loads_of(session, FakeServer(), monkeypatch) == loads


def test_a_session_whose_application_plays_loads_it_once_words_are_to_be_placed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert loads_of(partial(connect, speaker=None), FakeServer(), monkeypatch) == 0


def test_a_session_that_only_transcribes_loads_nothing_for_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loads_of(transcribe, FakeServer(intent="transcription"), monkeypatch) == 0
