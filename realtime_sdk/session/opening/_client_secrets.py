"""`create_client_secret`: a back end makes a secret, with which a client opens its sessions."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from typing_extensions import Unpack

from ..._runtime.arguments import check_seconds, check_text
from ..._runtime.credentials import concealed
from ...errors import UsageError
from ...protocol._field_names import check_session_fields
from ...protocol._fields import SessionFields
from ...protocol._session_object import session_object
from ...tools._tool import Function, Tool
from ...tools._toolbox import Toolbox
from ...transports._client_secret import ClientSecret, request_secret
from ...transports._endpoints import endpoint_from
from ...transports._handshaking import HandshakingEndpoint
from ...transports._keys import ApiKey
from ...transports._services import XaiEndpoint
from ...transports._transport import Endpoint
from ..connection._access import concealed_access

LIMITS: Final = (10, 7200)
"""Seconds for which the service lets a client secret open sessions, at least and at most."""


async def create_client_secret(
    model: str | None = None, *, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    expires_after: float = 600.0, tools: Iterable[Tool | Function | Mapping[str, Any]] = (), timeout: float = 15.0,
    **session_fields: Unpack[SessionFields],
) -> ClientSecret:  # fmt: skip
    """Make a secret with which a client can open sessions: for a back end, whose own key never leaves it.

    The client passes `secret.value` as its `api_key`; a function of the client's that asks the back end for a new one
    serves reconnections as well.

    Args:
        model: of those sessions; left out, the endpoint's own default.
        endpoint: an `OpenAIEndpoint`, `AzureEndpoint`, `XaiEndpoint` or `UrlEndpoint`, or a `ws://` or `wss://`
            address; left out, as for `connect`. The request goes to the address's path with `/client_secrets` behind
            it. xAI's secrets hold no session: its fields are the client's.
        api_key: the back end's own key; left out, as for `connect`.
        expires_after: seconds, 10 to 7200, within which sessions can be opened with it; whole ones are asked for.
        tools: those of the sessions. Their functions run where the session does, on the client.
        timeout: seconds within which the service answers.
        **session_fields: what those sessions begin with, as for `connect`. The client can change it, unless it may not.

    Raises:
        ConnectionFailed: the service was not reached, or refused.
        UsageError: an unknown keyword, an impossible value, an endpoint without client secrets, or a key that would
            travel in the clear.

    """
    key, endpoint = concealed_access(endpoint, api_key)
    del api_key  # from here on a traceback that shows variables shows neither it nor the address
    key.check()
    if model is not None:
        check_text("model", model)
    tools = concealed(tools)  # a traceback that shows variables shows no credentials of tools
    check_seconds("timeout", timeout)
    check_seconds("expires_after", expires_after)
    if not LIMITS[0] <= expires_after <= LIMITS[1]:
        raise UsageError(f"expires_after is {LIMITS[0]} to {LIMITS[1]} seconds, not {expires_after!r}")
    check_session_fields(session_fields, caller="create_client_secret", also=_PARAMETERS)
    server = endpoint_from(endpoint, os.environ)
    holds_session = not isinstance(server, XaiEndpoint)
    if not (isinstance(server, HandshakingEndpoint) and server.makes_client_secrets):
        raise UsageError(f"{server.name} makes no client secrets: use an OpenAIEndpoint, AzureEndpoint or UrlEndpoint")
    _, wire_tools = Toolbox().replaced_by(tools)
    fields = {**session_fields, **({"tools": wire_tools} if wire_tools else {})}
    seconds = round(expires_after)
    body: dict[str, Any] = {"expires_after": {"seconds": seconds}}
    if holds_session:
        session = _session(fields, model or getattr(server, "default_model", None))
        body = {"expires_after": {"anchor": "created_at", "seconds": seconds}, "session": session}
    elif fields or model is not None:
        raise UsageError("xAI's client secrets hold no session: give the model, tools and fields to connect(…)")
    return await request_secret(await server._handshake(model, await key.resolve()), body, timeout)


def _session(fields: Mapping[str, Any], model: str | None) -> dict[str, Any]:
    """The wire's session object, with the model that it talks to."""
    session = session_object(fields)
    has_model = session["type"] == "realtime" and model is not None
    return {**session, "model": model} if has_model else session


_PARAMETERS: Final = frozenset(inspect.signature(create_client_secret).parameters) - {"session_fields"}
"""The parameters of `create_client_secret` beside the session's fields."""
