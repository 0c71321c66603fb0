"""The dialects of the protocol: an object for each, listed in `DIALECTS`."""

from ._beta import BETA
from ._dialect import Capabilities, Dialect, Translation
from ._ga import GA
from ._table import DIALECTS, dialect_of
from ._xai import XAI

__all__ = ["BETA", "DIALECTS", "GA", "XAI", "Capabilities", "Dialect", "Translation", "dialect_of"]
