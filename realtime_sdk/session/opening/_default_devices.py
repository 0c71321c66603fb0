"""The machine's own devices, for the sides that were left out; a session loads them, and numpy, in a thread."""

from __future__ import annotations

from ...capture.echo._canceller import EchoCanceller
from ...capture.echo._choice import default_canceller
from ...devices._microphone import Microphone
from ...devices._protocols import InputDevice, OutputDevice
from ...devices._speaker import Speaker
from .._defaults import DEFAULT, Default


def speaker_of(chosen: OutputDevice | Default | None) -> OutputDevice | None:
    """The speaker of a session."""
    return Speaker() if chosen is DEFAULT else chosen


def microphone_of(chosen: InputDevice | Default | None) -> InputDevice | None:
    """The microphone of a session."""
    return Microphone() if chosen is DEFAULT else chosen


def canceller_of(
    chosen: EchoCanceller | Default | None, microphone: InputDevice | None, speaker: OutputDevice | None,
    rate: int,
) -> EchoCanceller | None:
    """The canceller of a session; only sound cards are known to share a room."""
    if microphone is None or speaker is None:
        return None
    if chosen is not DEFAULT:
        return chosen
    share_a_room = isinstance(microphone, Microphone) and isinstance(speaker, Speaker)
    return default_canceller(rate) if share_a_room else None
