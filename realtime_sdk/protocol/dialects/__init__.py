"""The dialects of the protocol: an object for each, listed in `DIALECTS`."""

from ._beta import BETA
from ._dialect import Capabilities, Dialect, Translation
from ._ga import GA
from ._own_servers import LOCAL_AI, VLLM_OMNI
from ._qwen import QWEN
from ._speaches import SPEACHES
from ._speech_to_speech import SPEECH_TO_SPEECH
from ._table import DIALECTS, dialect_of
from ._voice_live import VOICE_LIVE
from ._xai import XAI

__all__ = [
    "BETA",
    "DIALECTS",
    "GA",
    "LOCAL_AI",
    "QWEN",
    "SPEACHES",
    "SPEECH_TO_SPEECH",
    "VLLM_OMNI",
    "VOICE_LIVE",
    "XAI",
    "Capabilities",
    "Dialect",
    "Translation",
    "dialect_of",
]
