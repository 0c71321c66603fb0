"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._turns import Turns as Turns, TurnSource as TurnSource
from ._voice_activity import SileroVoiceActivity as SileroVoiceActivity, VoiceActivity as VoiceActivity
