"""The requests about items: those that the server was asked to delete or to send, and has not yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from ...protocol._objects import WireItem
from ._requests import DeleteRequest, ItemRequest, RequestEvent, RequestState, RetrieveRequest

T = TypeVar("T")


class ItemRequests:
    """The open requests about items, in the order in which they were submitted."""

    def __init__(self) -> None:
        self._requests: list[DeleteRequest | RetrieveRequest] = []

    def __iter__(self) -> Iterator[DeleteRequest | RetrieveRequest]:
        return iter(self._requests)

    @property
    def deletions(self) -> list[str]:
        """The ids of the items whose deletion the server has not confirmed."""
        return [request.item_id for request in self._requests if isinstance(request, DeleteRequest)]

    def add(self, request: DeleteRequest | RetrieveRequest) -> None:
        """Add a request."""
        self._requests.append(request)

    def deleted(self, item_id: str) -> None:
        """An item is deleted."""
        self._answer(DeleteRequest, item_id, None)

    def retrieved(self, item: WireItem) -> bool:
        """The server sent an item; return whether it was requested here."""
        return self._answer(RetrieveRequest, item.id, item)

    def _answer(self, kind: type[ItemRequest[T]], item_id: str, answer: T) -> bool:
        """Answer the requests of one kind about an item; return whether there were any."""
        requests = [request for request in self._requests if isinstance(request, kind) and request.item_id == item_id]
        for request in requests:
            request.step(RequestEvent.ANSWER)
            request.answer.set_result(answer)
        self.drop_closed()
        return bool(requests)

    def drop_closed(self) -> None:
        """Keep only those that are open."""
        self._requests = [request for request in self._requests if request.state is not RequestState.CLOSED]
