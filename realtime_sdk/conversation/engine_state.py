"""What the engine's parts share: the objects of the talk, and the few facts that none of them owns."""

from __future__ import annotations

from ..events import SessionUpdate, TurnDetection, WireItem, WireResponse, WireSession
from ..formats import AudioFormat
from ..playout import Segment, Timeline
from .conversation import Conversation
from .effects import NOTHING, Effects, emitting, sending
from .feed import Feed
from .items import FunctionCallItem
from .message import MessageItem
from .registry import Registry
from .request_ledger import RequestLedger
from .requests import ResponseRequest
from .response import Response, ResponseItem
from .sdk_events import ItemAdded, ResponseStarted
from .tool_rounds import ToolRounds, left_over


class EngineState:
    """The objects of the talk. Its methods are those that more than one part of the engine needs."""

    def __init__(
        self, conversation: Conversation, registry: Registry, requests: RequestLedger, responses: Feed[Response],
        audio_format: AudioFormat, timeline: Timeline | None, *, runs_tools: bool,
    ) -> None:  # fmt: skip
        self.conversation = conversation
        self.registry = registry
        self.requests = requests
        self.responses = responses  # for the application
        self.rounds = ToolRounds()
        self.audio_format = audio_format  # of the sound that comes
        self.timeline = timeline  # None: the application plays
        self.runs_tools = runs_tools  # the session runs function calls; else they are the application's
        self.session = WireSession()  # as the server last described it
        self.user_has_floor = False  # new responses are held, and requests wait
        self.held: list[Response] = []  # begun while the user had the floor: they make no sound
        self.answer_expected = False  # the server has taken a turn of the user's, and begins a response by itself
        self.null_is_out_of_band = False  # a response whose `conversation_id` is null writes to no conversation
        self.unacknowledged: list[tuple[str, str]] = []  # what was asked of items and not confirmed: kind, item id
        self.switched_off: TurnDetection | None = None  # how the server took turns before it was asked not to interrupt
        self._queued: list[tuple[Segment, MessageItem]] = []  # of held responses, not on the timeline yet

    @property
    def busy(self) -> bool:
        """Whether the conversation takes no request: a response runs, or the user speaks."""
        return self.user_has_floor or self.answering

    @property
    def answering(self) -> bool:
        """Whether a response of the conversation is being made."""
        return any(not response.out_of_band for response in self.registry.running)

    def acknowledge(self, kind: str, item_id: str) -> None:
        """The server confirmed what it was asked of an item."""
        if (kind, item_id) in self.unacknowledged:
            self.unacknowledged.remove((kind, item_id))

    def expects(self, wire: WireResponse) -> bool:
        """Whether this may be a response that has just begun: asked for, or in reply to a turn of the user's."""
        return self.answer_expected or self.requests.created(wire, by_server=False) is not None

    def is_out_of_band(self, wire: WireResponse) -> bool:
        """Whether a response writes to no conversation: its request says so, or the server does.

        Some servers send a null `conversation_id` with every response: it means something from those alone that have
        named a conversation, or where the application has asked for a response out of band by itself.
        """
        if (request := self.requests.created(wire, by_server=self.answer_expected)) is not None:
            return request.out_of_band
        self.null_is_out_of_band = self.null_is_out_of_band or wire.conversation_id is not None
        return self.null_is_out_of_band and wire.conversation_id is None and "conversation_id" in wire.model_fields_set

    def begin(self, wire: WireResponse, at: float) -> tuple[Response, ResponseRequest | None, Effects]:
        """Make a response, and find the request that it answers (None: the server began it by itself)."""
        request = self.requests.created(wire, by_server=self.answer_expected)
        out_of_band = self.is_out_of_band(wire)
        if request is None and not out_of_band:
            self.answer_expected = False
        response = self.registry.begin(
            wire, out_of_band=out_of_band, interruptible=request is None or request.interruptible, at=at
        )
        if self.user_has_floor and request is not None and request.interruptible and not out_of_band:
            self.held.append(response)
        self.responses.put(response)
        return response, request, emitting(ResponseStarted(at, response))

    def add(self, response: Response, wire: WireItem, at: float) -> Effects:
        """Make an item of a response, unless the response has it."""
        item = self.registry.add(response, wire)
        if item is None:
            return NOTHING
        if response in self.held and isinstance(item, MessageItem):
            item.hold()
        return emitting(ItemAdded(at, response, item))

    def play(self, segment: Segment, message: MessageItem) -> None:
        """Queue a segment that has just begun to arrive, in its place."""
        if message.response in self.held:
            self._queued.append((segment, message))
        elif self.timeline is not None and message.number is not None and message.aloud:
            self.timeline.add(segment, message.number)

    def drop_held(self) -> list[Response]:
        """Forget what was held, for the responses to be cut; return them."""
        held, self.held = self.held, []
        self._queued.clear()
        return held

    def let_sound(self) -> None:
        """Let the held responses sound."""
        held, self.held = self.held, []
        queued, self._queued = self._queued, []
        for segment, message in queued:
            self.play(segment, message)
        for response in held:
            for message in response.messages:
                message.release()

    def close(self, response: Response, item: ResponseItem, wire: WireItem, at: float, *, last: bool) -> Effects:
        """The server ended an item: what its kind makes of that."""
        effects = NOTHING
        if isinstance(item, MessageItem):
            item.close(wire, last=last)
            effects = emitting(*item.catch_up(at))
        elif not item.closed:
            item.update(wire)
            item.closed = True
            self.registry.release(item)
            if isinstance(item, FunctionCallItem):
                effects = self._call(response, item)
        if not response.out_of_band and not (isinstance(item, MessageItem) and item.discarded):
            self.conversation.add(item)  # keeps its place where it has one
        return effects

    def close_all(self, response: Response, at: float) -> Effects:
        """Nothing more comes of a response: close the items of it that the server has not ended."""
        effects = NOTHING
        for item in response.items:
            if not item.closed:
                effects += self.close(response, item, item.wire, at, last=True)
        return effects

    def _call(self, response: Response, call: FunctionCallItem) -> Effects:
        if response.out_of_band:
            return NOTHING  # no conversation holds it: it is the application's
        if response.stopped:
            return Effects(send=tuple(response.defer(left_over(call)))) if self.runs_tools else NOTHING
        if call.status == "incomplete" or not self.registry.call(call):
            return NOTHING
        self.rounds.start(call)
        return Effects(calls=(call,)) if self.runs_tools else NOTHING

    def advance_requests(self, at: float) -> Effects:
        """Send the requests whose turn has come."""
        waiting = self.requests.waiting
        due = self.requests.due(at, busy=self.answering, held=self.user_has_floor) if waiting else []
        effects = self._protect(due, at)
        for request in due:
            request.sent(at)
            effects += sending(request.event)
        return effects

    def _protect(self, due: list[ResponseRequest], at: float) -> Effects:
        """Have the server not interrupt by itself while it makes a response that the user's speech does not cut."""
        running = (response for response in self.registry.running if not response.interruptible)
        wanted = self.requests.protecting or any(not request.interruptible for request in due) or any(running)
        detection = self.session.turn_detection
        if wanted and self.switched_off is None and detection is not None:
            if detection.interrupt_response is False:
                return NOTHING
            self.switched_off = detection
            # It would try to answer while the response is made, and fail.
            off = {"interrupt_response": False, "create_response": False}
            return self._set_detection(detection.model_copy(update=off), at)
        if not wanted and self.switched_off is not None:
            before, self.switched_off = self.switched_off, None
            return self._set_detection(before, at)
        return NOTHING

    def _set_detection(self, detection: TurnDetection, at: float) -> Effects:
        fields = detection.model_dump(mode="json", exclude_unset=True)
        return self.requests.update(SessionUpdate.of({"turn_detection": fields}), at)[1]
