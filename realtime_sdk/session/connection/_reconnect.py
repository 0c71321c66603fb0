"""When a session connects again, and which causes it takes for final."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ..._runtime.arguments import check_duration, check_instance, check_seconds
from ...errors import ConnectionFailed, ConnectionLost, ServerRefused, UsageError
from ...transports._address import AddressText
from ...transports._transport import Endpoint

KEY_REFUSED: Final = "the API key was refused"

KEY_NOT_ALLOWED: Final = "the API key may not be used for this"

FINAL_STATUSES: Final = {
    401: KEY_REFUSED,
    403: KEY_NOT_ALLOWED,
    404: "there is no such model, call or service",
}
"""HTTP statuses of a refused handshake after which no other attempt succeeds."""

FINAL_CLOSES: Final = {
    1008: "the server closed the connection because of its policy",
    3000: KEY_REFUSED,
}
"""WebSocket close codes after which no other attempt succeeds. From 4000 on, each server has its own codes."""

FINAL_ERRORS: Final = {
    "account_deactivated": "the account is not active",
    "audio_format": "the server's audio has another format",
    "beta_api_shape_disabled": "the protocol's version is wrong",
    "billing_hard_limit_reached": "the quota is used up",
    "insufficient_quota": "the quota is used up",
    "invalid_api_key": KEY_REFUSED,
    "invalid_model": "there is no such model",
    "model_not_allowed": "the API key may not be used for this model",
    "model_not_found": "there is no such model",
}
"""Codes of the server's error after which no other attempt succeeds.

The error is in the body of a refused handshake, the last event before a close, or the end of the close's reason, as in
`invalid_request_error.invalid_model`.
"""


def final_cause(failure: BaseException) -> str | None:
    """Return why no other attempt can succeed; None: one may."""
    if isinstance(failure, ServerRefused) and failure.type == "server_error":
        return None  # the server failed, not what it was asked for
    if isinstance(failure, ServerRefused):
        return FINAL_ERRORS.get(failure.code or "") or str(failure)
    if not isinstance(failure, ConnectionFailed):
        return str(failure)
    if (cause := FINAL_ERRORS.get(failure.error or "") or FINAL_STATUSES.get(failure.status or 0)) is not None:
        return cause
    if not isinstance(failure, ConnectionLost):
        return None
    return FINAL_ERRORS.get(failure.reason.rpartition(".")[2]) or FINAL_CLOSES.get(failure.code or 0)


def refuses_key(failure: BaseException) -> bool:
    """Whether no other attempt can succeed with the same key, but one may with another."""
    return final_cause(failure) in (KEY_REFUSED, KEY_NOT_ALLOWED)


def explained(lost: ConnectionLost) -> ConnectionLost:
    """Return the end of a connection, with the cause where that is final."""
    if (cause := final_cause(lost)) is None:
        return lost
    why = f"{cause}: {lost.reason or lost}"
    return ConnectionLost(f"{cause}: {lost}", code=lost.code, reason=why, status=lost.status, error=lost.error)


@dataclass(frozen=True, slots=True)
class Reconnect:
    """How a session goes on after its connection was lost, or its server's session is about to expire.

    give_up_after: seconds without a connection after which the session ends, also in the midst of an attempt;
    `math.inf`: never.
    first_delay, longest_delay: seconds between two attempts, at first and at most; they double, with jitter. The first
    attempt is made at once.
    hold_audio: seconds of the user's audio that are held while there is no connection; older audio is dropped.
    renew_before: seconds before the server's session expires from which on it is renewed, at the end of a turn; 0: the
    server ends it.
    fallback: a second endpoint, tried in turn with the first; an `Endpoint`, or a `ws://` or `wss://` address.

    Raises:
        UsageError: an argument is of a wrong kind.

    """

    give_up_after: float = 120.0
    first_delay: float = 0.25
    longest_delay: float = 8.0
    hold_audio: float = 30.0
    renew_before: float = 300.0
    fallback: Endpoint | str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.fallback, str):
            object.__setattr__(self, "fallback", AddressText(self.fallback))  # its repr shows no key
        if self.give_up_after != math.inf:
            check_seconds("give_up_after", self.give_up_after)
        check_seconds("first_delay", self.first_delay)
        check_seconds("longest_delay", self.longest_delay)
        check_duration("hold_audio", self.hold_audio)
        check_duration("renew_before", self.renew_before)
        if self.longest_delay < self.first_delay:
            raise UsageError(
                f"longest_delay is at least first_delay: {self.longest_delay!r} is less than {self.first_delay!r}"
            )
        if self.fallback is not None:
            check_instance("fallback", self.fallback, str | Endpoint, "an Endpoint, or a ws:// or wss:// address")  # type: ignore[arg-type]

    @property
    def fallback_endpoint(self) -> Endpoint | None:
        """The second endpoint."""
        from ...transports._endpoints import endpoint_from  # it loads websockets, which the policy itself does not need

        return None if self.fallback is None else endpoint_from(self.fallback, {})
