"""A response as the engine makes it: its state, its items, and the corrections that wait for its end."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from ..protocol._codec import ClientEvent
from ..protocol._objects import WireResponse
from ..protocol._response import ResponseCancel
from ._completion import Completion, EventFactory, Pending
from ._response import Response
from .items._live_items import LiveFunctionCall
from .items._live_mcp import LiveToolItem
from .message._live_message import LiveMessage
from .message._message import COMMENTARY
from .usage._usage import Usage

if TYPE_CHECKING:
    from .requests._requests import ResponseRequest

LiveResponseItem: TypeAlias = LiveMessage | LiveToolItem
"""An item that a model makes."""

Cancel: TypeAlias = "Callable[[LiveResponse, Completion[Response]], Pending[Response]]"
"""How the session cancels a response; the completion is set once the server has ended it."""


class ResponseState(Enum):
    """Whether the server is making a response, and whether it is still wanted."""

    ACTIVE = "active"
    CANCELLING = "cancelling"  # interrupted, and the server has not ended it: what still comes is dropped
    DONE = "done"  # ended by the server, or given up after its silence
    DISCARDED = "discarded"  # ended, and interrupted: what comes late is dropped


class ResponseEvent(Enum):
    """What can happen to a response."""

    INTERRUPT = "interrupt"  # interrupted or cancelled from this side
    END = "end"


_RUNNING: Final = (ResponseState.ACTIVE, ResponseState.CANCELLING)
_INTERRUPTED: Final = (ResponseState.CANCELLING, ResponseState.DISCARDED)
"""Tuples made once: each delta asks for them, and a member of an enumeration takes a while to find."""

# A missing entry is a step that changes nothing: a response is interrupted once and ends once.
TRANSITIONS: Final[dict[tuple[ResponseState, ResponseEvent], ResponseState]] = {
    (ResponseState.ACTIVE, ResponseEvent.INTERRUPT): ResponseState.CANCELLING,
    (ResponseState.ACTIVE, ResponseEvent.END): ResponseState.DONE,
    (ResponseState.CANCELLING, ResponseEvent.END): ResponseState.DISCARDED,
    (ResponseState.DONE, ResponseEvent.INTERRUPT): ResponseState.DISCARDED,
}


class LiveResponse(Response):
    """A response that the server's events change."""

    def __init__(
        self, wire: WireResponse, event_factory: EventFactory, cancel: Cancel, request: ResponseRequest | None = None,
        *, out_of_band: bool = False, at: float = 0.0,
    ) -> None:  # fmt: skip
        self.live_items: list[LiveResponseItem] = []
        self._by_id: dict[str, LiveResponseItem] = {}
        self._closed = 0  # items from the first on that are known to be closed, as they stay
        self._ended = False  # the server is known to have ended it and each of its items
        super().__init__(wire, event_factory, self.live_items, partial(cancel, self))
        self.out_of_band = out_of_band  # it writes to no conversation, and is not played
        self.request = request  # of this side, that it answers; None: the server began it
        self.after_tools: bool = request is not None and request.after_tools  # outputs of tools are all that is new
        self.announced = True  # the server began it; else it was made for the first delta that came of it
        self.has_audio: bool = wire.output_modalities != ("text",)  # whether its messages have audio
        self.audio_reported = False  # its server plays it to a caller, and has begun to
        self.state: ResponseState = ResponseState.ACTIVE
        self.last_event_at = at  # wall clock of the last event of it
        self.heard_until: float = at  # wall clock by which what has come of it is heard, as last estimated
        self.first_delta_at: float | None = None  # wall clock of its first delta; None: none has come
        self._deferred: list[ClientEvent] | None = None  # sent once the server has ended it; None: sent at once

    @property
    def requested(self) -> bool:
        """Whether it answers a request of this side."""
        return self.request is not None

    @property
    def interruptible(self) -> bool:
        """Whether the user's speech interrupts it."""
        return self.request is None or self.request.interruptible

    @property
    def running(self) -> bool:
        """Whether the server is still making it."""
        return self.state in _RUNNING

    @property
    def interrupted(self) -> bool:
        """Whether it was interrupted or cancelled from this side: what still comes of it is dropped."""
        return self.state in _INTERRUPTED

    @property
    def cancellation(self) -> ResponseCancel:
        """The event that stops it; where its server gives no ids, the one that stops the only response."""
        return ResponseCancel(response_id=self.id) if self.id else ResponseCancel()

    @property
    def messages(self) -> list[LiveMessage]:
        """Its messages, in order."""
        return [item for item in self.live_items if isinstance(item, LiveMessage)]

    @property
    def may_reason(self) -> bool:
        """Whether the model may be reasoning: it has begun nothing yet, or nothing since its commentary or a tool."""
        match self.live_items[-1] if self.live_items else None:
            case LiveMessage() as message:
                return message.phase == COMMENTARY or not message.content
            case LiveFunctionCall() as call:
                return not (call.closed or call.arguments)
        return True

    @property
    def ended(self) -> bool:
        """Whether the server has ended it and each of its items."""
        if not self._ended:  # else it stays so until another item comes
            self._ended = not self.running and self._all_closed
        return self._ended

    @property
    def _all_closed(self) -> bool:
        while self._closed < len(self.live_items) and self.live_items[self._closed].closed:
            self._closed += 1
        return self._closed == len(self.live_items)

    def item(self, item_id: str) -> LiveResponseItem | None:
        """Its item of this id, if there is one."""
        return self._by_id.get(item_id)

    def add(self, item: LiveResponseItem) -> None:
        """Add an item that the model began."""
        item.response = self
        self._ended = False
        self.live_items.append(item)
        self._by_id[item.id] = item
        if not self._stream.ended:
            self._stream.put(item)

    def break_off(self) -> None:
        """The server has fallen silent: of a message or a call that is not complete, no more will come.

        A server that announces no responses may not end them either: what has come of a message is taken to be all.
        """
        for item in self.live_items:
            if isinstance(item, LiveFunctionCall):
                item.break_off()
        for message in self.messages if self.announced else ():
            if not (message.closed or message.content.is_complete):
                message.content.break_off()

    def interrupt(self, *, cancelled: bool) -> None:
        """Discard the rest of it. `cancelled`: the server cancels it by itself, and continues it until then."""
        if cancelled:
            self._deferred = []
        self._step(ResponseEvent.INTERRUPT)

    def defer(self, corrections: list[ClientEvent]) -> list[ClientEvent]:
        """Return the corrections of its items that can be sent now; the rest waits for its end."""
        if self._deferred is None:
            return corrections
        self._deferred += corrections
        return []

    def flush_deferred(self) -> list[ClientEvent]:
        """Return the corrections that have waited for its end."""
        deferred, self._deferred = self._deferred or [], None
        return deferred

    def end(self, wire: WireResponse | None, status: str) -> None:
        """The server ended it (`wire` None: this side gave up waiting, or the connection ended)."""
        self._status = status
        if wire is not None:
            self._status_details = wire.status_details
        self._step(ResponseEvent.END)
        self._stream.end()
        self._done.set_result(self)

    def count(self, wire: WireResponse | None) -> Usage | None:
        """Take what it cost from the server's description, which may come behind its end; return it, once."""
        if wire is None or self._usage is not None:
            return None
        self._usage = Usage.of(wire.usage)
        return self._usage

    def _step(self, event: ResponseEvent) -> None:
        self.state = TRANSITIONS.get((self.state, event), self.state)
