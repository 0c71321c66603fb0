"""Captures the user's voice, from the microphone to the server. Its results are returned, never called back."""

from ._turns import Turns, TurnSource
from ._voice_activity import SileroVoiceActivity, VoiceActivity

__all__ = ["SileroVoiceActivity", "TurnSource", "Turns", "VoiceActivity"]
