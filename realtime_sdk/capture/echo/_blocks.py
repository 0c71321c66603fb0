"""The blocks that a canceller is given."""

from __future__ import annotations

from ...audio._pcm import Pcm, to_frames
from ...errors import UsageError
from ._canceller import ECHO_BLOCK_SECONDS


def block_frames(rate: int) -> int:
    """Frames of 20 ms at `rate`, an even number."""
    return 2 * to_frames(ECHO_BLOCK_SECONDS / 2, rate)


def check_block(captured: Pcm, rendered: Pcm, rate: int) -> None:
    """Raise `UsageError` unless both are 20 ms at `rate`."""
    frames = block_frames(rate)
    if captured.shape != (frames,) or rendered.shape != (frames,):
        raise UsageError(
            f"a canceller at {rate} Hz takes {frames} captured and {frames} rendered frames at a time, "
            f"not {captured.shape} and {rendered.shape}"
        )
