"""The objects that the server's events are about, found by the ids of the wire."""

from __future__ import annotations

from itertools import takewhile

from ..events import WireItem, WireResponse
from .conversation import ConversationItem
from .feed import NewEvent
from .items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from .message import MessageItem
from .response import Cancel, Response, ResponseItem
from .settings import MessageSettings

ENDED_KEPT = 8
"""Responses that are still known after they ended, for what comes late."""


class Objects:
    """The responses of late, and their items for as long as anything can happen to them."""

    def __init__(self, settings: MessageSettings, new_event: NewEvent, cancel: Cancel) -> None:
        self.responses: dict[str, Response] = {}  # those that run, and the last that ended
        self.live: dict[str, ResponseItem] = {}  # messages whose playout is not settled, calls that are not complete
        self._settings = settings
        self._new_event = new_event
        self._cancel = cancel
        self._messages = 0  # begun by responses so far

    @property
    def messages(self) -> list[MessageItem]:
        """The messages whose playout is not settled, in the order of play."""
        return [item for item in self.live.values() if isinstance(item, MessageItem)]

    @property
    def running(self) -> list[Response]:
        """The responses that the server is making."""
        return [response for response in self.responses.values() if response.running]

    def begin(self, wire: WireResponse) -> Response:
        """Make a response."""
        ended = [response.id for response in self.responses.values() if not response.running]
        for response_id in ended[: -ENDED_KEPT + 1]:
            del self.responses[response_id]
        response = self.responses[wire.id] = Response(wire, self._new_event, self._cancel)
        return response

    def add(self, response: Response, wire: WireItem) -> ResponseItem | None:
        """Make an item of a response; None if it is known: told of again, it is still that one."""
        if self.find(wire.id) is not None:
            return None
        item: ResponseItem
        if wire.type == "message":
            self._messages += 1
            aloud = response.spoken and not response.out_of_band
            item = MessageItem(wire, self._settings, number=self._messages, aloud=aloud)
        else:
            item = FunctionCallItem(wire) if wire.type == "function_call" else OtherItem(wire)
        self.live[item.id] = item
        response.add(item)
        return item

    def make(self, wire: WireItem) -> ConversationItem:
        """Make an item that no response of this session made, of the kind that the wire names."""
        match wire.type:
            case "message":
                return MessageItem(wire, self._settings)
            case "function_call":
                return FunctionCallItem(wire)
            case "function_call_output":
                return FunctionCallOutputItem(wire)
        return OtherItem(wire)

    def complete_before(self, message: MessageItem) -> None:
        """A message begins to sound: a response's items are made one after the other, so those before it have come."""
        maker = next((response for response in self.responses.values() if message in response.items), None)
        earlier = takewhile(lambda item: item is not message, maker.items) if maker is not None else ()
        for item in earlier:
            if isinstance(item, MessageItem) and not item.settled:
                item.presume_complete()

    def stop_makers(self, messages: list[MessageItem]) -> None:
        """These messages were interrupted, and so were their responses, though the server may have ended them."""
        for response in self.responses.values():
            if any(message in response.items for message in messages):
                response.stopped = True

    def find(self, item_id: str) -> ResponseItem | None:
        """The item of this id that a response of late has made."""
        made = (item for response in self.responses.values() for item in response.items)
        return next((item for item in made if item.id == item_id), None)
