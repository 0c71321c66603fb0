"""Captions of a session, placed by an acoustic model."""

from __future__ import annotations

import gc
import logging
import statistics
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import groupby
from weakref import ref

import anyio
import numpy as np
import pytest

import realtime_sdk.session.captions._alignment
import realtime_sdk.session.opening._aligner_name
from realtime_sdk import Caption, CaptionShown, ExtraMissing, MessageItem, Playout, Session, UsageError, connect
from realtime_sdk.acoustic._phoneme_model import PhonemeModel, log_failure
from realtime_sdk.acoustic._phoneme_recogniser import Piece
from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions.features._frame_table import Float32s
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES
from realtime_sdk.session.captions._alignment import AcousticAlignment
from realtime_sdk.session.opening._aligner_name import AlignerName
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from ..acoustic.speech import Spoken, needs_recogniser, speak

TEXT = "The library opens at nine in the morning. You can borrow up to ten books and keep them for three weeks."
PREAMBLE = "Let me have a look at the opening hours for you."


@pytest.fixture(scope="module")
def spoken() -> Spoken:
    return speak(TEXT)


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[Piece]:
    """What was recognised."""
    recognised: list[Piece] = []

    def recognise(piece: Piece, model: PhonemeModel) -> Float32s:
        recognised.append(piece)
        return really(piece, model)

    really = Piece.recognise
    monkeypatch.setattr(Piece, "recognise", recognise)
    return recognised


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
@needs_recogniser
def test_words_are_shown_where_they_are_heard(spoken: Spoken) -> None:
    (placed,) = captions(spoken)
    assert "".join(caption.text for caption in placed) == spoken.text
    missed = misses(placed, spoken)
    assert statistics.median(missed) <= 0.03
    assert sorted(missed)[int(0.9 * len(missed))] <= 0.12
    assert sum(not caption.estimated for caption in placed) >= 0.7 * len(placed)


@pytest.mark.real
@needs_recogniser
def test_each_word_is_shown_when_it_is_audible(spoken: Spoken) -> None:
    (events,) = shown(spoken)
    started = events[0].item.playout.started_at
    assert started is not None
    late = [event.at - started - onset for event, onset in zip(events, spoken.onsets.values(), strict=True)]
    assert statistics.median(map(abs, late)) <= 0.03
    assert sum(seconds < -0.1 for seconds in late) <= 0.1 * len(late)


@pytest.mark.real
@needs_recogniser
def test_a_message_is_recognised_while_the_message_before_it_is_heard(spoken: Spoken) -> None:
    before = speak(PREAMBLE)
    first, second = captions(before, spoken)
    assert statistics.median(misses(first, before)) <= 0.03
    assert statistics.median(misses(second, spoken)) <= 0.03
    assert not second[0].estimated


@pytest.mark.real
@needs_recogniser
def test_it_is_the_same_every_time_on_the_virtual_clock(spoken: Spoken) -> None:
    assert captions(spoken) == captions(spoken)


@pytest.mark.real
@needs_recogniser
def test_with_the_signal_aligner_nothing_is_recognised(spoken: Spoken, pieces: list[Piece]) -> None:
    (placed,) = captions(spoken, aligner="signal")
    assert all(caption.estimated for caption in placed)
    assert not pieces


@pytest.mark.real
@needs_recogniser
def test_nothing_is_recognised_where_no_captions_are_requested(spoken: Spoken, pieces: list[Piece]) -> None:
    async def listen(session: Session) -> None:
        await (await first_message(session)).played()

    talk(spoken, listen=listen)
    assert not pieces


@pytest.mark.real
@needs_recogniser
def test_the_acoustic_aligner_recognises_also_where_no_captions_are_requested(
    spoken: Spoken, pieces: list[Piece]
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
    assert pieces


@pytest.mark.parametrize("good", [0, 2], ids=["at once", "in the middle"])
def test_captions_continue_if_the_recogniser_fails_and_the_log_says_so_once(
    spoken: Spoken, good: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[Piece] = []

    def recognise(piece: Piece, _: object) -> Float32s:
        asked.append(piece)
        if len(asked) > good:
            raise RuntimeError("the recogniser is broken")
        return np.zeros((50, len(ACOUSTIC_CLASSES)), np.float32)

    monkeypatch.setattr(realtime_sdk.session.captions._alignment, "is_installed", lambda: True)
    monkeypatch.setattr(realtime_sdk.session.captions._alignment, "phoneme_model", lambda: None)
    monkeypatch.setattr(Piece, "recognise", recognise)
    log_failure.cache_clear()
    with caplog.at_level(logging.WARNING):
        (placed,) = captions(spoken)
    assert "".join(caption.text for caption in placed) == spoken.text
    assert len(asked) == good + 1
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == ["the recogniser is broken"]


@pytest.mark.real
@needs_recogniser
def test_a_session_can_be_left_while_audio_is_recognised(spoken: Spoken, pieces: list[Piece]) -> None:
    async def listen(session: Session) -> None:
        item = await first_message(session)
        async for _ in item.captions():
            if pieces:
                break

    talk(spoken, listen=listen)
    assert pieces


def test_an_aligner_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="'auto', 'acoustic', 'signal'"):
        anyio.run(partial(open_and_leave, "magic"))  # type: ignore[arg-type]


def test_one_that_is_not_installed_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realtime_sdk.session.opening._aligner_name, "is_installed", lambda: False)
    with pytest.raises(ExtraMissing, match=r"pip install 'realtime-voice-sdk\[align\]'"):
        anyio.run(partial(open_and_leave, "acoustic"))


async def open_and_leave(aligner: AlignerName) -> None:
    async with connect(endpoint=FakeServer(), speaker=None, microphone=None, aligner=aligner):
        pass


@needs_recogniser
def test_nothing_that_was_measured_of_a_message_is_kept_once_it_was_heard(
    spoken: Spoken, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ref[TranscriptAligner]] = []
    word_finder = AcousticAlignment.word_finder

    def observed(alignment: AcousticAlignment, aligner: TranscriptAligner) -> object:
        made.append(ref(aligner))
        return word_finder(alignment, aligner)

    monkeypatch.setattr(AcousticAlignment, "word_finder", observed)

    async def listen(session: Session) -> None:
        item = await first_message(session)
        assert [caption async for caption in item.captions()]
        await anyio.sleep(1.0)
        gc.collect()
        assert [aligner() for aligner in made] == [None]

    talk(spoken, listen=listen)
