"""The microphone is muted while the loudspeaker plays, and a little longer."""

from __future__ import annotations

import numpy as np

from realtime_sdk.capture.echo._gate import GATE_TAIL_SECONDS, HalfDuplexGate

RATE = 24_000
FRAME = 480
SPEECH = np.full(FRAME, 5000, np.int16)
SILENCE = np.zeros(FRAME, np.int16)


def test_audio_captured_in_silence_passes_unchanged() -> None:
    gate = HalfDuplexGate(RATE)
    assert np.array_equal(gate.process(SPEECH, SILENCE), SPEECH)


def test_nothing_passes_during_playback_and_the_tail() -> None:
    gate = HalfDuplexGate(RATE)
    gate.process(SPEECH, SPEECH)  # the gate is shutting
    assert not np.any(gate.process(SPEECH, SPEECH))
    tail = [gate.process(SPEECH, SILENCE) for _ in range(round(GATE_TAIL_SECONDS * RATE / FRAME) - 1)]
    assert not np.any(tail)


def test_the_gate_opens_after_the_tail_without_a_click() -> None:
    gate = HalfDuplexGate(RATE)
    gate.process(SPEECH, SPEECH)
    opened = np.concatenate([gate.process(SPEECH, SILENCE) for _ in range(40)])
    assert np.array_equal(opened[-FRAME:], SPEECH)
    assert np.abs(np.diff(opened)).max() < 50


def test_inaudible_playback_leaves_the_gate_open() -> None:
    gate = HalfDuplexGate(RATE)
    assert np.array_equal(gate.process(SPEECH, np.full(FRAME, 50, np.int16)), SPEECH)


def test_reset_opens_it() -> None:
    gate = HalfDuplexGate(RATE)
    gate.process(SPEECH, SPEECH)
    gate.reset()
    assert np.array_equal(gate.process(SPEECH, SILENCE), SPEECH)
