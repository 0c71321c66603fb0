"""What captions keep in memory: what more text and audio still need, and of what is settled nothing."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions.decoding._costs import IMPOSSIBLE
from realtime_sdk.captions.decoding._trellis import Trellis
from realtime_sdk.captions.features._frame_table import GrowingTable
from realtime_sdk.captions.features._phone_classes import PhoneClass, mixtures
from realtime_sdk.captions.features._phone_likelihoods import PhoneLikelihoods
from realtime_sdk.captions.features._speech_frames import SpeechFrames

from .phones import window
from .speech import RATE, STORY, Spoken, listen, speak

KILOBYTE = 1024


class Kept:
    """The bytes that Python holds more than before."""

    size = 0


@contextmanager
def kept() -> Iterator[Kept]:
    """Measure what is kept of what is made within."""
    gc.collect()
    tracemalloc.start()
    try:
        more = Kept()
        yield more
        gc.collect()
        more.size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def heard(spoken: Spoken, until: float, *, ended: bool) -> TranscriptAligner:
    """An aligner whose text and audio came at once, heard up to some seconds; the audio is not its own."""
    aligner = TranscriptAligner(RATE)
    aligner.push_text(spoken.text)
    aligner.push_audio(spoken.pcm)
    if ended:
        aligner.end_text()
        aligner.end_audio()
    listen(aligner, 0.0, until, 1.0)
    return aligner


def test_a_long_window_keeps_the_costs_within_the_beam_alone() -> None:
    classes = np.random.default_rng(1).integers(1, len(PhoneClass) - 8, 600)
    likelihoods = (np.log(mixtures()[classes[:200].repeat(5)] + 0.01) + 2.0).astype(np.float32)
    entries = np.append(0.0, np.full(600, IMPOSSIBLE))
    speech = SpeechFrames(np.array([[0.0, 20.0]]), 0.01, 20.0, True)
    phones = window(classes, range(0, 601, 5), syllables=200.0)
    trellis = Trellis(0.1)
    trellis.update(phones, speech, likelihoods, entries)
    with kept() as costs:
        for _ in trellis.advance():
            pass
    every = 1001 * len(trellis.tempos) * (len(classes) + 2 * 121) * 4
    assert costs.size < every / 8


def test_of_text_and_audio_that_are_placed_to_their_end_only_likelihoods_are_kept() -> None:
    spoken = speak(" ".join(["sa-mi su-na mo-sa ni-mu"] * 5))
    heard(spoken, 1.0, ended=True)  # loads what is loaded once
    with kept() as open_ended:
        aligner = heard(spoken, 1.0, ended=False)
    with kept() as ended:
        aligner = heard(spoken, 1.0, ended=True)
    seconds = len(spoken.pcm) / RATE
    assert open_ended.size < 90 * KILOBYTE * seconds
    assert ended.size < 12 * KILOBYTE * seconds + 20 * KILOBYTE
    assert ended.size < 0.5 * open_ended.size
    assert aligner.flush()


def test_of_a_long_message_that_is_nearly_heard_the_last_window_is_kept() -> None:
    spoken = speak(" ".join(["sa-mi su-na mo-sa."] * 20))
    heard(spoken, 1.0, ended=True)
    with kept() as beginning:
        first = heard(spoken, 1.0, ended=True)
    with kept() as later:
        second = heard(spoken, len(spoken.pcm) / RATE - 1.0, ended=True)
    assert later.size < 0.5 * beginning.size
    assert first.text == second.text


def test_audio_after_its_end_is_as_the_end_was() -> None:
    likelihoods = PhoneLikelihoods(RATE)
    likelihoods.push(STORY.pcm)
    seconds = len(STORY.pcm) / RATE
    before = likelihoods.at(np.array([1.0, seconds - 0.02]))
    spans = likelihoods.non_speech()
    likelihoods.end()
    likelihoods.push(STORY.pcm)
    assert np.array_equal(likelihoods.at(np.array([1.0, seconds - 0.02])), before)
    assert np.array_equal(likelihoods.at(np.array([seconds + 1.0])), likelihoods.at(np.array([seconds])))
    assert likelihoods.non_speech() == spans


def test_likelihoods_after_those_that_are_dropped_stay_as_they_are() -> None:
    likelihoods = PhoneLikelihoods(RATE)
    likelihoods.push(np.tile(STORY.pcm, 3))
    times = np.arange(4.0, 3 * len(STORY.pcm) / RATE, 0.01)
    before = likelihoods.at(times)
    likelihoods.drop_before(4.0)
    assert np.array_equal(likelihoods.at(times), before)


def test_a_table_keeps_the_frames_that_are_not_dropped_however_many_follow() -> None:
    table, values = GrowingTable(2), np.arange(4000.0, dtype=np.float32).reshape(2, 2000)
    for at in range(0, 2000, 50):
        table.append(values[:, at : at + 50])
        first = max(0, table.count - 100)
        table.drop_before(first)
        assert np.array_equal(table.since(first), values[:, first : at + 50])
        assert table.values.shape[1] < 400
    table.drop_before(table.count)
    assert not table.values.size
