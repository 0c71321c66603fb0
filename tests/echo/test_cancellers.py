"""What holds for every canceller."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime_sdk.audio import Pcm
from realtime_sdk.echo import EchoCanceller, HalfDuplexGate, WebRtcCanceller
from realtime_sdk.errors import UsageError

RATE = 24_000
FRAME = 240

CANCELLERS: list[Callable[[int], EchoCanceller]] = [HalfDuplexGate, WebRtcCanceller]
each = pytest.mark.parametrize("make", CANCELLERS, ids=lambda make: make.__name__)


def run(canceller: EchoCanceller, captured: Pcm, rendered: Pcm) -> Pcm:
    """Cancel sound of any length; what is left of the last whole frame is not given."""
    starts = range(0, len(captured) - FRAME + 1, FRAME)
    return np.concatenate([canceller.process(captured[n : n + FRAME], rendered[n : n + FRAME]) for n in starts])


@each
def test_it_is_a_canceller(make: Callable[[int], EchoCanceller]) -> None:
    assert isinstance(make(RATE), EchoCanceller)


@each
def test_silence_stays_silence(make: Callable[[int], EchoCanceller]) -> None:
    silence = np.zeros(RATE, np.int16)
    assert not np.any(run(make(RATE), silence, silence))


@each
def test_a_frame_of_another_length_is_refused_in_words(make: Callable[[int], EchoCanceller]) -> None:
    with pytest.raises(UsageError, match="takes 240 captured and 240 rendered frames"):
        make(RATE).process(np.zeros(FRAME, np.int16), np.zeros(FRAME + 1, np.int16))


@each
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_any_sound_gives_as_much_sound(make: Callable[[int], EchoCanceller], data: st.DataObject) -> None:
    canceller = make(RATE)
    levels = st.sampled_from([-32768, -1, 0, 1, 32767])
    for _ in range(data.draw(st.integers(1, 30))):
        captured, rendered = (np.full(FRAME, data.draw(levels), np.int16) for _ in range(2))
        cleaned = canceller.process(captured, rendered)
        assert cleaned.shape == (FRAME,) and cleaned.dtype == np.int16
