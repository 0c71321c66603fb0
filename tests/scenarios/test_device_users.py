"""A device has one session at a time: what a second one is told, and when the device is free again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

import anyio
import numpy as np
import pytest

from realtime_sdk import (
    DeviceError,
    NullSpeaker,
    UsageError,
    connect,
    connect_live,
    connect_translation,
    transcribe,
)
from realtime_sdk.testing import FakeLiveServer, FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual

Opener: TypeAlias = Callable[..., AbstractAsyncContextManager[Any]]

IN_USE = "another session uses this {}: leave that session first, or make a device for each session"


@asynccontextmanager
async def conversation(**devices: Any) -> AsyncIterator[Any]:
    async with FakeServer() as server, connect(
        endpoint=server, **{"speaker": None, "microphone": None, **devices}
    ) as session:
        yield session


@asynccontextmanager
async def live(**devices: Any) -> AsyncIterator[Any]:
    async with FakeLiveServer() as server, connect_live(
        endpoint=server, **{"speaker": None, "microphone": None, **devices}
    ) as session:
        yield session


@asynccontextmanager
async def translation(**devices: Any) -> AsyncIterator[Any]:
    async with FakeLiveServer(protocol="translation") as server, connect_translation(
        "es", endpoint=server, **{"speaker": None, "microphone": None, **devices}
    ) as session:
        yield session


@asynccontextmanager
async def transcription(**devices: Any) -> AsyncIterator[Any]:
    async with FakeServer(intent="transcription") as server, transcribe(
        endpoint=server, **{"microphone": None, **devices}
    ) as session:
        yield session


class CountedSpeaker(VirtualSpeaker):
    """A speaker that counts how often it was opened and closed, and equals every other: nothing but identity counts."""

    opened = closed = 0

    __hash__ = None  # type: ignore[assignment]  # a device need not be hashable

    def __eq__(self, other: object) -> bool:
        return True

    async def open(self, rate: int) -> None:
        await super().open(rate)
        self.opened += 1

    async def close(self) -> None:
        await super().close()
        self.closed += 1


@pytest.mark.parametrize("first", [conversation, live, translation])
@pytest.mark.parametrize("second", [conversation, live, translation])
def test_a_second_session_is_refused_a_speaker_that_plays_for_another(first: Opener, second: Opener) -> None:
    speaker = CountedSpeaker()

    async def main() -> None:
        async with first(speaker=speaker):
            with pytest.raises(UsageError, match=IN_USE.format("CountedSpeaker")):
                async with second(speaker=speaker):
                    pass
            assert (speaker.opened, speaker.closed) == (1, 0)
            async with second(speaker=CountedSpeaker()):
                pass
        async with second(speaker=speaker):
            assert (speaker.opened, speaker.closed) == (2, 1)

    run_virtual(main)
    assert speaker.closed == 2


@pytest.mark.parametrize("first", [conversation, live, translation, transcription])
@pytest.mark.parametrize("second", [conversation, live, translation, transcription])
def test_a_second_session_is_refused_a_microphone_that_another_reads(first: Opener, second: Opener) -> None:
    microphone = VirtualMicrophone()

    async def main() -> None:
        async with first(microphone=microphone):
            with pytest.raises(UsageError, match=IN_USE.format("VirtualMicrophone")):
                async with second(microphone=microphone):
                    pass
        async with second(microphone=microphone):
            pass

    run_virtual(main)


def test_the_first_session_plays_on_as_if_there_had_been_no_second() -> None:
    server, speaker = FakeServer(), VirtualSpeaker()
    server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            response = await session.respond()
            await anyio.sleep(0.5)
            with pytest.raises(UsageError, match="another session uses"):
                async with conversation(speaker=speaker):
                    pass
            (playout,) = await response.played()
            assert (playout.position, playout.interrupted) == (2.0, False)

    run_virtual(main)
    (sound,) = server.sounds.values()
    assert np.array_equal(speaker.heard, sound)
    assert len(speaker.timeline) == 1


@pytest.mark.parametrize("opener", [conversation, live, translation])
def test_use_refuses_a_device_of_another_session_and_releases_those_that_it_replaces(opener: Opener) -> None:
    theirs, mine = CountedSpeaker(), CountedSpeaker()

    async def main() -> None:
        async with opener(speaker=theirs) as other, opener(speaker=mine) as session:
            with pytest.raises(UsageError, match=IN_USE.format("CountedSpeaker")):
                await session.use(speaker=theirs)
            assert (theirs.opened, theirs.closed, mine.opened, mine.closed) == (1, 0, 1, 0)
            await other.use(speaker=NullSpeaker())
            await session.use(speaker=theirs)
            await other.use(speaker=mine)  # each has the other's
        assert (theirs.opened, theirs.closed, mine.opened, mine.closed) == (2, 2, 2, 2)

    run_virtual(main)


def test_use_that_is_refused_one_device_opens_and_keeps_neither() -> None:
    microphone, speaker = VirtualMicrophone(), CountedSpeaker()

    async def main() -> None:
        async with conversation(microphone=microphone) as other, conversation(speaker=NullSpeaker()) as session:
            with pytest.raises(UsageError, match="another session uses"):
                await session.use(speaker=speaker, microphone=microphone)
            assert speaker.opened == 0
            await other.use(microphone=None)
            await session.use(speaker=speaker, microphone=microphone)

    run_virtual(main)


class Absent(VirtualSpeaker):
    """A speaker that is not there when it is opened for the first time."""

    is_absent = True

    async def open(self, rate: int) -> None:
        if self.is_absent:
            self.is_absent = False
            raise DeviceError("no such device")
        await super().open(rate)


class Hanging(VirtualSpeaker):
    """A speaker that does not open, and does not close."""

    async def open(self, rate: int) -> None:
        await anyio.sleep_forever()

    async def close(self) -> None:
        await anyio.sleep_forever()


def test_a_session_that_failed_to_open_or_was_given_up_has_released_its_devices() -> None:
    absent, refused, hanging = Absent(), VirtualSpeaker(), Hanging()

    async def main() -> None:
        with pytest.raises(DeviceError, match="no such device"):
            async with conversation(speaker=absent):
                pass
        with pytest.raises(UsageError, match="not entered"):
            async with connect(endpoint=FakeServer(), speaker=refused, microphone=None):
                pass
        for _ in range(2):
            with anyio.move_on_after(1.0) as waiting:
                async with conversation(speaker=hanging):
                    pass
            assert waiting.cancelled_caught
        for speaker in (absent, refused):
            async with conversation(speaker=speaker):
                pass

    run_virtual(main)


def test_an_exchange_that_is_withdrawn_has_released_the_new_device() -> None:
    hanging = Hanging()

    async def main() -> None:
        async with conversation(speaker=VirtualSpeaker()) as session, conversation(speaker=VirtualSpeaker()) as other:
            for each in (session, other):
                with anyio.move_on_after(1.0) as waiting:
                    await each.use(speaker=hanging)
                assert waiting.cancelled_caught
                await anyio.sleep(1.0)  # it is given up, because it does not close

    run_virtual(main)


class Headset(VirtualSpeaker):
    """A speaker that is a microphone, too."""

    async def read(self) -> np.ndarray[Any, np.dtype[np.int16]]:
        await anyio.sleep(0.02)
        return np.zeros(480, np.int16)


def test_one_object_may_be_both_devices_of_a_session() -> None:
    headset = Headset()

    async def main() -> int:
        sessions = 0
        for _ in range(2):
            async with conversation(speaker=headset, microphone=headset):
                sessions += 1
        return sessions

    assert run_virtual(main) == 2


def test_a_session_in_another_thread_is_refused_as_well() -> None:
    speaker, refused = VirtualSpeaker(), list[str]()

    async def second() -> None:
        with pytest.raises(UsageError) as raised:
            async with conversation(speaker=speaker):
                pass
        refused.append(str(raised.value))

    async def main() -> None:
        async with conversation(speaker=speaker):
            thread = threading.Thread(target=lambda: asyncio.run(second()))
            thread.start()
            thread.join()

    run_virtual(main)
    assert refused == [IN_USE.format("VirtualSpeaker")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Python 3.13 warns of the closed loop
def test_a_loop_that_was_closed_under_its_session_does_not_keep_the_device() -> None:
    speaker, loop = VirtualSpeaker(), asyncio.new_event_loop()
    loop.run_until_complete(conversation(speaker=speaker).__aenter__())
    loop.close()

    async def main() -> str:
        async with conversation(speaker=speaker) as session:
            return str(session.state)

    assert run_virtual(main) == "listening"
