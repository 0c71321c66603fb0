"""The user's voice, from the microphone to the server, and who finds the turns in it."""

from ._turns import Turns, TurnSource
from ._voice_activity import SileroVoiceActivity, VoiceActivity

__all__ = ["SileroVoiceActivity", "TurnSource", "Turns", "VoiceActivity"]
