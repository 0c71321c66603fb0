"""The dialects of the protocol: an object for each, listed in `DIALECTS`."""

from ._beta import BETA
from ._dialect import Capabilities, Dialect, Translation
from ._ga import GA
from ._qwen import QWEN
from ._speaches import SPEACHES
from ._table import DIALECTS, dialect_of
from ._xai import XAI

__all__ = ["BETA", "DIALECTS", "GA", "QWEN", "SPEACHES", "XAI", "Capabilities", "Dialect", "Translation", "dialect_of"]
