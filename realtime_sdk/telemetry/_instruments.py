"""The instruments of the metrics: names, units and boundaries are those of the conventions where they have some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ..conversation.usage._usage import Usage

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram, Meter

SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""Boundaries of the conventions for durations."""

TOKENS: Final = tuple(4**power for power in range(14))
"""Boundaries of the conventions for tokens."""

LATENCY: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0)
"""Boundaries for the latency of a turn: a listener notices a fifth of a second below one, and little above five."""


class Instruments:
    """Records the metrics of a session."""

    def __init__(self, meter: Meter) -> None:
        self._duration = _histogram(
            meter, "gen_ai.client.operation.duration", "s", "How long the server made a response.", SECONDS
        )
        self._tokens = _histogram(
            meter, "gen_ai.client.token.usage", "{token}", "Tokens of a response, by their type.", TOKENS
        )
        self._tools = _histogram(
            meter, "gen_ai.execute_tool.duration", "s", "How long a function of the application ran.", SECONDS
        )
        self._latency = _histogram(
            meter, "realtime_sdk.turn.latency", "s", "From the user's last sound to the answer's first.", LATENCY
        )
        self._interruptions = meter.create_counter(
            "realtime_sdk.interruptions", "{interruption}", "Replies that were cut by the user or the application."
        )
        self._underruns = meter.create_counter(
            "realtime_sdk.underruns", "{underrun}", "How often the audio ran dry while it was heard."
        )

    def response(self, seconds: float, usage: Usage | None, attributes: dict[str, Any], error: dict[str, str]) -> None:
        """A response has ended; `error`: the attribute that says why it failed, if it did."""
        self._duration.record(seconds, {**attributes, **error})
        if usage is not None:
            self._tokens.record(usage.input, {**attributes, "gen_ai.token.type": "input"})
            self._tokens.record(usage.output, {**attributes, "gen_ai.token.type": "output"})

    def tool(self, seconds: float, attributes: dict[str, Any]) -> None:
        """A function has ended."""
        self._tools.record(seconds, attributes)

    def turn(self, seconds: float, attributes: dict[str, Any]) -> None:
        """The answer to a turn is heard."""
        self._latency.record(seconds, attributes)

    def interrupted(self, attributes: dict[str, Any]) -> None:
        """A reply was cut."""
        self._interruptions.add(1, attributes)

    def underrun(self, attributes: dict[str, Any]) -> None:
        """The audio ran dry."""
        self._underruns.add(1, attributes)


def _histogram(meter: Meter, name: str, unit: str, description: str, boundaries: tuple[float, ...]) -> Histogram:
    return meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=boundaries)
