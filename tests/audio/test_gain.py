"""A gain that changes in ramps."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st
from pytest import approx

from realtime_sdk.audio._gain import RAMP_SECONDS, GainCurve

RATE = 1000
RAMP = round(RAMP_SECONDS * RATE)
LOUD = np.full(400, 10_000, np.int16)


def test_audio_at_gain_one_is_left_as_it_is() -> None:
    assert GainCurve(RATE).apply(LOUD, 0) is LOUD


def test_a_change_is_a_ramp_from_the_old_gain_to_the_new_one() -> None:
    curve = GainCurve(RATE)
    curve.ramp(100, 0.5)
    gains = curve.gains(0, 400)
    assert (gains[:101] == 1.0).all() and (gains[100 + RAMP :] == 0.5).all()
    assert np.abs(np.diff(gains)).max() == approx(0.5 / RAMP)
    assert np.array_equal(curve.apply(LOUD, 0), (LOUD * gains).astype(np.int16))


def test_what_becomes_too_loud_is_clipped() -> None:
    curve = GainCurve(RATE)
    curve.set(4.0)
    assert (curve.apply(LOUD, 0) == 32767).all() and (curve.apply(-LOUD, 0) == -32768).all()


@given(
    changes=st.lists(st.tuples(st.integers(0, 60), st.floats(0.0, 2.0)), max_size=8),
    step=st.integers(1, 50),
)
def test_changes_at_any_time_never_jump_and_forgetting_changes_nothing(
    changes: list[tuple[int, float]], step: int
) -> None:
    curve, position, pieces = GainCurve(RATE), 0, []
    for wait, gain in changes:
        pieces.append(curve.gains(position, wait))
        position += wait
        curve.forget(position)
        curve.ramp(position, gain)
    pieces += [curve.gains(start, step) for start in range(position, position + 5 * step, step)]
    assert np.abs(np.diff(np.concatenate(pieces), prepend=1.0)).max() <= 2.0 / RAMP + 1e-9
    assert curve.gains(position + RAMP, 1)[0] == approx(curve.gain)
