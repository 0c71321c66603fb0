"""The function calls of responses that are not answered yet, and the continuation once they are."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from ..protocol._codec import ClientEvent
from ..protocol._conversation import ConversationItemCreate, ConversationItemDelete
from ._items import FunctionCallItem
from ._live_items import LiveFunctionCall
from ._live_mcp import LiveMcpCall
from ._live_response import LiveResponse

NOT_RUN: Final = json.dumps({"error": "not run: the user interrupted before the call was complete"})
"""The output of a call that an interruption kept from being run: the model must not believe that it was run."""


@dataclass(slots=True)
class _Round:
    """The calls of one response."""

    unanswered: dict[str, LiveFunctionCall | LiveMcpCall] = field(default_factory=dict)  # by item id
    respond: bool = False  # a call after which the model is to go on was answered
    hosted: list[LiveMcpCall] = field(default_factory=list)  # calls of hosted tools that have ended
    silenced: bool = False  # the application has interrupted it: the model is not to go on


class ToolRounds:
    """The responses whose calls run.

    When all calls of a response are answered, and the response itself has ended, the model is asked to go on, once.
    After a barge-in that request waits for the floor, as any other: if the user takes the turn before the calls are
    answered, the answer to the turn answers both.
    """

    def __init__(self) -> None:
        self._rounds: dict[LiveResponse, _Round] = {}

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

    def finish(self, call: FunctionCallItem, *, respond: bool) -> bool:
        """A call is answered; return whether the model is to go on now."""
        response = call.response if isinstance(call, LiveFunctionCall) else None
        if response is None or response not in self._rounds:
            return respond
        tools = self._rounds[response]
        tools.unanswered.pop(call.id, None)
        tools.respond = tools.respond or respond
        return self.close(response)

    def finish_hosted(self, call: LiveMcpCall) -> bool:
        """A hosted tool has ended; return whether the model is to go on now."""
        tools = None if call.response is None else self._rounds.get(call.response)
        if call.response is None or tools is None:
            return False
        tools.unanswered.pop(call.id, None)
        tools.hosted.append(call)
        return self.close(call.response)

    def close(self, response: LiveResponse) -> bool:
        """Return whether the model is to go on: the response has ended, and its calls have just all been answered."""
        tools = self._rounds.get(response)
        if tools is None or response.running or tools.unanswered:
            return False
        del self._rounds[response]
        respond = tools.respond or any(not _is_followed(response, call) for call in tools.hosted)
        return respond and not tools.silenced

    def silence(self, responses: Collection[LiveResponse] | None = None) -> None:
        """Have the model not go on with the calls of these responses that run (None: of all); they are answered."""
        for response, tools in self._rounds.items():
            tools.silenced = tools.silenced or responses is None or response in responses


def _is_followed(response: LiveResponse, call: LiveMcpCall) -> bool:
    """Whether the model has gone on with a hosted tool's result in the same response."""
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
