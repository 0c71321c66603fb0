"""Captions of a session, placed by an acoustic model."""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import groupby

import anyio
import pytest

import realtime_sdk.session._alignment
from realtime_sdk import Caption, CaptionShown, ExtraMissing, MessageItem, Playout, Session, UsageError, connect
from realtime_sdk.acoustic._decoder import Decoder
from realtime_sdk.acoustic._forced_aligner import Window
from realtime_sdk.session._alignment import AlignerName
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from ..acoustic.speech import Spoken, speak

TEXT = "The library opens at nine in the morning. You can borrow up to ten books and keep them for three weeks."
PREAMBLE = "Let me have a look at the opening hours for you."


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return speak(TEXT)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> list[Window]:
    """What was decoded."""
    decoded: list[Window] = []

    def decode(window: Window, decoder: Decoder, checkpoint: Callable[[], object]) -> object:
        decoded.append(window)
        return really(window, decoder, checkpoint)

    really = Window.decode
    monkeypatch.setattr(Window, "decode", decode)
    return decoded


def talk(
    *said: Spoken, listen: Callable[[Session], Awaitable[None]], aligner: AlignerName = "auto", pace: float = 4.0
) -> None:
    """Have the server say it, `pace` times as fast as it sounds."""

    async def main() -> None:
        server = FakeServer()
        server.reply(*(message(each.text, pcm=each.pcm) for each in said), pace=pace)
        async with (
            server,
            connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, aligner=aligner) as session,
        ):
            session.send_text("When does it open?")
            await listen(session)

    run_virtual(main)


async def first_message(session: Session) -> MessageItem:
    async for item in await anext(session.responses()):
        if isinstance(item, MessageItem):
            return item
    raise AssertionError("no message came")


def shown(*said: Spoken, aligner: AlignerName = "auto") -> list[list[CaptionShown]]:
    """The captions of what is said, message by message."""
    events_shown: list[CaptionShown] = []

    async def listen(session: Session) -> None:
        events = session.events()
        await (await anext(session.responses())).played()
        session._runtime.leave(None)
        events_shown.extend([event async for event in events if isinstance(event, CaptionShown)])

    talk(*said, listen=listen, aligner=aligner)
    return [list(group) for _, group in groupby(events_shown, lambda event: event.item.id)]


def captions(*said: Spoken, aligner: AlignerName = "auto") -> list[list[Caption]]:
    return [[event.caption for event in events] for events in shown(*said, aligner=aligner)]


def misses(placed: list[Caption], spoken: Spoken) -> list[float]:
    return [abs(caption.start - onset) for caption, onset in zip(placed, spoken.onsets.values(), strict=True)]


@pytest.mark.real
def test_words_are_shown_where_they_are_heard(spoken: Spoken) -> None:
    (placed,) = captions(spoken)
    assert "".join(caption.text for caption in placed) == spoken.text
    missed = misses(placed, spoken)
    assert statistics.median(missed) <= 0.03
    assert sorted(missed)[int(0.9 * len(missed))] <= 0.12
    assert sum(not caption.estimated for caption in placed) >= 0.7 * len(placed)


@pytest.mark.real
def test_each_word_is_shown_when_it_is_audible(spoken: Spoken) -> None:
    (events,) = shown(spoken)
    started = events[0].item.playout.started_at
    assert started is not None
    late = [event.at - started - onset for event, onset in zip(events, spoken.onsets.values(), strict=True)]
    assert statistics.median(map(abs, late)) <= 0.03
    assert sum(seconds < -0.1 for seconds in late) <= 0.1 * len(late)


@pytest.mark.real
def test_a_message_is_decoded_while_the_message_before_it_is_heard(spoken: Spoken) -> None:
    before = speak(PREAMBLE)
    first, second = captions(before, spoken)
    assert statistics.median(misses(first, before)) <= 0.03
    assert statistics.median(misses(second, spoken)) <= 0.03
    assert not second[0].estimated


@pytest.mark.real
def test_it_is_the_same_every_time_on_the_virtual_clock(spoken: Spoken) -> None:
    assert captions(spoken) == captions(spoken)


@pytest.mark.real
def test_with_the_signal_aligner_the_acoustic_model_decodes_nothing(spoken: Spoken, windows: list[Window]) -> None:
    (placed,) = captions(spoken, aligner="signal")
    assert all(caption.estimated for caption in placed)
    assert not windows


@pytest.mark.real
def test_nothing_is_decoded_where_no_captions_are_requested(spoken: Spoken, windows: list[Window]) -> None:
    async def listen(session: Session) -> None:
        await (await first_message(session)).played()

    talk(spoken, listen=listen)
    assert not windows


@pytest.mark.real
def test_the_acoustic_aligner_decodes_also_where_no_captions_are_requested(
    spoken: Spoken, windows: list[Window]
) -> None:
    heard: list[Playout] = []

    async def listen(session: Session) -> None:
        await first_message(session)
        await anyio.sleep(4.2)
        heard.extend(await session.interrupt())

    talk(spoken, listen=listen, aligner="acoustic")
    (playout,) = heard
    begun = [char for char, onset in spoken.onsets.items() if onset < playout.position - 0.02]
    assert playout.transcript == " ".join(spoken.text.split()[: len(begun)])
    assert windows


@pytest.mark.real
def test_captions_continue_if_the_acoustic_model_fails(spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Decoder:
        raise OSError("a library can't be loaded")

    monkeypatch.setattr(realtime_sdk.session._alignment, "shared_decoder", fail)
    (placed,) = captions(spoken)
    assert "".join(caption.text for caption in placed) == spoken.text
    assert all(caption.estimated for caption in placed)


@pytest.mark.real
def test_a_session_can_be_left_while_a_window_is_decoded(spoken: Spoken, windows: list[Window]) -> None:
    async def listen(session: Session) -> None:
        item = await first_message(session)
        async for _ in item.captions():
            if windows:
                break

    talk(spoken, listen=listen)
    assert windows


def test_an_aligner_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="'auto', 'acoustic', 'signal'"):
        anyio.run(partial(open_and_leave, "magic"))  # type: ignore[arg-type]


def test_one_that_is_not_installed_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime_sdk.session._alignment, "is_installed", lambda: False)
    with pytest.raises(ExtraMissing, match=r"pip install 'realtime-voice-sdk\[align\]'"):
        anyio.run(partial(open_and_leave, "acoustic"))


async def open_and_leave(aligner: AlignerName) -> None:
    async with connect(endpoint=FakeServer(), speaker=None, microphone=None, aligner=aligner):
        pass
