"""The calls of functions and hosted tools: started, answered by whichever side runs them, and given up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ...protocol._codec import ClientEvent, dump
from ...protocol._conversation import ConversationItemCreate
from .._effects import NOTHING, Effects, emitting, sending
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._sdk_events import ToolFinished
from ..history._history import wire_call
from ..items._items import FunctionCallItem, ServerCopy
from ..items._live_items import LiveFunctionCall
from ..items._live_mcp import LiveMcpCall, McpCallEvent
from ..items._mcp_items import McpApprovalRequestItem
from ._tool_rounds import abandoned, output_of

NO_RESULT: Final = "the server reported no end of the call"
"""The error of a call that was given up."""


class Calls:
    """Starts calls, and has the model go on once all of a response are answered; `at` is wall-clock seconds."""

    def __init__(self, state: EngineState, *, runs_tools: bool) -> None:
        self._state = state
        self.runs_tools = runs_tools  # the session runs function calls; else they are the application's

    def start(self, response: LiveResponse, call: LiveFunctionCall) -> Effects:
        """A call is complete: it is to be run, unless its response was interrupted."""
        if response.out_of_band:
            return NOTHING  # no conversation has it: it is the application's
        if response.interrupted:
            return sending(*response.defer(abandoned(call))) if self.runs_tools else NOTHING
        if call.status == "incomplete" or not self._state.registry.claim_call(call):
            return NOTHING
        self._state.rounds.start(call)
        return Effects(calls=(call,)) if self.runs_tools else NOTHING

    def finish(
        self, call: FunctionCallItem, output: str, at: float, *, error: str | None = None,
        exception: BaseException | None = None, respond: bool = True,
    ) -> Effects:  # fmt: skip
        """Answer a function call; `respond`: the model is to go on with it.

        Raises:
            UsageError: JSON can't hold the output.

        """
        state = self._state
        answer = output_of(call, output)
        dump(answer)
        call._answer(output)
        effects = Effects((*self._call_again(call), answer), (ToolFinished(at, call, error, exception),))
        return state.sent(effects + state.go_on(state.rounds.finish(call, respond=respond), at), at)

    def finish_hosted(self, call: LiveMcpCall, at: float, error: str | None = None) -> Effects:
        """The call of a hosted tool has ended: report it, and have the model go on with it."""
        state = self._state
        if not call.step(McpCallEvent.FINISH):
            return NOTHING
        state.hosted.finished(call)
        return emitting(ToolFinished(at, call, error or call.error)) + state.go_on(state.rounds.finish_hosted(call), at)

    def expire(self, at: float) -> Effects:
        """Give up the listings and the calls of hosted tools that have been open for too long."""
        effects = NOTHING
        for call in self._state.hosted.expire(at):
            effects += self.finish_hosted(call, at, NO_RESULT)
        return effects

    def confirm_output(self, call_id: str | None, output: str | None, at: float) -> Effects:
        """The server has the output of a call: have the model go on, if no response has taken it up."""
        state = self._state
        subject = state.rounds.confirm(call_id)
        if subject is None or state.requests.responses.outstanding:
            return self.take_output(call_id, output, at)
        return state.go_on(subject, at)

    def take_output(self, call_id: object, output: object, at: float) -> Effects:
        """Take a call for answered that waits for that: by an event of the application's, or by another client.

        The model is not asked to go on for it: that is left to the one who answered.
        """
        state = self._state
        call = next((call for call in state.rounds.functions if call.call_id == call_id), None)
        if call is None:
            return NOTHING
        call._answer(str(output or ""))
        return emitting(ToolFinished(at, call, None)) + state.go_on(state.rounds.finish(call, respond=False), at)

    def interrupted(
        self, responses: Collection[LiveResponse] | None = None, *, spare: Collection[LiveResponse] = ()
    ) -> Effects:
        """The running calls that an interruption affects: those of `responses`, or of all responses but for `spare`."""
        running = (call for call in self._state.rounds.functions if call.response and call.response not in spare)
        return Effects(interrupted=tuple(call for call in running if responses is None or call.response in responses))

    def approve(self, request: McpApprovalRequestItem, at: float, *, approve: bool, reason: str) -> Effects:
        """Answer the server's request to approve a call of a hosted tool."""
        item = self._state.conversation.get(request.id)
        if item is None or item.server_copy is not ServerCopy.ORIGINAL:
            return NOTHING  # the server that asked is gone, and the call with it
        answer = {"type": "mcp_approval_response", "approval_request_id": request.id, "approve": approve}
        explained = answer | ({"reason": reason} if reason else {})
        return self._state.sent(sending(ConversationItemCreate(item=explained)), at)

    def _call_again(self, call: FunctionCallItem) -> list[ClientEvent]:
        """The event that gives the server a call that it does not hold: it ran while the connection was lost."""
        if not isinstance(call, LiveFunctionCall) or call.server_copy is not ServerCopy.NONE:
            return []
        call.server_copy = ServerCopy.RESTORED
        self._state.conversation.give_again(call.id)  # its output follows; at its old place the server may add items
        return [ConversationItemCreate(item=wire_call(call))]
