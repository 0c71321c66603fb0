"""Items as the engine makes and changes them; an application sees the class of `_items` that each extends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...protocol._objects import WireItem
from ._items import FunctionCallItem, FunctionCallOutputItem, Item, OtherItem, ServerCopy

if TYPE_CHECKING:
    from .._live_response import LiveResponse


BARE_CALL: Final = WireItem.model_construct(id="", type="function_call")
BARE_OUTPUT: Final = WireItem.model_construct(id="", type="function_call_output")
"""The wire's items of all those whose fields are kept apart: a day of talk would keep them twice."""


class LiveItem(Item):
    """An item that the server's events change."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.response: LiveResponse | None = None  # which made it; None: none of this session
        self.closed = False  # the server has ended it

    @property
    def server_copy(self) -> ServerCopy:
        """How the server of the present connection holds it."""
        return self._server_copy

    @server_copy.setter
    def server_copy(self, copy: ServerCopy) -> None:
        self._server_copy = copy

    @property
    def wire(self) -> WireItem:
        """The item, as the server last described it."""
        return self._wire

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description; omitted fields keep their values."""
        self._wire = wire
        self._status = wire.status or self._status

    def settle(self) -> None:
        """No event of a response changes it any more: it keeps what an application reads."""
        self.response = None


class LiveOtherItem(OtherItem, LiveItem):
    """An item of a type that has no class here."""


class LiveFunctionCall(FunctionCallItem, LiveItem):
    """A function call, complete once it is closed."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self._arguments_ended = False  # the server has said so

    def add_arguments(self, delta: str) -> None:
        """Add the next piece of the arguments."""
        self._arguments += delta

    def end_arguments(self, arguments: str | None, name: str | None) -> None:
        """The arguments are complete; `arguments` and `name` repeat them where the server does."""
        self._arguments = arguments or self._arguments
        self._name = name or self._name
        self._arguments_ended = True

    def break_off(self) -> None:
        """The server sends no more of it: it is incomplete, and not to be run, unless its arguments have ended."""
        if not (self.closed or self._arguments_ended):
            self.update(self._wire.model_copy(update={"status": "incomplete"}))

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description; a complete call, which is run, no longer changes."""
        super().update(wire)
        if self.closed:
            return
        self._name = wire.name or self._name
        self._call_id = wire.call_id or self._call_id
        self._arguments = wire.arguments or self._arguments

    def settle(self) -> None:
        """Keep its fields only, once it is answered: until then its response waits for it."""
        if self._output is not None:
            super().settle()
            self._wire = BARE_CALL


class LiveFunctionCallOutput(FunctionCallOutputItem, LiveItem):
    """The answer to a function call."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self._wire = BARE_OUTPUT

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description."""
        super().update(wire)
        self._wire = BARE_OUTPUT
