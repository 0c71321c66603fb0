"""The interface of an echo canceller: microphone and loudspeaker in, the user's voice out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from ...audio._pcm import Pcm

ECHO_BLOCK_SECONDS: Final = 0.02
"""Seconds of audio that a canceller processes at a time."""


@runtime_checkable
class EchoCanceller(Protocol):
    """Estimates what the microphone would capture if the loudspeaker were silent.

    Made for one sample rate. It is pure computation: it may run in any thread, one at a time. One with the attribute
    `runs_on_loop = True` takes a millisecond at most, and is called on the event loop: a thread would cost more.
    """

    @property
    def delay(self) -> float:
        """Seconds by which the output of `process` lags behind its input."""
        ...

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """Process 20 ms of both sides, as `Reference` pairs them; return 20 ms without the echo.

        All three are int16 of shape (rate // 50,). An echo may come at once or up to a quarter of a second after the
        rendered audio.

        Raises:
            UsageError: another length.
        """
        ...

    def reset(self) -> None:
        """Drop the past audio: some was lost, or the next block is from another time."""
        ...


def runs_on_loop(canceller: EchoCanceller) -> bool:
    """Whether it is called on the event loop."""
    return getattr(canceller, "runs_on_loop", False) is True
