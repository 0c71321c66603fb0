"""The states of the connection, and the causes after which there is no next one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from realtime_sdk import ConnectionFailed, ConnectionLost, Reconnect, ServerRefused, UsageError
from realtime_sdk.session.connection._reconnect import final_cause
from realtime_sdk.session.connection._state import TRANSITIONS, ConnectionEvent, ConnectionState


def test_every_state_has_an_exit_and_can_be_ended() -> None:
    for state in set(ConnectionState) - {ConnectionState.CLOSED}:
        assert TRANSITIONS[state, ConnectionEvent.END] is ConnectionState.CLOSED
        assert {then for (from_, _), then in TRANSITIONS.items() if from_ is state} != {state}


def test_every_state_is_reached_and_leads_back_to_a_connection() -> None:
    assert {then for then in TRANSITIONS.values()} == set(ConnectionState)
    for state in set(ConnectionState) - {ConnectionState.CLOSED}:
        seen: set[ConnectionState] = set()
        ahead = {state}
        while ahead - seen:
            seen |= ahead
            ahead = {then for (from_, _), then in TRANSITIONS.items() if from_ in seen}
        assert ConnectionState.OPEN in seen | ahead


@pytest.mark.parametrize(
    ("failure", "is_final"),
    [
        (ConnectionFailed("no route to host"), False),
        (ConnectionFailed("overloaded", status=503), False),
        (ConnectionFailed("slow down", status=429, error="rate_limit_exceeded"), False),
        (ConnectionFailed("no quota", status=429, error="insufficient_quota"), True),
        (ConnectionFailed("no key", status=401), True),
        (ConnectionFailed("not allowed", status=403), True),
        (ConnectionFailed("no model", status=404, error="model_not_found"), True),
        (ConnectionLost("bye", code=1000), False),
        (ConnectionLost("expired", code=1001, error="session_expired"), False),
        (ConnectionLost("policy", code=1008), True),
        (ConnectionLost("broken", code=1011), False),
        (ConnectionLost("no key", code=3000), True),
        (ConnectionLost("no model", code=4000, reason="invalid_request_error.invalid_model"), True),
        (ConnectionLost("no beta", code=4000, reason="invalid_request_error.beta_api_shape_disabled"), True),
        (ConnectionLost("idle", code=4000, reason="idle for a minute."), False),
        (ServerRefused("no key", type="invalid_request_error", code="invalid_api_key"), True),
        (ConnectionLost("no quota", code=1000, error="insufficient_quota"), True),
        (ServerRefused("no such voice", type="invalid_request_error"), True),
        (ServerRefused("the server failed", type="server_error"), False),
        (UsageError("the key is empty"), True),
    ],
)
def test_a_cause_that_does_not_pass_is_final(failure: Exception, is_final: bool) -> None:
    assert (final_cause(failure) is not None) is is_final


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"give_up_after": 0}, "give_up_after is a positive number"),
        ({"first_delay": "1"}, "first_delay is a positive number"),
        ({"first_delay": 2.0, "longest_delay": 1.0}, "longest_delay is at least first_delay"),
        ({"hold_audio": -1.0}, "hold_audio is a number of seconds, 0 or more"),
        ({"renew_before": None}, "renew_before is a number of seconds, 0 or more"),
        ({"fallback": 5}, "fallback is an Endpoint, or a ws:// or wss:// address"),
    ],
)
def test_a_wrong_value_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        Reconnect(**fields)


def test_a_session_may_never_give_up() -> None:
    assert Reconnect(give_up_after=math.inf, hold_audio=0, renew_before=0).give_up_after == math.inf
