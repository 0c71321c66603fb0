"""The parts of a session beside its connection, as the application chose them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..._runtime.threads import load_in_thread
from ...captions._making import make_aligner
from ...capture._turns import Turns
from ...capture.echo._canceller import EchoCanceller
from ...conversation.usage._budget import Budget
from ...tools._toolbox import Toolbox
from ...turns._idle import IdlePolicy
from ...turns._policies import BargeIn
from .._defaults import RESPONSE_TIMEOUT, Default
from ._aligner_name import AlignerName

if TYPE_CHECKING:
    from ...audio._session_formats import Formats
    from ...conversation._session_kind import SessionKind
    from ...conversation._settings import MakeAligner
    from ...devices._protocols import InputDevice, OutputDevice


@dataclass(frozen=True, slots=True, repr=False)
class Setup:
    """The parts of a session beside its connection, as the application chose them."""

    kind: SessionKind
    formats: Formats
    turns: Turns
    timeout: float  # seconds within which the server answers a request
    hold_audio: float  # seconds of the user's audio that are held while there is no connection
    response_timeout: float = RESPONSE_TIMEOUT  # seconds for which a model may reason in silence
    speaker: OutputDevice | None = None  # None: the application plays
    microphone: InputDevice | None = None
    tools: Toolbox = field(default_factory=Toolbox)
    barge_in: BargeIn = field(default_factory=BargeIn.by_server)
    canceller: EchoCanceller | None = None
    idle: IdlePolicy | None = None
    budget: Budget | None = None
    aligner: AlignerName | None = None  # None: words are not timed, or by the signal alone
    make_aligner: MakeAligner | None = make_aligner  # None: words are not timed
    writes_only: bool = False  # the model writes, so that the speaker was left out


async def with_devices(
    setup: Setup, speaker: OutputDevice | Default | None, microphone: InputDevice | Default | None,
    canceller: EchoCanceller | Default | None,
) -> Setup:  # fmt: skip
    """Return the setup with its devices and its canceller, the machine's own where they were left out."""
    if speaker is None and microphone is None:
        return setup
    await load_in_thread(f"{__package__}._default_devices")
    from . import _default_devices as devices

    output, input = devices.speaker_of(speaker), devices.microphone_of(microphone)
    chosen = devices.canceller_of(canceller, input, output, setup.formats.input.rate)
    return replace(setup, speaker=output, microphone=input, canceller=chosen)
