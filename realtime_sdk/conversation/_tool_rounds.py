"""The function calls of responses that are not answered yet, and the continuation once they are."""

from __future__ import annotations

import json
from typing import Final

from ..protocol._codec import ClientEvent
from ..protocol._conversation import ConversationItemCreate, ConversationItemDelete
from ._items import FunctionCallItem
from ._live_items import LiveFunctionCall
from ._live_response import LiveResponse

NOT_RUN: Final = json.dumps({"error": "not run: the user interrupted before the call was complete"})
"""The output of a call that an interruption kept from being run: the model must not believe that it was run."""


class ToolRounds:
    """The responses whose calls run.

    When all calls of a response are answered, and the response itself has ended, the model is asked to go on, once. It
    is not asked where the user has interrupted that response: the user's own turn brings the next one.
    """

    def __init__(self) -> None:
        self._open: dict[LiveResponse, set[str]] = {}  # ids of the calls that are not answered
        self._continued: set[LiveResponse] = set()  # those with a call after which the model is to go on

    @property
    def running(self) -> bool:
        """Whether a call is not answered."""
        return any(self._open.values())

    def is_running(self, call_id: str) -> bool:
        """Whether the call item of this id is not answered."""
        return any(call_id in calls for calls in self._open.values())

    def start(self, call: LiveFunctionCall) -> None:
        """A complete call is about to be run."""
        if call.response is not None:
            self._open.setdefault(call.response, set()).add(call.id)

    def finish(self, call: FunctionCallItem, *, respond: bool) -> bool:
        """A call is answered; return whether the model is to go on now."""
        response = call.response if isinstance(call, LiveFunctionCall) else None
        if response is None or response not in self._open:
            return respond
        self._open[response].discard(call.id)
        if respond:
            self._continued.add(response)
        return self.close(response)

    def close(self, response: LiveResponse) -> bool:
        """Return whether the model is to go on: the response has ended, and its calls have just all been answered."""
        if response.running or self._open.get(response, True):
            return False
        del self._open[response]
        continues = response in self._continued
        self._continued.discard(response)
        return continues and not response.interrupted

    def interrupt(self) -> None:
        """Have the model not go on with the calls that run; they are answered all the same."""
        for response in self._open:
            response.interrupt(cancelled=False)


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
