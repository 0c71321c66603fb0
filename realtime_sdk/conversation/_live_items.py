"""Items as the engine makes and changes them; an application sees the class of `_items` that each extends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol._objects import WireItem
from ._items import FunctionCallItem, FunctionCallOutputItem, Item, OtherItem

if TYPE_CHECKING:
    from ._live_response import LiveResponse


class LiveItem(Item):
    """An item that the server's events change."""

    status: str | None

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.wire: WireItem = wire  # as the server last described it
        self.response: LiveResponse | None = None  # which made it; None: none of this session
        self.closed = False  # the server has ended it

    def update(self, wire: WireItem) -> None:
        """Take another description by the server; what it leaves out stays as it was."""
        self.wire = wire
        self.status = wire.status or self.status


class LiveOtherItem(OtherItem, LiveItem):
    """An item of a kind without a class of its own."""


class LiveFunctionCall(FunctionCallItem, LiveItem):
    """A function call, complete once it is closed."""

    name: str
    call_id: str
    arguments: str

    def add_arguments(self, delta: str) -> None:
        """Take the next piece of the arguments."""
        self.arguments += delta

    def end_arguments(self, arguments: str | None, name: str | None) -> None:
        """The arguments are complete; `arguments` and `name` repeat them where the server does."""
        self.arguments = arguments or self.arguments
        self.name = name or self.name

    def update(self, wire: WireItem) -> None:
        """Take another description by the server; a call that is complete is run, and answered, as it was."""
        super().update(wire)
        if self.closed:
            return
        self.name = wire.name or self.name
        self.call_id = wire.call_id or self.call_id
        self.arguments = wire.arguments or self.arguments


class LiveFunctionCallOutput(FunctionCallOutputItem, LiveItem):
    """The answer to a function call."""
