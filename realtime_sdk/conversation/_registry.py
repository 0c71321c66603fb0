"""The objects that the server's events are about, found by the ids of the wire."""

from __future__ import annotations

from bisect import insort
from operator import attrgetter
from typing import Final

from ..audio._pcm import to_seconds
from ..playback._segment import Segment
from ..protocol._base import Event
from ..protocol._codec import ServerEvent
from ..protocol._objects import WireItem, WireResponse
from ._completion import EventFactory
from ._live_conversation import LiveConversationItem
from ._live_response import Cancel, LiveResponse, LiveResponseItem
from ._settings import MessageSettings
from .items._live_items import LiveFunctionCall, LiveFunctionCallOutput
from .items._live_mcp import tool_item
from .message._live_message import LiveMessage
from .message._remote_playout import RemotePlayout
from .requests._requests import ResponseRequest

ENDED_KEPT: Final = 8
"""Responses that are kept after they ended, for events that come late."""

CALL_IDS_KEPT: Final = 1000
"""Ids of calls that were run, so that none is run twice."""

_NUMBER: Final = attrgetter("number")


class Registry:
    """The latest responses, and their items for as long as events can change them."""

    def __init__(self, settings: MessageSettings, event_factory: EventFactory, cancel: Cancel) -> None:
        self.responses: dict[str, LiveResponse] = {}  # those that run, and the last that ended
        self.open_items: dict[str, LiveResponseItem] = {}  # unfinished messages, incomplete calls
        self.messages: dict[LiveMessage, None] = {}  # those whose playout is not finished, in the order of play
        self.unwanted: set[str] = set()  # ids of messages that came too late to be heard; the server is to delete them
        self._unended: list[LiveResponse] = []  # in the order in which they began; some may have ended since
        self._active: list[LiveMessage] = []  # those of them that do not wait, in the order of play
        self._waiting: dict[Segment, LiveMessage] = {}  # the others, by the segment that has to begin first
        self._called: dict[str, None] = {}  # call ids that were run, oldest first
        self._settings = settings
        self._event_factory = event_factory
        self._cancel = cancel
        self._messages = 0  # begun by responses so far
        self._unnamed = 0  # items so far to which the server gives no id
        self._unheard_at_most = 0.0  # seconds of audio; what was heard since it was summed up is in it

    @property
    def running(self) -> list[LiveResponse]:
        """The responses that the server is making."""
        return [response for response in self._unended if response.running]

    @property
    def unended(self) -> list[LiveResponse]:
        """The responses that the server has not ended, or an item of which it has not: one, as a rule, of all kept."""
        self._unended = [response for response in self._unended if not response.ended]
        return self._unended

    @property
    def active(self) -> list[LiveMessage]:
        """The unfinished messages of which there may be something new: thousands may wait until they are heard.

        One that `let_wait` has set aside is among them again once its segment is in `MessageSettings.changed`.
        """
        changed = self._settings.changed
        if self._settings.captions_requested:
            changed += self._waiting  # words are placed before they are heard
        for segment in changed:
            if (message := self._waiting.pop(segment, None)) is not None:
                insort(self._active, message, key=_NUMBER)
        changed.clear()
        return self._active

    def let_wait(self) -> None:
        """Set the active messages aside that wait for their audio, until it begins."""
        waiting = {segment: message for message in self.active if (segment := message.awaited) is not None}
        if waiting:
            self._waiting |= waiting
            self._active = [message for message in self._active if message.awaited is None]

    @property
    def remote_playouts(self) -> list[RemotePlayout]:
        """How far the server of a joined call has played each message that is not finished."""
        if not self._settings.played_remotely:
            return []
        return [message.remote for message in self.messages if message.remote is not None]

    def received(self, frames: int) -> None:
        """So much more audio may wait to be heard."""
        self._unheard_at_most += to_seconds(frames, self._settings.rate)

    def holds_more_than(self, seconds: float) -> bool:
        """Whether more audio than this waits to be heard; summed up only where that may be: many messages may wait."""
        if self._unheard_at_most > seconds:
            self._unheard_at_most = sum((message.content.unheard for message in self.messages), 0.0)
        return self._unheard_at_most > seconds

    def before(self, later: LiveResponse) -> list[LiveResponse]:
        """The running responses of the conversation that began before another of its responses."""
        if later.out_of_band:
            return []
        responses = list(self.responses.values())
        before = responses[: responses.index(later)] if later in responses else []
        return [response for response in before if response.running and not response.out_of_band]

    def begin(
        self, wire: WireResponse, request: ResponseRequest | None, at: float, *, out_of_band: bool
    ) -> LiveResponse:
        """Make a response. It replaces an ended one of the same id: some servers count from one in each turn."""
        ended = [key for key, response in self.responses.items() if response.ended]
        for key in ended[: -ENDED_KEPT + 1]:
            self._settle(self.responses.pop(key))
        if (namesake := self.responses.pop(wire.id, None)) is not None:
            self._settle(namesake)
        response = self.responses[wire.id] = LiveResponse(
            wire, self._event_factory, self._cancel, request, out_of_band=out_of_band, at=at
        )
        self._unended = [each for each in self.unended if each is not namesake] + [response]
        return response

    def add(self, response: LiveResponse, wire: WireItem) -> LiveResponseItem | None:
        """Make an item of a response; None if the response has it already."""
        if response.item(wire.id) is not None:
            return None
        item: LiveResponseItem
        if wire.type == "message":
            self._messages += 1
            is_heard = response.has_audio and not (response.out_of_band or self._settings.writes_only)
            heard_by_caller = is_heard and self._settings.played_remotely
            item = LiveMessage(
                wire, self._settings, number=self._messages, played_locally=is_heard and not heard_by_caller
            )
            if heard_by_caller:
                item.content.remote = RemotePlayout(reported=response.audio_reported)
            self.messages[item] = None
            self._active.append(item)
        else:
            item = tool_item(wire)
        self.open_items[item.id] = item
        response.add(item)
        if response not in self._unended:
            self._unended.append(response)
        return item

    def release(self, item: LiveResponseItem) -> None:
        """Drop an item that no event can change any more."""
        if self.open_items.get(item.id) is item:
            del self.open_items[item.id]
        if isinstance(item, LiveMessage) and item in self.messages:
            del self.messages[item]
            self.active.remove(item)
        if item.response is not None and item.response not in self.responses.values():
            item.settle()

    def _settle(self, response: LiveResponse) -> None:
        """No event is about a response any more: its items keep what an application reads, once they are heard."""
        for item in response.live_items:
            if not isinstance(item, LiveMessage) or item.finished:
                item.settle()

    def forget_server(self) -> None:
        """The connection was lost: no event is about these responses and items any more."""
        for message in self.messages:
            message.abandon()
        for response in self.responses.values():
            for item in response.live_items:
                item.closed = True
        responses = list(self.responses.values())
        self.responses.clear()
        self._unended.clear()
        for response in responses:
            self._settle(response)
        self.open_items.clear()

    def make_up_id(self) -> str:
        """An id for an item to which the server gives none."""
        self._unnamed += 1
        return f"unnamed_{self._unnamed}"

    def make(self, wire: WireItem) -> LiveConversationItem:
        """Make an item that no response of this session made, of the kind that the wire names."""
        match wire.type:
            case "message":
                return LiveMessage(wire, self._settings)
            case "function_call_output":
                return LiveFunctionCallOutput(wire)
        return tool_item(wire)

    def presume_complete_before(self, message: LiveMessage) -> None:
        """Treat the unfinished messages before this one in the order of play as received in full.

        They are gone through backwards, up to one that is: this was done for all before that.
        """
        number = message.number or 0
        for other in reversed(self.messages):
            if other.played_locally and (other.number or 0) < number:
                if not other.finished and other.content.presumed_complete:
                    break
                other.presume_complete()

    def record_event(self, event: ServerEvent, at: float) -> None:
        """Record the time of an event of a response, which it or its item names, or which is the only one: it speaks.

        One that was interrupted has its time to end from then on, even if the server ignores that and sends more audio.
        """
        fields = vars(event) if isinstance(event, Event) else {}
        response = self.responses.get(fields.get("response_id") or "")
        if response is None and (item := self.open_items.get(fields.get("item_id") or "")) is not None:
            response = item.response
        if response is None and fields.get("response_id") == "":
            response = self.response_of("")
        if response is not None and not response.interrupted:
            response.last_event_at = at
            if response.first_delta_at is None and event.type.endswith(".delta"):
                response.first_delta_at = at

    def response_of(self, response_id: str) -> LiveResponse | None:
        """The response of this id; without an id on either side, the only one of the conversation that runs."""
        if response_id and response_id in self.responses:
            return self.responses[response_id]
        running = [response for response in self.running if not response.out_of_band] or self.running
        return running[0] if len(running) == 1 and not (response_id and running[0].id) else None

    def find(self, item_id: str) -> LiveResponseItem | None:
        """The item of this id among those of the latest responses; the newest if ids are used again."""
        for response in reversed(self.responses.values()):
            if (item := response.item(item_id)) is not None:
                return item
        return None

    def claim_call(self, call: LiveFunctionCall) -> bool:
        """Record that a call is about to be run; return False if one of its `call_id` was."""
        if call.call_id and call.call_id in self._called:
            return False
        if call.call_id:
            self._called[call.call_id] = None
        if len(self._called) > CALL_IDS_KEPT:
            del self._called[next(iter(self._called))]
        return True
