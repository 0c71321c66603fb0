"""Nothing that may be an echo is heard before the prediction of it has proven right."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.capture.echo._canceller import FRAME
from realtime_sdk.capture.echo._trust import LIMITS, TAIL, Belief, Trust

SOUND = np.where(np.arange(240) % 12 < 6, 0.1, -0.1).astype(np.float32)


def blocks(trust: Trust, seconds: float, captured: float, left: float, rendered: float = 0.1) -> list[bool]:
    """Show it a tone of these amplitudes; return what it said of each block."""
    heard, rest = 10 * captured * SOUND, 10 * left * SOUND
    return [trust.allows(heard, rest, sounds=rendered > 0, is_wrong=False) for _ in range(round(seconds / FRAME))]


def proven() -> Trust:
    trust = Trust()
    blocks(trust, 0.3, captured=0.1, left=0.01)
    return trust


def test_what_is_captured_while_nothing_sounds_is_heard() -> None:
    assert all(blocks(Trust(), 1.0, captured=0.1, left=0.1, rendered=0.0))


def test_what_is_captured_while_something_sounds_is_not_heard_before_the_proof() -> None:
    said = blocks(Trust(), 0.3, captured=0.1, left=0.01)
    assert not any(said[:3]) and all(said[10:])


def test_it_is_not_heard_for_as_long_as_the_echo_may_go_on() -> None:
    trust = Trust()
    blocks(trust, 0.1, captured=0.1, left=0.1)
    said = blocks(trust, 1.0, captured=0.1, left=0.1, rendered=0.0)
    shut = round(TAIL / FRAME) - 1
    assert not any(said[:shut]) and all(said[shut + 1 :])


def test_without_a_proof_it_is_heard_after_a_while() -> None:
    said = blocks(Trust(), 2.0, captured=0.1, left=0.1)
    assert said.index(True) == pytest.approx(LIMITS[Belief.UNPROVEN] / FRAME, abs=1)
    assert all(said[said.index(True) :])


def test_a_user_who_speaks_over_a_proven_echo_is_heard() -> None:
    assert all(blocks(proven(), 2.0, captured=0.12, left=0.1))


def test_a_prediction_that_adds_to_what_was_captured_is_refuted_and_heard_again_after_a_shorter_while() -> None:
    trust = proven()
    assert not blocks(trust, 0.1, captured=0.01, left=0.1)[-1]
    said = blocks(trust, 1.0, captured=0.12, left=0.1)
    assert said.index(True) * FRAME < LIMITS[Belief.REFUTED] + 0.1


def test_a_prediction_that_is_known_to_be_wrong_is_refuted() -> None:
    assert not proven().allows(SOUND, SOUND, sounds=True, is_wrong=True)


def test_what_was_proven_and_is_found_again_is_heard_at_once() -> None:
    trust = proven()
    trust.refute()
    assert not blocks(trust, 0.05, captured=0.1, left=0.1)[-1]
    trust.confirm()
    assert all(blocks(trust, 1.0, captured=0.1, left=0.1))


def test_what_was_never_proven_cannot_be_found_again() -> None:
    trust = Trust()
    trust.confirm()
    assert not any(blocks(trust, 0.5, captured=0.1, left=0.1))


def test_what_is_too_quiet_to_be_heard_refutes_nothing() -> None:
    assert all(blocks(proven(), 1.0, captured=0.0, left=0.0002))
