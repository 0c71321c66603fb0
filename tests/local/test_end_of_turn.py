"""A semantic end of turn: pauses, and what is made of them by the judgement of a model."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames, to_seconds
from realtime_sdk.capture._voice_activity import Edge, SpeechDetector
from realtime_sdk.errors import UsageError
from realtime_sdk.local._end_of_turn import PAUSE_SECONDS, EndOfTurnModel, SemanticDetector

FRAME = to_frames(0.02)


class Loud:
    """`VoiceActivity` by loudness."""

    frame = 0.02

    def begin(self, rate: int) -> None:
        assert rate == WIRE_RATE

    def hear(self, pcm: Pcm) -> list[float]:
        return [float(block.max() > 1000) for block in pcm.reshape(-1, FRAME)]


class ScriptedJudge:
    """Answers with the next of `verdicts`; None: not yet. It keeps the turns that it was asked about."""

    def __init__(self, *verdicts: bool | None) -> None:
        self.verdicts = list(verdicts)
        self.turns: list[Pcm] = []
        self.futures: list[Future[bool]] = []

    def ask(self, turn: Pcm) -> Future[bool]:
        self.turns.append(turn)
        self.futures.append(Future())
        if (verdict := self.verdicts.pop(0)) is not None:
            self.futures[-1].set_result(verdict)
        return self.futures[-1]


def voice(seconds: float) -> Pcm:
    return np.full(to_frames(seconds), 2000, np.int16)


def pause(seconds: float) -> Pcm:
    return np.zeros(to_frames(seconds), np.int16)


def detector(judge: ScriptedJudge, longest: float = 2.0) -> SemanticDetector:
    return SemanticDetector(SpeechDetector(Loud(), WIRE_RATE, silence=PAUSE_SECONDS), judge, longest=longest)


def boundaries(detector: SemanticDetector, pcm: Pcm, block: int = FRAME) -> list[tuple[str, float, float]]:
    """Each boundary: its kind, where it is, and after how many seconds of `pcm` it was found."""
    return [
        (boundary.kind.name, round(to_seconds(boundary.frame), 2), round(to_seconds(start + block), 2))
        for start in range(0, len(pcm), block)
        for boundary in detector.process(pcm[start : start + block])
    ]


def test_a_turn_that_sounds_finished_ends_with_a_short_pause() -> None:
    pcm = np.concatenate([pause(1), voice(1), pause(1)])
    assert boundaries(detector(ScriptedJudge(True)), pcm) == [("ONSET", 1.0, 1.1), ("END", 2.0, 2.5)]


def test_a_pause_within_a_sentence_ends_nothing() -> None:
    pcm = np.concatenate([voice(1), pause(1.5), voice(1), pause(1)])
    assert boundaries(detector(ScriptedJudge(False, True)), pcm) == [("ONSET", 0.0, 0.1), ("END", 3.5, 4.0)]


def test_a_long_silence_ends_a_turn_that_sounds_unfinished() -> None:
    pcm = np.concatenate([voice(1), pause(3)])
    assert boundaries(detector(ScriptedJudge(False)), pcm) == [("ONSET", 0.0, 0.1), ("END", 1.0, 3.0)]


def test_a_late_judgement_counts_while_the_pause_lasts_and_not_after_it() -> None:
    judge = ScriptedJudge(None, None)
    hearing = detector(judge)
    assert boundaries(hearing, np.concatenate([voice(1), pause(0.6)])) == [("ONSET", 0.0, 0.1)]
    assert boundaries(hearing, voice(0.5)) == []
    judge.futures[0].set_result(True)  # too late: the user goes on
    assert boundaries(hearing, np.concatenate([voice(0.5), pause(0.6)])) == []
    judge.futures[1].set_result(True)
    assert [kind for kind, _, _ in boundaries(hearing, pause(0.02))] == ["END"]


def test_the_model_hears_the_turn_and_at_most_its_last_seconds() -> None:
    judge = ScriptedJudge(True, True)
    boundaries(detector(judge), np.concatenate([pause(2), voice(1), pause(1), voice(20), pause(1)]))
    short, long = judge.turns
    assert np.array_equal(short, np.concatenate([pause(0.3), voice(1), pause(0.5)]))
    assert np.array_equal(long[-to_frames(8.0) :], np.concatenate([voice(7.5), pause(0.5)]))
    assert len(long) < to_frames(9.5)


@given(
    st.lists(st.tuples(st.integers(8, 30), st.integers(1, 160), st.sampled_from([True, False, None])), max_size=6),
    st.sampled_from([1, 3, 7, 1000]),
)
def test_a_turn_begins_before_it_ends_and_ends_before_the_next(
    sounds: list[tuple[int, int, bool | None]], block: int
) -> None:
    judge = ScriptedJudge(*[verdict for _, _, verdict in sounds])
    parts = [np.concatenate([voice(0.02 * spoken), pause(0.02 * silent)]) for spoken, silent, _ in sounds]
    found = boundaries(detector(judge), np.concatenate([*parts, pause(3)]), block * FRAME)
    assert [kind for kind, _, _ in found] == [edge.name for edge in (Edge.ONSET, Edge.END)] * (len(found) // 2)
    places = [place for _, place, _ in found]
    assert places == sorted(places)
    assert bool(found) == bool(sounds)


@pytest.mark.real
def test_a_file_that_is_no_such_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(UsageError, match="no end-of-turn model could be loaded from"):
        EndOfTurnModel(tmp_path / "model.onnx")
