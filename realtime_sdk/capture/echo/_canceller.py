"""What removes the loudspeaker's sound from the microphone's."""

from __future__ import annotations

from typing import Final, Protocol, runtime_checkable

from ...audio._pcm import Pcm, to_frames
from ...errors import UsageError

FRAME: Final = 0.01
"""Seconds of sound that a canceller takes at a time."""


@runtime_checkable
class EchoCanceller(Protocol):
    """Gives what the microphone would hear if the loudspeaker were silent.

    Made for one rate. It is pure computation: it may run in any thread, in one at a time.
    """

    @property
    def delay(self) -> float:
        """Seconds by which what `process` returns lies behind what it was given."""
        ...

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """Take 10 ms of both sides, as `Reference` pairs them; return 10 ms without the echo.

        All three are int16 of shape (rate // 100,). An echo may come at once or up to a quarter of a second after its
        sound.

        Raises:
            UsageError: another length.
        """
        ...

    def reset(self) -> None:
        """Forget what was heard: sound was lost, or the next frame is of another time."""
        ...


def checked_frame(captured: Pcm, rendered: Pcm, rate: int) -> None:
    """Raise `UsageError` unless both are 10 ms at `rate`."""
    frames = to_frames(FRAME, rate)
    if captured.shape != (frames,) or rendered.shape != (frames,):
        raise UsageError(
            f"a canceller at {rate} Hz takes {frames} captured and {frames} rendered frames at a time, "
            f"not {captured.shape} and {rendered.shape}"
        )
