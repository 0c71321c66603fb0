"""The user's voice on its way from the microphone to the server. What it finds is returned, never called back."""

from ._turns import Turns, TurnSource
from ._voice_activity import SileroVoiceActivity, VoiceActivity

__all__ = ["SileroVoiceActivity", "TurnSource", "Turns", "VoiceActivity"]
