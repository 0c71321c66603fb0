"""What a client asks for in the address: a model, or a session of another kind."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qs


class Query(NamedTuple):
    """The parameters of the address that the service knows; None: it is not given."""

    model: str | None = None
    intent: str | None = None  # "transcription": the session only transcribes
    call_id: str | None = None  # of a running call that is joined

    @classmethod
    def of(cls, text: str) -> Query:
        """Read the query of an address."""
        given = parse_qs(text)
        return cls(*(given.get(name, [None])[0] for name in cls._fields))
