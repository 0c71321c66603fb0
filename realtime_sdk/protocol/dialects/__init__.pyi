"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._beta import BETA as BETA
from ._dialect import Capabilities as Capabilities, Dialect as Dialect, Translation as Translation
from ._ga import GA as GA
from ._own_servers import LOCAL_AI as LOCAL_AI, VLLM_OMNI as VLLM_OMNI
from ._qwen import QWEN as QWEN
from ._speaches import SPEACHES as SPEACHES
from ._speech_to_speech import SPEECH_TO_SPEECH as SPEECH_TO_SPEECH
from ._table import DIALECTS as DIALECTS, dialect_of as dialect_of
from ._voice_live import VOICE_LIVE as VOICE_LIVE
from ._xai import XAI as XAI
