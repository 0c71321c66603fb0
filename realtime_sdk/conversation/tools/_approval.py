"""A call that waits to be approved, by the application or by the user whom it asks."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from .._completion import Completion, EventFactory
from .._session_object import SessionObject
from ..items._items import FunctionCallItem
from ..items._mcp_items import McpApprovalRequestItem


class Approval(SessionObject, public=True):
    """A call that is not made before the application has approved it. The first answer counts.

    Await it for the answer, from wherever it comes: a dialog can be closed then.
    """

    def __init__(
        self, call: FunctionCallItem | McpApprovalRequestItem, event_factory: EventFactory,
        assert_own_loop: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._call = call
        self._reason = ""
        self._answer: Completion[bool] = Completion(event_factory)
        self._assert_own_loop = assert_own_loop

    def __repr__(self) -> str:
        state = {None: "open", True: "approved", False: "refused"}[self.approved]
        return f"<Approval {self.name}({self.arguments}) {state}>"

    @property
    def call(self) -> FunctionCallItem | McpApprovalRequestItem:
        """The item in the conversation: the call of a function, or the request to approve that of a hosted tool."""
        return self._call

    @property
    def name(self) -> str:
        """The name of the function, or of the hosted tool."""
        return self._call.name

    @property
    def arguments(self) -> str:
        """The arguments: a JSON object as text, unchecked."""
        return self._call.arguments

    @property
    def server_label(self) -> str | None:
        """The label of the tool server; None: it is a function of the application."""
        return self._call.server_label if isinstance(self._call, McpApprovalRequestItem) else None

    @property
    def approved(self) -> bool | None:
        """The answer; None: there is none yet."""
        return self._answer.result

    @property
    def reason(self) -> str:
        """The reason of a refusal, as the model is told; it may be empty."""
        return self._reason

    def approve(self) -> None:
        """Have the call made."""
        self._assert_own_loop("approve")
        self._answer.set_result(True)

    def refuse(self, reason: str = "") -> None:
        """Refuse the call; the model is told so, and why."""
        self._assert_own_loop("refuse")
        if not self._answer.done:
            self._reason = reason
            self._answer.set_result(False)

    def __await__(self) -> Generator[Any, None, bool]:
        return self._answer.__await__()


class NewApproval(Approval):
    """An approval, as a session makes it."""
