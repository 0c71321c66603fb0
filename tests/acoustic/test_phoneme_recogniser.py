"""Which audio is recognised, and when; how a spike becomes a sound of some length."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from realtime_sdk.acoustic._phoneme_model import PhonemeModel, _between_spikes, phoneme_model
from realtime_sdk.acoustic._phoneme_recogniser import PhonemeRecogniser, Piece
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.features._frame_table import Float32s
from realtime_sdk.captions.features._phone_evidence import FRAME_SECONDS
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES

from .speech import RATE, needs_recogniser, speak

NOISE = np.random.default_rng(0).normal(0.0, 1000.0, 60 * RATE).astype(np.int16)


def audio(seconds: float) -> Pcm:
    return NOISE[: round(seconds * RATE)]


def received(seconds: float, *, ended: bool = False) -> PhonemeRecogniser:
    recogniser = PhonemeRecogniser(RATE)
    recogniser.push_audio(audio(seconds))
    if ended:
        recogniser.end_audio()
    return recogniser


def pieces(recogniser: PhonemeRecogniser, position: float) -> list[Piece]:
    found = []
    while (piece := recogniser.piece(position)) is not None:
        found.append(piece)
    return found


class Fake:
    """A model that says how many frames it was given."""

    def log_scaled_likelihoods(self, samples: Float32s) -> Float32s:
        return np.ones((len(samples) // 320, len(ACOUSTIC_CLASSES)), np.float32)


def test_little_audio_is_recognised_soon_where_it_is_about_to_be_heard() -> None:
    assert received(0.3).piece(0.0) is None
    assert received(0.45).piece(0.0) is not None


def test_audio_far_ahead_waits_until_more_has_come() -> None:
    recogniser = received(4.0)
    pieces(recogniser, 0.0)
    recogniser.push_audio(audio(1.0))
    assert recogniser.piece(0.0) is None
    recogniser.push_audio(audio(1.0))
    assert recogniser.piece(0.0) is not None


def test_the_last_of_the_audio_is_recognised_however_little_it_is() -> None:
    recogniser = received(5.1, ended=True)
    pieces(recogniser, 0.0)
    assert recogniser.seconds == pytest.approx(5.1)


def test_no_more_is_recognised_than_the_decoder_looks_ahead() -> None:
    recogniser = received(60.0, ended=True)
    assert sum(len(piece.pcm) for piece in pieces(recogniser, 0.0)) <= 25 * RATE
    assert 12.0 <= recogniser.seconds <= 14.0


def test_a_piece_is_short_so_that_leaving_a_session_waits_for_little() -> None:
    assert all(len(piece.pcm) <= 3.3 * RATE for piece in pieces(received(60.0), 0.0))


def test_together_the_results_cover_all_frames() -> None:
    until = 0
    for piece in pieces(received(7.77, ended=True), 0.0):
        assert piece.first <= until
        until = piece.first + len(piece.recognise(cast("PhonemeModel", Fake())))
    assert until * FRAME_SECONDS == pytest.approx(7.77, abs=4 * FRAME_SECONDS)


def test_audio_that_the_position_has_passed_is_skipped() -> None:
    recogniser = received(40.0)
    piece = recogniser.piece(30.0)
    assert piece is not None
    assert piece.start == pytest.approx(29.8, abs=FRAME_SECONDS)


def test_the_position_may_be_ahead_of_the_audio() -> None:
    recogniser = received(1.0)
    assert recogniser.piece(5.0) is None
    recogniser.push_audio(audio(1.0))
    assert recogniser.piece(5.0) is None or recogniser.seconds <= 2.0


def test_silence_costs_nothing() -> None:
    recogniser = PhonemeRecogniser(RATE)
    recogniser.push_audio(np.zeros(2 * RATE, np.int16))
    piece = recogniser.piece(0.0)
    assert piece is not None
    found = piece.recognise(cast("PhonemeModel", None))  # the model is not asked
    assert found.shape == (100, len(ACOUSTIC_CLASSES))
    assert not found.any()


def test_blank_between_two_spikes_belongs_to_both_sounds() -> None:
    spikes = np.zeros((9, 2), np.float32)
    spikes[2, 0] = spikes[6, 1] = 1.0
    sounds = _between_spikes(spikes, 1 - spikes.sum(1), np.array([0.5, 0.5], np.float32))
    assert sounds[3, 0] > sounds[4, 0] > sounds[5, 0]
    assert sounds[2, 0] == sounds[6, 1] == 1.0
    assert np.allclose(sounds.sum(1), 1.0)


@pytest.mark.real
@needs_recogniser
def test_it_hears_the_sounds_of_a_word_where_they_are() -> None:
    spoken = speak("Seven small islands.")
    recogniser = PhonemeRecogniser(RATE)
    recogniser.push_audio(spoken.pcm)
    recogniser.end_audio()
    rows = np.concatenate([piece.recognise(phoneme_model()) for piece in pieces(recogniser, 0.0)])
    small, islands = list(spoken.onsets.values())[1:]
    within = rows[round(small / FRAME_SECONDS) : round(islands / FRAME_SECONDS)]
    assert ACOUSTIC_CLASSES[int(within[:4].max(0).argmax())] == "S"
    assert within[:, ACOUSTIC_CLASSES.index("M")].max() > 2
    assert within[:, ACOUSTIC_CLASSES.index("NG")].max() < within[:, ACOUSTIC_CLASSES.index("M")].max()
