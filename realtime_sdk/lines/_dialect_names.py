"""The dialects of lines that have a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from ..errors import UsageError
from ._counted import CountedDialect
from ._dialect import LineDialect
from ._plivo import PlivoDialect
from ._telnyx import TelnyxDialect
from ._twilio import TwilioDialect
from ._vonage import VonageDialect

DialectName: TypeAlias = Literal["twilio", "telnyx", "plivo", "vonage", "counted"]
"""The dialects that have a name."""

DIALECTS: Final[Mapping[str, Callable[[], LineDialect]]] = {
    "twilio": TwilioDialect,
    "telnyx": TelnyxDialect,
    "plivo": PlivoDialect,
    "vonage": VonageDialect,
    "counted": CountedDialect,
}


def dialect_of(dialect: DialectName | LineDialect) -> LineDialect:
    """Return the dialect that an application means; a `UsageError` where it has no such name."""
    if isinstance(dialect, str):
        if dialect not in DIALECTS:
            names = ", ".join(map(repr, DIALECTS))
            raise UsageError(f"the dialect of a line is one of {names}, or an object, not {dialect!r}")
        return DIALECTS[dialect]()
    return dialect
