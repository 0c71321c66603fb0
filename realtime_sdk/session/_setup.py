"""The parts of a session beside its connection, as the application chose them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..audio._session_formats import Formats
from ..captions._aligner import TranscriptAligner
from ..capture._turns import Turns
from ..capture.echo._canceller import EchoCanceller
from ..conversation._budget import Budget
from ..conversation._session_kind import SessionKind
from ..conversation._settings import MakeAligner
from ..devices._protocols import InputDevice, OutputDevice
from ..tools._toolbox import Toolbox
from ..turns._idle import IdlePolicy
from ..turns._policies import BargeIn
from ._alignment import AcousticAlignment


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """The parts of a session beside its connection, as the application chose them."""

    kind: SessionKind
    speaker: OutputDevice | None  # None: the application plays
    microphone: InputDevice | None
    formats: Formats
    turns: Turns
    timeout: float  # seconds within which the server answers a request
    hold_audio: float  # seconds of the user's audio that are held while there is no connection
    tools: Toolbox = field(default_factory=Toolbox)
    barge_in: BargeIn = field(default_factory=BargeIn.by_server)
    canceller: EchoCanceller | None = None
    idle: IdlePolicy | None = None
    budget: Budget | None = None
    alignment: AcousticAlignment | None = None
    make_aligner: MakeAligner | None = TranscriptAligner  # None: words are not timed
    writes_only: bool = False  # the model writes, so that the speaker was left out
