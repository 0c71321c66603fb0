"""The audio and events that the gate passes on, and their order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, strategies as st
from pytest import approx

from realtime_sdk.audio._pcm import SILENCE, Pcm, to_frames
from realtime_sdk.capture._events import TurnBegan, TurnEnded
from realtime_sdk.capture._turn_gate import (
    MINIMUM_TURN_SECONDS,
    TRANSITIONS,
    GateEvent,
    GateOutput,
    GateState,
    Passed,
    TurnGate,
)
from realtime_sdk.testing import noise

RATE = 24_000
BLOCK = 0.02
PADDING = 0.3
SAID = noise(6.0, seed=7)


def said(start: float, end: float) -> Pcm:
    return SAID[to_frames(start) : to_frames(end)]


class Listener:
    """Lets a gate hear `SAID`, and keeps all that it passes on."""

    def __init__(self, *, shortest: float = MINIMUM_TURN_SECONDS) -> None:
        self.gate = TurnGate(RATE, padding=PADDING, shortest=shortest)
        self.outputs: list[GateOutput] = []
        self._heard = 0  # blocks

    def hear_until(self, seconds: float) -> None:
        while (self._heard + 1) * BLOCK <= seconds + 1e-9:
            at = self._heard * BLOCK
            self.outputs += self.gate.push(at, said(at, at + BLOCK))
            self._heard += 1

    def begin(self, at: float) -> None:
        self.outputs += self.gate.begin(at)

    def end(self, at: float) -> bool:
        meant, outputs = self.gate.end(at)
        self.outputs += outputs
        return meant

    @property
    def passed(self) -> Pcm:
        return np.concatenate([SILENCE, *(output.pcm for output in self.outputs if isinstance(output, Passed))])


def kinds(outputs: Iterable[GateOutput]) -> list[type]:
    """The types of outputs, pieces of audio that follow each other taken for one."""
    types = [type(output) for output in outputs]
    return [kind for before, kind in zip([None, *types], types, strict=False) if not (kind is before is Passed)]


def test_a_turn_is_its_beginning_its_audio_and_its_end() -> None:
    listener = Listener()
    listener.hear_until(1.0)
    listener.begin(1.0)
    listener.hear_until(2.0)
    assert listener.end(2.0)
    listener.hear_until(3.0)
    assert kinds(listener.outputs) == [TurnBegan, Passed, TurnEnded]
    assert listener.outputs[0] == TurnBegan(1.0)
    assert listener.outputs[-1] == TurnEnded(2.0, commit=True, clear=False)
    assert np.array_equal(listener.passed, said(1.0 - PADDING, 2.0))


def test_audio_passes_as_soon_as_the_turn_has_lasted_long_enough() -> None:
    listener = Listener()
    listener.hear_until(1.0)
    listener.begin(1.0)
    listener.hear_until(1.08)
    assert listener.outputs == []
    listener.hear_until(1.1)
    assert kinds(listener.outputs) == [TurnBegan, Passed]
    assert np.array_equal(listener.passed, said(0.7, 1.1))


def test_a_turn_of_any_length_begins_at_once_where_none_is_too_short() -> None:
    listener = Listener(shortest=0.0)
    listener.hear_until(1.0)
    listener.begin(0.9)
    assert kinds(listener.outputs) == [TurnBegan, Passed]
    assert listener.outputs[0] == TurnBegan(0.9)
    assert np.array_equal(listener.passed, said(0.6, 1.0))


def test_an_end_ahead_of_the_audio_waits_for_it_to_the_frame() -> None:
    listener = Listener()
    listener.hear_until(1.0)
    listener.begin(1.0)
    listener.hear_until(2.0)
    assert listener.end(2.013)
    assert kinds(listener.outputs) == [TurnBegan, Passed]
    listener.hear_until(2.02)
    assert listener.outputs[-1] == TurnEnded(2.013, commit=True, clear=False)
    assert np.array_equal(listener.passed, said(0.7, 2.013))


def test_a_slip_is_not_meant_and_nothing_passes() -> None:
    listener = Listener()
    listener.hear_until(1.0)
    listener.begin(1.0)
    assert not listener.end(1.09)
    listener.hear_until(2.0)
    assert listener.outputs == []


def test_a_turn_that_restarts_before_its_last_audio_has_arrived_continues() -> None:
    listener = Listener()
    listener.hear_until(1.0)
    listener.begin(1.0)
    listener.hear_until(2.0)
    listener.end(2.005)
    listener.begin(2.01)
    listener.hear_until(3.0)
    listener.end(3.0)
    assert kinds(listener.outputs) == [TurnBegan, Passed, TurnEnded]
    assert np.array_equal(listener.passed, said(0.7, 3.0))


@pytest.mark.parametrize(
    ("seconds", "ended"),
    [
        (0.0, TurnEnded(1.5, commit=False, clear=False)),
        (0.06, TurnEnded(1.5, commit=False, clear=True)),
        (0.1, TurnEnded(1.5, commit=True, clear=False)),
    ],
)
def test_the_audio_passed_on_decides_whether_the_turn_is_committed(seconds: float, ended: TurnEnded) -> None:
    gate = TurnGate(RATE, padding=PADDING, shortest=MINIMUM_TURN_SECONDS)
    outputs = gate.begin(1.0)
    outputs += gate.push(1.0, said(1.0, 1.0 + seconds))
    outputs += gate.end(1.5)[1]
    outputs += gate.push(1.5, SILENCE)  # the rest was muted
    assert outputs[-1] == ended


def test_audio_of_the_previous_turn_does_not_count() -> None:
    listener = Listener(shortest=0.0)
    listener.hear_until(1.0)
    listener.begin(1.0)
    listener.hear_until(2.0)
    listener.end(2.0)
    listener.begin(3.0)
    listener.outputs += listener.gate.push(3.0, said(3.0, 3.06))
    listener.end(3.5)
    listener.outputs += listener.gate.push(3.5, SILENCE)
    assert listener.outputs[-1] == TurnEnded(3.5, commit=False, clear=True)


def test_an_end_without_a_turn_changes_nothing() -> None:
    listener = Listener()
    listener.hear_until(1.0)
    assert not listener.end(1.0)
    listener.hear_until(2.0)
    assert listener.outputs == []


TIMES = st.lists(st.integers(0, 5000), min_size=2, max_size=8, unique=True).map(sorted)


@given(TIMES)
def test_turns_are_whole_and_in_order_for_any_key_presses(times: list[int]) -> None:
    listener = Listener()
    meant = 0
    for down, up in zip(times[::2], times[1::2], strict=False):
        listener.hear_until(down / 1000)
        listener.begin(down / 1000)
        listener.hear_until(up / 1000)
        meant += listener.end(up / 1000)
    listener.hear_until(5.5)
    order = kinds(listener.outputs)
    assert order == [TurnBegan, Passed, TurnEnded] * (len(order) // 3)
    assert len(order) // 3 <= meant
    assert listener.gate.state is GateState.CLOSED
    spans = [(output.at, output.pcm) for output in listener.outputs if isinstance(output, Passed)]
    for at, pcm in spans:
        assert np.array_equal(pcm, SAID[to_frames(at) :][: pcm.size])
    assert [at for at, _ in spans] == approx(sorted(at for at, _ in spans))


def test_the_end_counts_only_while_the_gate_is_open() -> None:
    assert {state for state, event in TRANSITIONS if event is GateEvent.END} == {GateState.OPEN}
    assert {state for state, event in TRANSITIONS if event is GateEvent.COMPLETE} == {GateState.CLOSING}


def test_every_state_of_the_gate_has_an_exit() -> None:
    assert {state for state, _ in TRANSITIONS} == set(GateState)
