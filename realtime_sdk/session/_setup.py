"""The parts of a session beside its connection, as the application chose them."""

from __future__ import annotations

from dataclasses import dataclass

from ..audio._session_formats import Formats
from ..capture._turns import Turns
from ..capture.echo._canceller import EchoCanceller
from ..devices._protocols import InputDevice, OutputDevice
from ..tools._toolbox import Toolbox
from ..turns._idle import IdlePolicy
from ..turns._policies import BargeIn
from ._alignment import AcousticAlignment


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """The parts of a session beside its connection, as the application chose them."""

    speaker: OutputDevice | None  # None: the application plays
    microphone: InputDevice | None
    tools: Toolbox
    formats: Formats
    turns: Turns
    barge_in: BargeIn
    canceller: EchoCanceller | None
    idle: IdlePolicy | None
    alignment: AcousticAlignment | None
    times_words: bool  # captions are timed
    writes_only: bool  # the model writes, so that the speaker was left out
    timeout: float  # seconds within which the server answers a request
    hold_audio: float  # seconds of the user's audio that are held while there is no connection
