"""Items as the engine makes and changes them; an application sees the class of `_items` that each extends."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from ..protocol._objects import WireItem
from ._items import FunctionCallItem, FunctionCallOutputItem, Item, OtherItem

if TYPE_CHECKING:
    from ._live_response import LiveResponse


class ServerCopy(Enum):
    """How the server of the present connection holds an item."""

    ORIGINAL = "original"  # as it was made there
    RESTORED = "restored"  # as this side has given it: a message as text
    NONE = "none"  # not at all


class LiveItem(Item):
    """An item that the server's events change."""

    def __init__(self, wire: WireItem) -> None:
        super().__init__(wire)
        self.response: LiveResponse | None = None  # which made it; None: none of this session
        self.closed = False  # the server has ended it
        self.server_copy: ServerCopy = ServerCopy.ORIGINAL

    @property
    def wire(self) -> WireItem:
        """The item, as the server last described it."""
        return self._wire

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description; omitted fields keep their values."""
        self._wire = wire
        self._status = wire.status or self._status


class LiveOtherItem(OtherItem, LiveItem):
    """An item of a type that has no class here."""


class LiveFunctionCall(FunctionCallItem, LiveItem):
    """A function call, complete once it is closed."""

    def add_arguments(self, delta: str) -> None:
        """Add the next piece of the arguments."""
        self._arguments += delta

    def end_arguments(self, arguments: str | None, name: str | None) -> None:
        """The arguments are complete; `arguments` and `name` repeat them where the server does."""
        self._arguments = arguments or self._arguments
        self._name = name or self._name

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description; a complete call, which is run, no longer changes."""
        super().update(wire)
        if self.closed:
            return
        self._name = wire.name or self._name
        self._call_id = wire.call_id or self._call_id
        self._arguments = wire.arguments or self._arguments


class LiveFunctionCallOutput(FunctionCallOutputItem, LiveItem):
    """The answer to a function call."""
