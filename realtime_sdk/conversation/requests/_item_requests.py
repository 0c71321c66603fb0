"""Requests of the application about items: to restore, delete or retrieve them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...errors import UsageError
from .._effects import NOTHING, Effects
from .._engine_state import EngineState
from .._settings import MessageSettings
from ..history._exported import ExportedItem
from ..history._restoring import restore
from ..items._items import ServerCopy
from ._requests import DeleteRequest, Request, RetrieveRequest


class ItemRequests:
    """Restores, deletes and retrieves items; `at` is wall-clock seconds."""

    def __init__(self, state: EngineState, settings: MessageSettings) -> None:
        self._state = state
        self._settings = settings

    def restore(self, items: Iterable[ExportedItem]) -> Iterator[Effects]:
        """Add exported items to the conversation, here and on the server, in short steps."""
        return restore(self._state, items, self._settings)

    def delete(self, item_id: str, at: float) -> tuple[Request[None], Effects]:
        """Have the server forget an item; one that it does not hold is only removed here."""
        item = self._state.conversation.get(item_id)
        held = self._state.requests.connected and item is not None and item.server_copy is not ServerCopy.NONE
        if held:
            return self._state.requests.delete(item_id, at)
        self._state.conversation.remove(item_id)
        request = DeleteRequest("", item_id, self._state.requests.timeout, self._settings.event_factory)
        request.answer.set_result(None)
        return request, NOTHING

    def retrieve(self, item_id: str, at: float) -> tuple[RetrieveRequest, Effects]:
        """Ask the server for an item.

        Raises:
            UsageError: it does not hold it.

        """
        item = self._state.conversation.get(item_id)
        if item is None or item.server_copy is ServerCopy.NONE:
            raise UsageError(f"the server does not hold the item {item_id!r}: it could not be carried over")
        return self._state.requests.retrieve(item_id, at)
