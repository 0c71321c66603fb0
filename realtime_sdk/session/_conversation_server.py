"""How the conversation of a session reaches the server that holds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .._runtime import clock
from .._runtime.event_loop import assert_own_loop
from ..conversation._effects import Effects
from ..conversation.requests._requests import Request
from ..protocol._objects import WireItem
from ._operation import Operation
from ._restorer import Restorer
from ._runtime_base import RuntimeBase

T = TypeVar("T")


class SessionServer:
    """Restores, deletes and retrieves items over the connection of a session."""

    def __init__(self, runtime: RuntimeBase, restorer: Restorer) -> None:
        self._runtime = runtime
        self._restorer = restorer

    def restore(self, items: Sequence[Any]) -> Operation[None]:
        """Add exported items, here and on the server."""
        assert_own_loop(self._runtime.loop, "restore")
        return self._restorer.restore(items)

    def delete(self, item_id: str) -> Operation[None]:
        """Delete an item."""
        return self._request("delete", self._runtime.engine.delete, item_id)

    def retrieve(self, item_id: str) -> Operation[WireItem]:
        """Ask for an item."""
        return self._request("retrieve", self._runtime.engine.retrieve, item_id)

    def _request(
        self, name: str, submit: Callable[[str, float], tuple[Request[T], Effects]], item_id: str
    ) -> Operation[T]:
        runtime = self._runtime
        assert_own_loop(runtime.loop, name)
        if (refusal := runtime.refusal(f"conversation.item.{name}", f"Conversation.{name}")) is not None:
            return refusal
        self._restorer.finish()
        request, effects = submit(item_id, clock.wall())
        return runtime.request(request, effects, f"Conversation.{name}")
