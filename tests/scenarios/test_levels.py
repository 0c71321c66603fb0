"""Levels for a meter: measured only where they have a reader."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import InputLevel, OutputLevel, Session
from realtime_sdk.capture._levels import SILENT_DBFS
from realtime_sdk.testing import FakeServer, VirtualMicrophone, message, run_virtual

from .observing import after, talk

SAID = np.full(24_000, 3000, np.int16)


class Watcher:
    """A tap that counts the levels."""

    def __init__(self, *, reads_levels: bool = True) -> None:
        self.reads_levels = reads_levels
        self.levels = 0

    def emitted(self, event: object) -> None:
        self.levels += isinstance(event, InputLevel | OutputLevel)

    def ignore(self, *_: object) -> None:
        pass

    sent = received = captured = heard = close = ignore


async def converse(session: Session) -> None:
    """A second of the user's, and one of the model's."""
    await anyio.sleep(1.0)
    await (await session.respond()).played()


def levels_kept(*kinds: type, begun: bool, **parameters: Any) -> set[type]:
    """The kinds of levels that a session holds at its end, whose events are read from its beginning, or not."""

    async def main() -> set[type]:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(message("Humm.", pcm=SAID))
        microphone.say(SAID, at=0.0)
        async with server, talk(server, microphone=microphone, **parameters) as session:
            if begun:
                session.events(*kinds)
            await converse(session)
        return {type(level) for level in await after(session, InputLevel, OutputLevel)}

    return run_virtual(main)


def test_none_are_kept_of_a_session_whose_events_are_not_read() -> None:
    assert levels_kept(begun=False) == set()


@pytest.mark.parametrize("kinds", [(), (InputLevel,), (OutputLevel,)])
def test_both_sides_are_measured_from_the_first_call_that_asks_for_levels(kinds: tuple[type, ...]) -> None:
    assert levels_kept(*kinds, begun=True) == {InputLevel, OutputLevel}


@pytest.mark.parametrize("reads_levels", [True, False])
def test_they_are_measured_for_a_tap_unless_it_does_without(reads_levels: bool) -> None:
    watcher = Watcher(reads_levels=reads_levels)
    levels_kept(begun=False, tap=watcher)
    assert (watcher.levels > 20) is reads_levels


def output_levels(during: Callable[[Session], Awaitable[None]]) -> list[OutputLevel]:
    """The levels of two seconds of the model's sound, from its beginning to two seconds behind its end."""

    async def main() -> list[OutputLevel]:
        server = FakeServer()
        server.reply(message("Humm.", pcm=np.tile(SAID, 2)))
        async with server, talk(server) as session:
            session.events(OutputLevel)
            response = await session.respond()
            await during(session)
            await response.played()
            await anyio.sleep(2.0)
        return list(await after(session, OutputLevel))

    return run_virtual(main)


async def nothing(_: Session) -> None:
    """Let it be heard."""


async def pause(session: Session) -> None:
    await anyio.sleep(1.0)
    session.pause()
    await anyio.sleep(3.0)
    session.resume()


async def interrupt(session: Session) -> None:
    await anyio.sleep(1.0)
    await session.interrupt()


@pytest.mark.parametrize(("during", "silences"), [(nothing, 1), (pause, 2), (interrupt, 1)])
def test_a_speaker_that_falls_silent_has_one_level_of_silence_so_that_no_meter_stands_still(
    during: Callable[[Session], Awaitable[None]], silences: int
) -> None:
    levels = output_levels(during)
    silent = [level.dbfs == SILENT_DBFS for level in levels]
    assert silent.count(True) == silences and silent[-1]
    if during is pause:
        gap = silent.index(True)
        assert levels[gap + 1].at - levels[gap].at == approx(3.0, abs=0.1), "it follows at once, not at the next sound"


async def mute_hard(session: Session, microphone: VirtualMicrophone) -> None:
    session.mute(hard=True)


async def take_away(session: Session, microphone: VirtualMicrophone) -> None:
    await session.use(microphone=None)


async def hang_up(session: Session, microphone: VirtualMicrophone) -> None:
    microphone.hang_up()


@pytest.mark.parametrize("stop", [mute_hard, take_away, hang_up])
def test_a_microphone_that_gives_nothing_any_more_has_one_level_of_silence(
    stop: Callable[[Session, VirtualMicrophone], Awaitable[None]],
) -> None:
    async def main() -> list[InputLevel]:
        server, microphone = FakeServer(), VirtualMicrophone()
        microphone.say(np.tile(SAID, 10), at=0.0)
        async with server, talk(server, microphone=microphone) as session:
            session.events(InputLevel)
            await anyio.sleep(1.0)
            await stop(session, microphone)
            await anyio.sleep(2.0)
        return list(await after(session, InputLevel))

    *loud, last = run_virtual(main)
    assert all(level.dbfs == approx(-20.8, abs=0.1) for level in loud)
    assert last.dbfs == SILENT_DBFS
    assert last.at - loud[-1].at == approx(0.12, abs=0.05)


def test_a_microphone_that_is_no_longer_muted_is_measured_again() -> None:
    async def main() -> list[InputLevel]:
        server, microphone = FakeServer(), VirtualMicrophone()
        microphone.say(np.tile(SAID, 10), at=0.0)
        async with server, talk(server, microphone=microphone) as session:
            session.events(InputLevel)
            for _ in range(2):
                await anyio.sleep(1.0)
                session.mute(hard=True)
                await anyio.sleep(1.0)
                session.unmute()
        return list(await after(session, InputLevel))

    silent = [level.dbfs == SILENT_DBFS for level in run_virtual(main)]
    assert silent.count(True) == 2 and silent[-1], "one level for each mute"
