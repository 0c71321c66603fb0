"""The responses of the backend model, to which a session delegates: calls and their outputs, tokens, errors. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..conversation._sdk_events import ServerError
from ..conversation.items._items import FunctionCallItem
from ..conversation.items._live_items import LiveFunctionCall
from ..protocol._objects import WireItem, error_text
from ._effects import ClientEvent
from ._events import LiveUsage
from ._wire import BackendEvent

FAILURES: Final = frozenset({"response.failed", "response.incomplete", "response.cancelled", "error"})
"""Types of the events that end a response of the backend model in place of `response.completed`."""

BACKEND_SILENCE: Final = 120.0
"""Seconds without an event of it after which a response that others wait for is taken to have ended."""


@dataclass(slots=True)
class _Call:
    """A call of a response that is complete, and its output, once there is one."""

    output: str | None = None
    respond: bool = True  # whether the model is to go on with it


@dataclass(slots=True)
class _Response:
    """A response in progress, and its calls."""

    heard_at: float  # wall clock of its last event
    calls: dict[str, _Call] = field(default_factory=dict)


class Backend:
    """Collects the function calls of the backend model, and asks it to go on once all of them are answered.

    The service takes the outputs when the response that made the calls is complete, all of them before one
    `response.create`; a response that failed takes none.
    """

    def __init__(self) -> None:
        self._running: dict[str | None, _Response] = {}  # by delegation
        self._open: dict[str, _Call] = {}  # calls of complete responses, without an output of ours yet
        self._made: set[str] = set()  # ids of all calls that there ever were
        self._asked = False  # the application wants a response

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: nothing waits for a response in progress."""
        if not (self._asked or any(call.output is not None for calls in self._calls() for call in calls.values())):
            return math.inf
        heard_at = min((response.heard_at for response in self._running.values()), default=math.inf)
        return heard_at + BACKEND_SILENCE

    def expire(self, at: float) -> int:
        """Take the responses that have fallen silent for complete, and return how many: their ends were lost."""
        silent = [key for key, response in self._running.items() if response.heard_at + BACKEND_SILENCE <= at]
        for delegation_id in silent:
            self._open.update(self._running.pop(delegation_id).calls)
        return len(silent)

    def receive(self, event: BackendEvent, at: float) -> FunctionCallItem | None:
        """Handle an event of the backend model; return the call that it completes, if it completes one."""
        if (response := self._running.get(event.delegation_id)) is not None:
            response.heard_at = at
        match event.kind:
            case "response.created":
                self._running.setdefault(event.delegation_id, _Response(at))
            case "response.output_item.done":
                return self._complete_call(event.delegation_id, event.event.get("item"), at)
            case "response.completed" if response is not None:
                self._open.update(self._running.pop(event.delegation_id).calls)
            case kind if kind in FAILURES:
                self._running.pop(event.delegation_id, None)
        return None

    def has_made(self, call_id: str) -> bool:
        """Whether the backend model made this call, answered or not."""
        return call_id in self._made

    def answer(self, call_id: str, output: str, *, respond: bool) -> None:
        """A call was run; an output for a call of a response that failed is dropped."""
        for calls in self._calls():
            if (call := calls.get(call_id)) is not None:
                call.output, call.respond = output, respond

    def ask(self) -> None:
        """Have a response made, once that is possible."""
        self._asked = True

    def take(self) -> list[ClientEvent]:
        """Return the outputs that can be sent now, and the request to go on with them."""
        if self._running or any(call.output is None for call in self._open.values()):
            return []
        go_on = self._asked or any(call.respond for call in self._open.values())
        events: list[ClientEvent] = [_output(call_id, call.output or "") for call_id, call in self._open.items()]
        self._open.clear()
        self._asked = False
        return [*events, {"type": "response.create"}] if go_on else events

    def _calls(self) -> list[dict[str, _Call]]:
        """The calls, by their ids: those of complete responses, and of each in progress."""
        return [self._open, *(response.calls for response in self._running.values())]

    def _complete_call(self, delegation_id: str | None, item: Any, at: float) -> FunctionCallItem | None:
        if not isinstance(item, Mapping) or item.get("type") != "function_call":
            return None
        call_id, name = item.get("call_id"), item.get("name")
        calls = self._running.setdefault(delegation_id, _Response(at)).calls
        if not (isinstance(call_id, str) and isinstance(name, str)) or call_id in calls:
            return None
        if item.get("status") not in (None, "completed"):
            return None
        calls[call_id] = _Call()
        self._made.add(call_id)
        arguments = item.get("arguments")
        wire = WireItem(
            id=str(item.get("id") or call_id), type="function_call", status="completed", call_id=call_id, name=name,
            arguments=arguments if isinstance(arguments, str) else "",
        )  # fmt: skip
        return LiveFunctionCall(wire)


def _output(call_id: str, output: str) -> ClientEvent:
    item = {"type": "function_call_output", "call_id": call_id, "output": output}
    return {"type": "response.item.create", "item": item}


def with_tokens(usage: LiveUsage, response: Any) -> LiveUsage:
    """Add the tokens of a response of the backend model."""
    fields = response if isinstance(response, Mapping) else {}
    details = fields.get("input_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else 0
    return replace(
        usage,
        input_tokens=usage.input_tokens + _tokens(fields.get("input_tokens")),
        cached_tokens=usage.cached_tokens + _tokens(cached),
        output_tokens=usage.output_tokens + _tokens(fields.get("output_tokens")),
    )


def _tokens(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def backend_error(failed: Mapping[str, Any], at: float) -> ServerError:
    """Return the error of a response that failed, or of an `error` event, which has no response."""
    details = failed.get("error") or failed.get("incomplete_details") or failed
    reason = error_text(details) or "the backend model's response failed"
    code = details.get("code") if isinstance(details, Mapping) else None
    return ServerError(at, "backend", code if isinstance(code, str) else None, reason, None)
