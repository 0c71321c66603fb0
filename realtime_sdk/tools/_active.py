"""The tools that function calls run with, while updates of the session replace them."""

from __future__ import annotations

from ..conversation.requests._requests import UpdateRequest
from ..errors import ServerRefused
from ._toolbox import Toolbox


class ActiveTools:
    """The tools that the server knows, and those of updates that it has not confirmed.

    A call may come together with the confirmation of an update: the new tools count from the request on, and the old
    ones until the server has confirmed it.
    """

    def __init__(self, tools: Toolbox) -> None:
        self._confirmed = tools
        self._updates: list[tuple[UpdateRequest, Toolbox]] = []  # in the order in which they were requested

    @property
    def current(self) -> Toolbox:
        """The tools that a call may name now."""
        tools = self._confirmed
        for _, newer in self._updates:
            tools = newer.with_fallback(tools)
        return tools

    def update(self, tools: Toolbox, request: UpdateRequest) -> None:
        """The server was sent these tools, in place of the last ones."""
        self._updates.append((request, tools))

    def apply_updates(self) -> None:
        """Apply the updates that the server has answered."""
        if not self._updates:  # as after nearly every event
            return
        answered = [update for update in self._updates if update[0].answer.done]
        for request, tools in answered:
            if request.answer.exception is None:
                self._confirmed = tools
            elif not isinstance(request.answer.exception, ServerRefused):  # it is not known which ones the server has
                self._confirmed = tools.with_fallback(self._confirmed)
        self._updates = [update for update in self._updates if update not in answered]
