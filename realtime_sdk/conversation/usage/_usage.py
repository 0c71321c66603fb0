"""What a response, a transcription or a session cost, in tokens and seconds, as the server counted it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Final, Self

from ...protocol._usage import WireTokens, WireUsage
from ._prices import Prices, check_prices, cost_of_rest, cost_of_time, cost_of_tokens

__all__ = ["SessionUsage", "TranscriptionUsage", "Usage"]

_NO_TOKENS: Final = WireTokens()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the server counted; the sum of two is their `+`.

    Cached tokens are part of the input, reasoning tokens part of the output: neither is counted twice. Where a server
    does not say how its tokens divide, the modalities add up to less than `input` and `output`.
    """

    total: int = 0
    input: int = 0
    output: int = 0
    input_text: int = 0
    input_audio: int = 0
    input_image: int = 0
    cached: int = 0  # of the input: read from the server's cache
    cached_text: int = 0
    cached_audio: int = 0
    cached_image: int = 0
    output_text: int = 0
    output_audio: int = 0
    reasoning: int = 0  # of the output: thought, and not said

    def __add__(self, other: Usage) -> Usage:
        if not isinstance(other, Usage):
            return NotImplemented  # None, of a response that was not counted
        return Usage(**_sums(self, other))

    @classmethod
    def of(cls, wire: WireUsage | None) -> Usage | None:
        """Read the wire's object; None: the server counts nothing."""
        if wire is None:
            return None
        read, written = wire.input_token_details or _NO_TOKENS, wire.output_token_details or _NO_TOKENS
        input, output = _all(wire.input_tokens, read), _all(wire.output_tokens, written)
        if input is None and output is None and wire.total_tokens is None:
            return None
        cached = read.cached_tokens_details or _NO_TOKENS
        return cls(
            total=(input or 0) + (output or 0) if wire.total_tokens is None else wire.total_tokens,
            input=input or 0, output=output or 0,
            input_text=read.text_tokens or 0, input_audio=read.audio_tokens or 0, input_image=read.image_tokens or 0,
            cached=_all(read.cached_tokens, cached) or 0, cached_text=cached.text_tokens or 0,
            cached_audio=cached.audio_tokens or 0, cached_image=cached.image_tokens or 0,
            output_text=written.text_tokens or 0, output_audio=written.audio_tokens or 0,
            reasoning=written.reasoning_tokens or 0,
        )  # fmt: skip

    def cost(self, prices: Prices) -> Decimal:
        """What it costs, in the currency of the prices.

        An upper bound where the server does not say how its tokens divide: the rest is priced as the dearest modality,
        and cached tokens of an unknown modality as if they were not cached.

        Raises:
            UsageError: there are tokens of a kind that has no price.

        """
        check_prices(prices)
        read = {"text": self.input_text, "audio": self.input_audio, "image": self.input_image}
        cached = {"text": self.cached_text, "audio": self.cached_audio, "image": self.cached_image}
        cost = cost_of_rest(self.input - sum(read.values()), prices, "text_in", "audio_in", "image_in")
        for kind, count in read.items():
            found = min(cached[kind], count)
            cheaper = f"{kind}_cached" if getattr(prices, f"{kind}_cached") is not None else f"{kind}_in"
            cost += cost_of_tokens(count - found, prices, f"{kind}_in") + cost_of_tokens(found, prices, cheaper)
        cost += cost_of_tokens(self.output_text, prices, "text_out")
        cost += cost_of_tokens(self.output_audio, prices, "audio_out")
        return cost + cost_of_rest(self.output - self.output_text - self.output_audio, prices, "text_out", "audio_out")


def _sums(one: Usage, other: Usage) -> dict[str, Any]:
    """The tokens of both, by field."""
    return {field.name: getattr(one, field.name) + getattr(other, field.name) for field in fields(Usage)}


@dataclass(frozen=True, slots=True)
class TranscriptionUsage:
    """What transcribing the user's speech cost, which is billed apart: in tokens or in seconds, by the server's model.

    The sum of two is their `+`.
    """

    tokens: Usage | None = None  # None: the server counts none
    seconds: float | None = None  # of audio; None: the server counts none

    def __add__(self, other: TranscriptionUsage) -> TranscriptionUsage:
        if not isinstance(other, TranscriptionUsage):
            return NotImplemented
        tokens = self.tokens if other.tokens is None else other.tokens + (self.tokens or Usage())
        seconds = self.seconds if other.seconds is None else other.seconds + (self.seconds or 0.0)
        return TranscriptionUsage(tokens, seconds)

    @classmethod
    def of(cls, wire: WireUsage | None) -> Self | None:
        """Read the wire's object; None: the server counts nothing."""
        if wire is None:
            return None
        tokens = Usage.of(wire)
        seconds = None if wire.seconds is None or wire.seconds < 0 else float(wire.seconds)
        return None if tokens is None and seconds is None else cls(tokens, seconds)

    def cost(self, prices: Prices) -> Decimal:
        """What it costs, in the currency of the prices.

        Raises:
            UsageError: it has tokens or seconds that have no price.

        """
        check_prices(prices)
        cost = cost_of_time(self.seconds or 0.0, prices, "transcription_minute", "transcribed audio")
        if (tokens := self.tokens) is None:
            return cost
        rest = tokens.input - tokens.input_text - tokens.input_audio
        cost += cost_of_tokens(tokens.input_text, prices, "transcription_text_in")
        cost += cost_of_tokens(tokens.input_audio, prices, "transcription_audio_in")
        cost += cost_of_rest(rest, prices, "transcription_text_in", "transcription_audio_in")
        return cost + cost_of_tokens(tokens.output, prices, "transcription_text_out")


@dataclass(frozen=True, slots=True)
class SessionUsage(Usage):
    """What a session has cost so far: the tokens of all its responses, and its transcriptions apart."""

    transcription: TranscriptionUsage = TranscriptionUsage()

    def __add__(self, other: Usage) -> SessionUsage:
        """Add a response's tokens, or another session's with its transcriptions."""
        if not isinstance(other, Usage):
            return NotImplemented
        transcription = self.transcription
        if isinstance(other, SessionUsage):
            transcription += other.transcription
        return SessionUsage(**_sums(self, other), transcription=transcription)

    __radd__ = __add__

    def cost(self, prices: Prices) -> Decimal:
        """What it costs, transcriptions included; otherwise as `Usage.cost`.

        Raises:
            UsageError: there are tokens or seconds of a kind that has no price.

        """
        return Usage.cost(self, prices) + self.transcription.cost(prices)


class UsageLedger:
    """Adds up what a session's responses and transcriptions cost, each once."""

    def __init__(self) -> None:
        self.total = SessionUsage()

    def add(self, usage: Usage | TranscriptionUsage | None) -> None:
        """Add what one response or transcription cost; None: the server counts nothing."""
        if isinstance(usage, TranscriptionUsage):
            self.total = replace(self.total, transcription=self.total.transcription + usage)
        elif usage is not None:
            self.total += usage


def _all(stated: int | None, kinds: WireTokens) -> int | None:
    """The tokens of all modalities: as stated, or added up; None: neither is said."""
    counted = [count for count in (kinds.text_tokens, kinds.audio_tokens, kinds.image_tokens) if count is not None]
    return stated if stated is not None else (sum(counted) if counted else None)
