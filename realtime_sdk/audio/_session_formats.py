"""The two formats of a session, and a check of the wire's session objects against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from ._formats import AudioFormat, format_of_name

_Side: TypeAlias = Literal["input", "output"]
_SIDES: Final[tuple[_Side, _Side]] = ("input", "output")
_PCM16: Final = AudioFormat()


class FormatFields(Protocol):
    """A typed view of the wire's session object, as far as its formats go."""

    @property
    def input_format(self) -> Any:
        """The wire's name or object of the user's audio; None: not given."""

    @property
    def output_format(self) -> Any:
        """The same of the model's audio."""


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of a session's audio: `input` is the user's, `output` the model's."""

    input: AudioFormat = _PCM16
    output: AudioFormat = _PCM16


SERVICE_FORMATS: Final = Formats()
"""PCM16 at 24 kHz in both directions: the service's default."""


def formats_of(session: Mapping[str, Any]) -> Formats:
    """Read the formats in the wire's session object; one that is not given is the service's PCM16.

    Raises:
        UsageError: a format that is not known here.

    """
    return Formats(*(AudioFormat.of(_given(session, side) or "audio/pcm") for side in _SIDES))


def format_difference(formats: Formats, session: FormatFields | Mapping[str, Any]) -> str:
    """Describe where a session object has other formats; empty if nowhere. Never raises, whatever the object holds."""
    for side in _SIDES:
        ours: AudioFormat = getattr(formats, side)
        given = _given(session, side) if isinstance(session, Mapping) else getattr(session, f"{side}_format")
        if _is_other(given, ours):
            return f"the {side} would be {given}, and the session was opened with {ours}"
    return ""


def _given(session: Mapping[str, Any], side: _Side) -> Any:
    """Find a format in a session object: under `audio`, or at the top as in the retired beta."""
    audio = session.get("audio")
    fields = audio.get(side) if isinstance(audio, Mapping) else None
    nested = fields.get("format") if isinstance(fields, Mapping) else None
    return nested or session.get(f"{side}_audio_format")


def _is_other(given: Any, ours: AudioFormat) -> bool:
    """Whether a session object names another format; None, an unknown name and an invalid rate are no other."""
    fields = given if isinstance(given, Mapping) else {"type": given}
    name, rate = fields.get("type"), fields.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:  # so written for NaN's sake
        rate = ours.rate
    known = format_of_name(name) if isinstance(name, str) else None
    return known is not None and (known, rate) != (ours.type, ours.rate)
