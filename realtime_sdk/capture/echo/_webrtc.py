"""The echo canceller of WebRTC, AEC3."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..._runtime.extras import need
from ...audio._pcm import Pcm
from ._blocks import check_block

_FILTER_BANK_DELAY: Final = 0.009
"""Seconds of delay, as measured."""


class WebRtcCanceller:
    """An `EchoCanceller` as in browsers: AEC3, behind a high-pass filter.

    It removes the most echo, a loudspeaker's distortion included, and follows a delay that jumps. It also removes much
    of the voice of a user who speaks while the loudspeaker is loud.

    noise_suppression: remove stationary noise, too, such as a fan's.

    Raises:
        ExtraMissing: pywebrtc-audio is not installed.
    """

    runs_on_loop: Final = True

    def __init__(self, rate: int, *, noise_suppression: bool = False) -> None:
        self._rate = rate
        engine = need("pywebrtc_audio", "WebRTC's echo canceller (pywebrtc-audio)", "webrtc")
        self._processor = engine.AudioProcessor(
            sample_rate=rate, echo_cancellation=True, noise_suppression=noise_suppression
        )

    @property
    def delay(self) -> float:
        """9 ms."""
        return _FILTER_BANK_DELAY

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """See `EchoCanceller`."""
        check_block(captured, rendered, self._rate)
        halves = zip(np.split(captured, 2), np.split(rendered, 2), strict=True)  # it takes 10 ms at a time
        return np.concatenate([self._processor.process(near, far) for near, far in halves])

    def reset(self) -> None:
        """See `EchoCanceller`."""
        self._processor.reset()
