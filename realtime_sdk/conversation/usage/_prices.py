"""Prices, as an application gives them, and what they make of a count. A built-in table would soon be wrong."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

from ..._runtime.arguments import check_instance
from ...errors import UsageError

__all__ = ["Price", "Prices"]

Price: TypeAlias = Decimal | float | str | None
"""A price as an application writes it; a float counts as the number that is written: 0.4 is four tenths."""

_MILLION: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a service charges, in any one currency: for a million tokens, and for a minute of audio or of a session.

    A cached price that is left out is the uncached one. Any other that is left out is unknown: tokens of that kind are
    a `UsageError`, so that no bill is silently too low; write 0 for what is free.
    """

    text_in: Price = None
    text_cached: Price = None
    text_out: Price = None
    audio_in: Price = None
    audio_cached: Price = None
    audio_out: Price = None
    image_in: Price = None
    image_cached: Price = None
    transcription_minute: Price = None
    transcription_text_in: Price = None
    transcription_audio_in: Price = None
    transcription_text_out: Price = None
    session_minute: Price = None  # GPT-Live and translation

    def __post_init__(self) -> None:
        for field in fields(self):
            if (price := getattr(self, field.name)) is not None:
                object.__setattr__(self, field.name, read_price(field.name, price))


def read_price(name: str, given: object) -> Decimal:
    """Read a price, or an amount; floats as they are written.

    Raises:
        UsageError: it is no number, or negative.

    """
    try:
        price = Decimal(str(given)) if isinstance(given, Decimal | int | float | str) else Decimal("NaN")
    except InvalidOperation:
        price = Decimal("NaN")
    if isinstance(given, bool) or not price.is_finite() or price < 0:
        raise UsageError(f"{name} is a price, such as 4.0 or Decimal('0.40'), not {given!r}")
    return price


def check_prices(prices: object) -> None:
    """Raise a `UsageError` unless these are prices."""
    check_instance("prices", prices, Prices, "a Prices, such as Prices(text_in=4, …)")


def cost_of_tokens(count: int, prices: Prices, name: str) -> Decimal:
    """What tokens of one kind cost; `name`: of their price."""
    return _price_of(prices, name, f"{count} tokens") * count / _MILLION if count else Decimal(0)


def cost_of_rest(count: int, prices: Prices, *names: str) -> Decimal:
    """What tokens of an unknown modality cost at most; none where `count` is negative."""
    dearest = max(names, key=lambda name: getattr(prices, name) or Decimal(0))
    return cost_of_tokens(max(0, count), prices, dearest)


def cost_of_time(seconds: float, prices: Prices, name: str, counted: str) -> Decimal:
    """What something costs that is billed by the minute."""
    if not seconds:
        return Decimal(0)
    return _price_of(prices, name, f"{seconds:g} s of {counted}") * Decimal(str(seconds)) / 60


def _price_of(prices: Prices, name: str, counted: str) -> Decimal:
    price = getattr(prices, name)
    if price is None:
        raise UsageError(f"the server counted {counted}, and the prices have no {name}: give one, or 0")
    assert isinstance(price, Decimal)  # since `Prices` was made
    return price
