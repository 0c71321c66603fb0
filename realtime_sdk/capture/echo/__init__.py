"""Removes the loudspeaker's sound from the microphone's. Pure: frames in, frames out; any thread, one at a time."""

from ._canceller import EchoCanceller

__all__ = ["EchoCanceller"]
