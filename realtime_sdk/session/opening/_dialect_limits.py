"""What a server's dialect lets a session have: sample rates, tools and turns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...audio._rates import WIRE_RATE
from ...audio._session_formats import Formats
from ...capture._turns import Turns, TurnSource
from ...errors import UsageError
from ...protocol._session_object import session_object
from ...protocol.dialects._dialect import Dialect


def check_dialect(
    dialect: Dialect, fields: Mapping[str, Any], formats: Formats, turns: Turns, *, listens: bool
) -> None:
    """Refuse what the server's dialect does not let a session have. listens: there is a microphone."""
    check_rates(formats, dialect)
    _check_tools(fields.get("tools") or (), dialect)
    _check_turns(turns, fields, dialect, listens=listens)


def check_rates(formats: Formats, dialect: Dialect) -> None:
    """Refuse a sample rate that the server would take for another one: the audio would be noise."""
    abilities = dialect.capabilities
    for format, rate in ((formats.input, abilities.input_rate), (formats.output, abilities.output_rate)):
        if rate is not None and format.type == "audio/pcm" and format.rate != rate:
            raise UsageError(f"the server's dialect, {dialect.name}, has PCM at {rate} Hz only, not {format}")


def _check_tools(tools: Iterable[Mapping[str, Any]], dialect: Dialect) -> None:
    """Refuse tools that the server would have to call itself, if it can't."""
    hosted = [str(tool.get("type")) for tool in tools if tool.get("type") != "function"]
    if hosted and not dialect.capabilities.hosted_tools:
        raise UsageError(f"the server's dialect, {dialect.name}, has functions only, no tool of type {hosted[0]!r}")


def _check_turns(turns: Turns, fields: Mapping[str, Any], dialect: Dialect, *, listens: bool) -> None:
    """Refuse a microphone whose turns neither side would find, and turns that the server does not let this side end."""
    given = session_object(fields).get("audio", {}).get("input", {})
    by_server = turns.source is TurnSource.SERVER and given.get("turn_detection", True) is not None
    if listens and by_server and not dialect.capabilities.turn_detection:
        raise UsageError(
            f"the server's dialect, {dialect.name}, finds no turns of the user's: "
            "pass turns=Turns.by_voice(…) or turns=Turns.push_to_talk()"
        )
    if turns.source is not TurnSource.SERVER and not dialect.capabilities.commit:
        raise UsageError(f"the server finds the user's turns itself: its dialect, {dialect.name}, has no others")


def with_rates(fields: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Add the formats that the server's one rate needs, where the application has chosen none."""
    abilities, audio = dialect.capabilities, fields.get("audio") or {}
    rates = {"input": abilities.input_rate, "output": abilities.output_rate}
    formats = {
        f"{side}_format": {"type": "audio/pcm", "rate": rate} for side, rate in rates.items()
        if rate not in (None, WIRE_RATE) and not (isinstance(audio, Mapping) and "format" in (audio.get(side) or {}))
    }  # fmt: skip
    return {**formats, **fields}
