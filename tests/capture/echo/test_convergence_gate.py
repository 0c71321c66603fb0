"""Nothing that may be an echo passes before the adaptive filter has converged."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.capture.echo._canceller import ECHO_BLOCK_SECONDS
from realtime_sdk.capture.echo._convergence_gate import ECHO_TAIL_SECONDS, OPENING_SECONDS, Convergence, ConvergenceGate

TONE = np.where(np.arange(480) % 12 < 6, 0.1, -0.1).astype(np.float32)


def blocks(gate: ConvergenceGate, seconds: float, captured: float, error: float, rendered: float = 0.1) -> list[bool]:
    """Give it a tone of these amplitudes; return for each block whether it passed."""
    near, residual, count = 10 * captured * TONE, 10 * error * TONE, round(seconds / ECHO_BLOCK_SECONDS)
    return [gate.update(near, residual, is_rendering=rendered > 0, is_wrong=False) for _ in range(count)]


def converged() -> ConvergenceGate:
    gate = ConvergenceGate()
    blocks(gate, 0.3, captured=0.1, error=0.01)
    return gate


def test_everything_passes_while_nothing_is_rendered() -> None:
    assert all(blocks(ConvergenceGate(), 1.0, captured=0.1, error=0.1, rendered=0.0))


def test_nothing_passes_during_a_reply_before_convergence_is_proven() -> None:
    passed = blocks(ConvergenceGate(), 0.3, captured=0.1, error=0.01)
    assert not any(passed[:2]) and all(passed[5:])


def test_nothing_passes_during_the_echo_tail() -> None:
    gate = ConvergenceGate()
    blocks(gate, 0.1, captured=0.1, error=0.1)
    passed = blocks(gate, 1.0, captured=0.1, error=0.1, rendered=0.0)
    shut = round(ECHO_TAIL_SECONDS / ECHO_BLOCK_SECONDS) - 1
    assert not any(passed[:shut]) and all(passed[shut + 1 :])


def test_without_proof_of_convergence_the_gate_opens_after_a_second() -> None:
    passed = blocks(ConvergenceGate(), 2.0, captured=0.1, error=0.1)
    assert passed.index(True) == pytest.approx(OPENING_SECONDS[Convergence.UNKNOWN] / ECHO_BLOCK_SECONDS, abs=1)
    assert all(passed[passed.index(True) :])


def test_a_user_who_speaks_over_the_echo_passes_after_convergence() -> None:
    assert all(blocks(converged(), 2.0, captured=0.12, error=0.1))


def test_a_residual_louder_than_the_capture_closes_the_gate_which_then_opens_sooner() -> None:
    gate = converged()
    assert not blocks(gate, 0.1, captured=0.01, error=0.1)[-1]
    passed = blocks(gate, 1.0, captured=0.12, error=0.1)
    assert passed.index(True) * ECHO_BLOCK_SECONDS < OPENING_SECONDS[Convergence.LOST] + 0.1


def test_a_prediction_known_to_be_wrong_closes_the_gate() -> None:
    assert not converged().update(TONE, TONE, is_rendering=True, is_wrong=True)


def test_finding_the_echo_again_opens_the_gate_at_once() -> None:
    gate = converged()
    gate.mark_lost()
    assert not blocks(gate, 0.05, captured=0.1, error=0.1)[-1]
    gate.restore()
    assert all(blocks(gate, 1.0, captured=0.1, error=0.1))


def test_a_filter_that_never_converged_is_not_restored() -> None:
    gate = ConvergenceGate()
    gate.restore()
    assert not any(blocks(gate, 0.5, captured=0.1, error=0.1))


def test_a_residual_that_is_inaudible_refutes_nothing() -> None:
    assert all(blocks(converged(), 1.0, captured=0.0, error=0.0002))
