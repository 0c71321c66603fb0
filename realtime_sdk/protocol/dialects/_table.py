"""The dialects that this package knows, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..._runtime.arguments import check_instance, shown
from ...errors import UsageError
from ._beta import BETA
from ._dialect import Dialect
from ._ga import GA
from ._own_servers import LOCAL_AI, VLLM_OMNI
from ._qwen import QWEN
from ._speaches import SPEACHES
from ._speech_to_speech import SPEECH_TO_SPEECH
from ._voice_live import VOICE_LIVE
from ._xai import XAI

__all__ = ["DIALECTS", "dialect_of"]

DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect
    for dialect in (GA, BETA, VOICE_LIVE, XAI, LOCAL_AI, SPEECH_TO_SPEECH, VLLM_OMNI, SPEACHES, QWEN)
}
"""Every dialect that has a name here. To add one, write its object in its own file, and list it here."""


def dialect_of(value: Dialect | str | None) -> Dialect:
    """Return the dialect that is meant: an object, or the name of one in `DIALECTS`; None is GA.

    Raises:
        UsageError: no dialect has that name.

    """
    if value is None:
        return GA
    if not isinstance(value, str):
        check_instance("dialect", value, Dialect, f"a Dialect, or the name of one ({', '.join(DIALECTS)})")
        return value
    if value not in DIALECTS:
        raise UsageError(f"no dialect is called {shown(value)}; there are {', '.join(DIALECTS)}")
    return DIALECTS[value]
