"""A session without a speaker, whose audio nobody takes: a wait for it is explained."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from realtime_sdk import MessageItem, NullSpeaker, OutputDevice, Response, Session, connect
from realtime_sdk.testing import FakeServer, message, run_virtual

REMINDER = (
    "the audio of {} is waited for, and not read: in a session without a speaker, played(), drained() and captions "
    "come once the application has taken it from item.audio(); speaker=NullSpeaker() plays it to nobody, in real time"
)


def reminders(
    caplog: pytest.LogCaptureFixture, wait: Callable[[Session, Response], Awaitable[object]],
    speaker: OutputDevice | None = None,
) -> int:
    """How often a session reminds of audio that is not read, while an application waits for up to a minute."""

    async def main() -> str:
        server = FakeServer()
        server.reply(message("One two three.", seconds=3.0), thinking=8.0)
        async with server, connect(endpoint=server, microphone=None, speaker=speaker) as session:
            response = await session.respond()
            try:
                async with asyncio.timeout(60.0):
                    await wait(session, response)
            except TimeoutError:
                pass
            return response.items[0].id

    item_id = run_virtual(main)
    return sum(REMINDER.format(item_id) in record.getMessage() for record in caplog.records)


async def first_message(response: Response) -> MessageItem:
    item = await anext(aiter(response))
    assert isinstance(item, MessageItem)
    return item


async def drain(session: Session, response: Response) -> None:
    await session.drained()


async def wait_until_played(session: Session, response: Response) -> None:
    await response.played()


async def follow_captions(session: Session, response: Response) -> None:
    async for _ in (await first_message(response)).captions():
        pass


async def take_and_drain(session: Session, response: Response) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.drained())
        async for _ in (await first_message(response)).audio():
            pass


async def do_without_sound(session: Session, response: Response) -> None:
    await response.done()
    await asyncio.sleep(30.0)


@pytest.mark.parametrize("wait", [drain, wait_until_played, follow_captions])
def test_a_wait_for_audio_that_is_not_read_is_explained_once(
    wait: Callable[[Session, Response], Awaitable[object]], caplog: pytest.LogCaptureFixture
) -> None:
    assert reminders(caplog, wait) == 1


@pytest.mark.parametrize("wait", [take_and_drain, do_without_sound])
def test_an_application_that_takes_the_audio_or_does_without_is_not_reminded(
    wait: Callable[[Session, Response], Awaitable[object]], caplog: pytest.LogCaptureFixture
) -> None:
    assert reminders(caplog, wait) == 0


def test_beside_a_speaker_there_is_nothing_to_read(caplog: pytest.LogCaptureFixture) -> None:
    assert reminders(caplog, drain, NullSpeaker()) == 0
