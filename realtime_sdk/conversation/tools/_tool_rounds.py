"""The function calls of responses that are not answered yet, and the continuation once they are."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from ...protocol._codec import ClientEvent
from ...protocol._conversation import ConversationItemCreate, ConversationItemDelete
from .._live_response import LiveResponse
from ..items._items import FunctionCallItem
from ..items._live_items import LiveFunctionCall
from ..items._live_mcp import LiveMcpCall
from ..requests._requests import Subject

NOT_RUN: Final = json.dumps({"error": "not run: the user interrupted before the call was complete"})
"""The output of a call that an interruption kept from being run: the model must not believe that it was run."""


@dataclass(slots=True)
class _Round:
    """The calls of one response."""

    unanswered: dict[str, LiveFunctionCall | LiveMcpCall] = field(default_factory=dict)  # by item id
    respond: bool = False  # a call after which the model is to go on was answered
    hosted: dict[LiveMcpCall, bool] = field(default_factory=dict)  # that have ended: whether the model has gone on
    silenced: bool = False  # the application has interrupted it: the model is not to go on


@dataclass(slots=True)
class _Unconfirmed:
    """The output of a call, which the server has not confirmed."""

    call: LiveFunctionCall
    is_late: bool = False  # the server has begun a response by itself in the meantime


class ToolRounds:
    """The responses whose calls run.

    When all calls of a response are answered, and the response itself has ended, the model is asked to go on, once.
    After a barge-in that request waits for the floor, as any other: if the user takes the turn before the calls are
    answered, the answer to the turn answers both. An output that the server takes only after it has begun that answer
    is in no answer: then the model is asked to go on all the same.
    """

    def __init__(self) -> None:
        self._rounds: dict[LiveResponse, _Round] = {}
        self._unconfirmed: dict[str, _Unconfirmed] = {}  # calls whose output the server has not confirmed, by `call_id`

    @property
    def running(self) -> tuple[LiveFunctionCall | LiveMcpCall, ...]:
        """The calls that are not answered."""
        return tuple(call for each in self._rounds.values() for call in each.unanswered.values())

    @property
    def functions(self) -> tuple[LiveFunctionCall, ...]:
        """The calls of functions that are not answered."""
        return tuple(call for call in self.running if isinstance(call, LiveFunctionCall))

    def is_running(self, call_id: str) -> bool:
        """Whether the call item of this id is not answered."""
        return any(call_id in each.unanswered for each in self._rounds.values())

    def start(self, call: LiveFunctionCall | LiveMcpCall) -> None:
        """A complete call is about to be run, or the server makes one of a hosted tool."""
        if call.response is not None:
            self._rounds.setdefault(call.response, _Round()).unanswered[call.id] = call

    def finish(self, call: FunctionCallItem, *, respond: bool) -> Subject | None:
        """A call is answered; return what the model is to go on with now."""
        if respond and isinstance(call, LiveFunctionCall):
            self._unconfirmed[call.call_id] = _Unconfirmed(call)
        response = call.response if isinstance(call, LiveFunctionCall) else None
        if response is None or response not in self._rounds:
            return Subject.OUTPUTS if respond else None
        calls = self._rounds[response]
        calls.unanswered.pop(call.id, None)
        calls.respond = calls.respond or respond
        return self.close(response)

    def hosted_returned(self, call: LiveMcpCall) -> None:
        """The server reports that a hosted tool has ended: messages that begin from now on take up its output."""
        calls = None if call.response is None else self._rounds.get(call.response)
        if calls is not None:
            calls.hosted[call] = False

    def finish_hosted(self, call: LiveMcpCall) -> Subject | None:
        """A hosted tool has ended, and its output is here; return what the model is to go on with now."""
        calls = None if call.response is None else self._rounds.get(call.response)
        if call.response is None or calls is None:
            return None
        calls.unanswered.pop(call.id, None)
        calls.hosted.setdefault(call, _is_followed(call.response, call))
        return self.close(call.response)

    def model_goes_on(self, response: LiveResponse) -> None:
        """The model begins a message in a response: it takes up what the hosted tools of it have returned."""
        if response in self._rounds:
            _go_on(self._rounds[response])

    def server_responds(self) -> None:
        """The server begins a response by itself: it takes up what the hosted tools of all responses have returned."""
        for calls in self._rounds.values():
            _go_on(calls)
        for output in self._unconfirmed.values():
            output.is_late = True

    def confirm(self, call_id: str | None) -> Subject | None:
        """The server has taken the output of a call; return what the model is to go on with: no response took it up."""
        output = None if call_id is None else self._unconfirmed.pop(call_id, None)
        return Subject.OUTPUTS if output is not None and output.is_late else None

    def forget_unconfirmed(self) -> None:
        """The connection was lost: the next server is given each output before it answers."""
        self._unconfirmed.clear()

    def close(self, response: LiveResponse) -> Subject | None:
        """Return what the model is to go on with: the response has ended, and its calls have just all been answered."""
        calls = self._rounds.get(response)
        if calls is None or response.running or calls.unanswered:
            return None
        del self._rounds[response]
        if calls.silenced:
            return None
        if calls.respond:
            return Subject.OUTPUTS
        return None if all(calls.hosted.values()) else Subject.HOSTED_OUTPUTS

    def silence(self, responses: Collection[LiveResponse] | None = None) -> None:
        """Have the model not go on with the calls of these responses that run (None: of all); they are answered."""
        for response, calls in self._rounds.items():
            calls.silenced = calls.silenced or responses is None or response in responses
        for call_id, output in list(self._unconfirmed.items()):
            if responses is None or output.call.response in responses:
                del self._unconfirmed[call_id]


def _go_on(calls: _Round) -> None:
    if calls.hosted:
        calls.hosted = dict.fromkeys(calls.hosted, True)


def _is_followed(response: LiveResponse, call: LiveMcpCall) -> bool:
    """Whether a message follows a hosted call of which the server has not said when it ended."""
    behind = response.live_items[response.live_items.index(call) + 1 :]
    return any(item.type == "message" for item in behind)


def output_of(call: FunctionCallItem, output: str) -> ConversationItemCreate:
    """The event that answers a call."""
    return ConversationItemCreate(
        item={"type": "function_call_output", "call_id": call.call_id, "output": output}
    )


def abandoned(call: LiveFunctionCall) -> list[ClientEvent]:
    """The events for a call that is not run: the server must not wait for its answer."""
    if call.status == "incomplete" or not call.call_id:
        return [ConversationItemDelete(item_id=call.id)]
    call._answer(NOT_RUN)
    return [output_of(call, NOT_RUN)]
