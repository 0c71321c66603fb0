"""Checks of the fields that an application gives a session or a response, before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from .._runtime.arguments import check_instance, shown, unknown_field
from ..errors import UsageError
from ._fields import ResponseFields, SessionFields

__all__ = ["check_response_fields", "check_session_fields"]

SESSION_FIELDS: Final = frozenset({*SessionFields.__annotations__, "model", "tools"})
"""Every name that a session has."""

RESPONSE_FIELDS: Final = frozenset(ResponseFields.__annotations__)
"""Every name that a response has."""


_ENDPOINTS: Final = {
    "headers": "UrlEndpoint", "dialect": "UrlEndpoint", "organization": "OpenAIEndpoint", "project": "OpenAIEndpoint",
    "safety_identifier": "OpenAIEndpoint", "call_id": "OpenAIEndpoint", "api_version": "AzureEndpoint",
    "deployment": "AzureEndpoint", "token": "AzureEndpoint",
}  # fmt: skip
"""Names that an application may look for here, and that belong to an endpoint."""

_CALLED_HERE: Final = {
    "system": "instructions=…", "system_prompt": "instructions=…", "url": "endpoint=…", "base_url": "endpoint=…",
    "language": 'transcription={"language": …} for what is recognised, instructions=… for what is spoken',
    "push_to_talk": "turns=Turns.push_to_talk()", "vad": "turn_detection={…}, or turns=Turns.by_voice(…)",
    "history": "session.conversation.restore(…)", "messages": "session.conversation.restore(…)",
    "on_event": "async for event in session.events()", "callbacks": "async for event in session.events()",
    "volume": "session.volume = …",
}  # fmt: skip
"""What goes by such a name elsewhere, and by another one here."""


def check_session_fields(fields: Mapping[str, object], *, caller: str = "connect", also: Collection[str] = ()) -> None:
    """Refuse a name that a session does not have, and a value that is no object where an object of fields belongs.

    caller: the function that was given the fields, for the message. also: its own parameters, which may be meant.

    Raises:
        UsageError: it names the nearest right name, or what the value has to be.

    """
    _check(fields, SESSION_FIELDS, caller, also, "extra_fields={…} takes those that only a server knows")
    audio = _object("audio", fields.get("audio"))
    for side in ("input", "output"):
        _object(f"audio.{side}", audio.get(side))
    for name in _object("extra_fields", fields.get("extra_fields")):
        if not isinstance(name, str):
            raise UsageError(f"extra_fields is an object whose names are strings, not {shown(name)}")


def check_response_fields(fields: Mapping[str, object], *, caller: str = "respond", also: Collection[str] = ()) -> None:
    """Refuse a name that a response does not have, as `check_session_fields` does, and values of another kind.

    Raises:
        UsageError: it names the nearest right name, or what the value has to be.

    """
    _check(fields, RESPONSE_FIELDS, caller, also, "`Session.send` sends what only other services know")
    if (metadata := fields.get("metadata")) is not None:
        check_instance("metadata", metadata, Mapping, 'a mapping of strings, such as {"purpose": "greeting"}')
    tools = fields.get("tools")
    listed = tools if isinstance(tools, list | tuple) else [] if tools is None else [tools]
    for tool in listed:
        if not isinstance(tool, Mapping) or tool is tools:
            raise UsageError(
                f"{caller}(tools=…) is a list of the wire's objects, not {shown(tool)}: "
                "pass functions to connect(tools=…) or update(tools=…)"
            )


def _object(name: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping | None):
        raise UsageError(f"{name} is an object of fields, such as {{…}}, not {shown(value)}")
    return value or {}


def _check(
    fields: Mapping[str, object], known: frozenset[str], caller: str, also: Collection[str], alternative: str
) -> None:
    for name in fields:
        if name not in known:
            owner = f"{_ENDPOINTS[name]}(…, {name}=…) has it" if name in _ENDPOINTS else alternative
            raise unknown_field(caller, name, {*known, *also}, _CALLED_HERE.get(name, owner))
