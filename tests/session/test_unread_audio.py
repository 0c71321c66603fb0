"""A session without a speaker, whose audio nobody takes, or reports as heard: a wait for it is explained."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from realtime_sdk import MessageItem, NullSpeaker, OutputDevice, Response, Session, connect
from realtime_sdk.testing import FakeServer, message, run_virtual

REMINDER = (
    "the audio of {} is waited for, and not read: in a session without a speaker, played(), drained() and captions "
    "come once the application has taken it from item.audio(); speaker=NullSpeaker() plays it to nobody, in real time"
)

REPORT_REMINDER = (
    "the audio of {} is waited for, and not reported as heard: after item.audio(reported=True), played(), drained() "
    "and captions come once item.report_heard(position) says how much of it was heard; item.audio() counts as heard "
    "what is taken from it"
)


def reminders(
    caplog: pytest.LogCaptureFixture, wait: Callable[[Session, Response], Awaitable[object]],
    speaker: OutputDevice | None = None, *, reminder: str = REMINDER,
) -> int:  # fmt: skip
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
    return sum(reminder.format(item_id) in record.getMessage() for record in caplog.records)


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


async def take(session: Session, response: Response, *, reports: float | None) -> None:
    """Take the audio to report it; `reports`: when, in seconds after it was taken."""
    item = await first_message(response)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(session.drained())
        async for _ in item.audio(reported=True):
            pass
        if reports is not None:
            await asyncio.sleep(reports)
            item.report_heard(3.0)


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


def test_a_wait_for_audio_that_is_taken_and_never_reported_is_explained_once(caplog: pytest.LogCaptureFixture) -> None:
    wait = partial(take, reports=None)
    assert reminders(caplog, wait, reminder=REPORT_REMINDER) == 1
    assert not any("not read" in record.getMessage() for record in caplog.records)


def test_an_application_that_reports_a_message_once_it_has_played_all_of_it_is_not_reminded(
    caplog: pytest.LogCaptureFixture
) -> None:
    assert reminders(caplog, partial(take, reports=4.0), reminder=REPORT_REMINDER) == 0


def test_beside_a_speaker_there_is_nothing_to_read(caplog: pytest.LogCaptureFixture) -> None:
    assert reminders(caplog, drain, NullSpeaker()) == 0
