"""The state that the engine's parts share: the objects of a session, and the few facts that none of them owns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..audio._formats import AudioFormat
from ..errors import UsageError
from ..playback._timeline import Timeline
from ..protocol._objects import WireItem, WireResponse
from ..protocol._session import SessionUpdate
from ..protocol._wire_session import WireSession
from ._effects import NOTHING, Effects, emitting, sending
from ._live_conversation import LiveConversation, LiveConversationItem
from ._live_response import LiveResponse, LiveResponseItem
from ._registry import Registry
from ._sdk_events import ItemAdded, ResponseStarted
from ._server_abilities import ServerAbilities
from ._spoken_turns import SpokenTurns
from ._streams import ReplayableStream
from .history._history import Restoration
from .interruption._protection import Protection
from .interruption._response_gate import ResponseGate
from .items._live_items import LiveFunctionCall
from .message._live_message import LiveMessage
from .requests._item_changes import ItemChanges
from .requests._request_ledger import RequestLedger
from .requests._requests import ResponseRequest, Subject
from .tools._hosted_tools import HostedTools
from .tools._tool_rounds import ToolRounds, abandoned
from .usage._usage import UsageLedger


class EngineState:
    """The objects of a session. Its methods are those that more than one part of the engine needs."""

    def __init__(
        self, conversation: LiveConversation, registry: Registry, requests: RequestLedger,
        responses: ReplayableStream[LiveResponse], audio_format: AudioFormat, timeline: Timeline | None, *,
        runs_tools: bool,
    ) -> None:  # fmt: skip
        self.conversation = conversation
        self.registry = registry
        self.requests = requests
        self.responses = responses  # for the application
        self.rounds = ToolRounds()
        self.hosted = HostedTools()
        self.usage = UsageLedger()
        self.audio_format = audio_format  # of the audio that is received
        self.timeline = timeline  # None: the application plays
        self.runs_tools = runs_tools  # the session runs function calls; else they are the application's
        self.session = WireSession()  # as the server last described it
        self.joins_a_call = False  # the server plays to a caller, and corrects its memory by itself
        self.spoken_turns: SpokenTurns | None = None  # None: the session does not only transcribe
        self.user_has_floor = False  # new responses are withheld, and requests wait
        self.gate = ResponseGate(registry, timeline)
        self.before_anchor: str | None = None  # id of the item in front of the anchor of a restored history
        self.answer_due: float | None = None  # wall clock by which the server answers the user by itself; None: never
        self.null_is_out_of_band = False  # a response whose `conversation_id` is null writes to no conversation
        self.changes = ItemChanges()
        self.abilities = ServerAbilities()
        self.protection = Protection()  # of responses that the user's speech does not cut
        self._unnamed = 0  # items so far to which the server gives no id

    @property
    def occupied(self) -> bool:
        """Whether the conversation takes no request: a response runs, the user has the floor, or there is no server."""
        held = self.user_has_floor or self.requests.responses.held or self.hosted.listing
        return held or self.response_active or not self.requests.connected

    @property
    def answer_expected(self) -> bool:
        """Whether the server has taken a turn of the user's, and begins a response by itself."""
        return self.answer_due is not None

    @property
    def response_active(self) -> bool:
        """Whether the server is making a response of the conversation."""
        return any(not response.out_of_band for response in self.registry.running)

    @property
    def transcription_pending(self) -> bool:
        """Whether the transcript of the user's latest turn is to come."""
        if self.spoken_turns is not None:
            return self.spoken_turns.pending
        audio = (self.session.wire.get("audio") or {}).get("input") or {}
        if not audio.get("transcription"):
            return False
        users = (item for item in reversed(list(self.conversation.live_items)) if isinstance(item, LiveMessage))
        latest = next((item for item in users if item.role == "user"), None)
        spoken = latest is not None and any(part.type == "input_audio" for part in latest.wire.content)
        return latest is not None and spoken and not latest.transcription_ended

    def find(self, item_id: str) -> LiveConversationItem | None:
        """The item of this id: of one of the latest responses, else of the conversation; None: it does not exist."""
        return self.registry.find(item_id) or self.conversation.get(item_id)

    def make_up_id(self) -> str:
        """An id for an item to which the server gives none."""
        self._unnamed += 1
        return f"unnamed_{self._unnamed}"

    def server_detection(self) -> Mapping[str, Any] | None:
        """The server's turn detection in the wire's words; None: it has none."""
        audio = (self.session.wire.get("audio") or {}).get("input") or {}
        return audio.get("turn_detection") or None

    def restoration(self, conversation: LiveConversation, audio: Mapping[str, bytes]) -> Restoration:
        """What a server has to be given of a conversation; `audio`: spoken turns that may lack a transcript, by id."""
        spoken = "text" not in self.session.output_modalities
        if self.joins_a_call or not self.requests.responses.possible:  # its server has kept all, or no model reads it
            conversation = LiveConversation.detached()
        return Restoration(conversation, audio, running=self.rounds.is_running, spoken=spoken)

    def forget_server(self) -> None:
        """The connection was lost: the next server knows nothing of what this one was doing, or had yet to confirm."""
        self.answer_due = None
        self.changes.clear()
        self.protection.supersede()
        self.hosted.forget_server()
        self.rounds.forget_unconfirmed()

    def sent(self, effects: Effects, at: float) -> Effects:
        """Record the changes among what is sent; return the same effects."""
        for event in effects.send:
            self.changes.record(event, at)
        return effects

    def expects(self, wire: WireResponse) -> bool:
        """Whether this may be a response that has just begun: requested, or in reply to a turn of the user's."""
        return self.answer_expected or self.requests.responses.created(wire, by_server=False) is not None

    def is_out_of_band(self, wire: WireResponse) -> bool:
        """Whether a response writes to no conversation: its request says so, or the server does.

        Some servers send a null `conversation_id` with every response: it counts only from servers that have named a
        conversation, or once the application itself has sent a request for a response out of band.
        """
        if (request := self.requests.responses.created(wire, by_server=self.answer_expected)) is not None:
            return request.out_of_band
        self.null_is_out_of_band = self.null_is_out_of_band or wire.conversation_id is not None
        return self.null_is_out_of_band and wire.conversation_id is None and "conversation_id" in wire.model_fields_set

    def begin(self, wire: WireResponse, at: float) -> tuple[LiveResponse, ResponseRequest | None, Effects]:
        """Make a response, and find the request that it answers (None: the server began it by itself)."""
        request = self.requests.responses.created(wire, by_server=self.answer_expected)
        out_of_band = self.is_out_of_band(wire)
        response = self.registry.begin(
            wire, out_of_band=out_of_band, interruptible=request is None or request.interruptible, at=at
        )
        response.request = request
        response.after_tools = request is not None and request.after_tools
        if not out_of_band:
            self.requests.responses.announced()
        if request is None and not out_of_band:
            self.rounds.server_responds()
            reason = "the server began a response by itself, which takes up what its tools returned"
            in_place_of_ours = self.requests.responses.withdraw_after_hosted_tools(UsageError(reason))
            response.after_tools = in_place_of_ours and not self.answer_expected
            self.answer_due = None
        if self.user_has_floor and response.interruptible and not out_of_band:
            self.gate.withhold(response)
        self.responses.put(response)
        return response, request, emitting(ResponseStarted(at, response))

    def is_answered_after_hosted_tools(self, event_id: str | None) -> bool:
        """Whether a response was taken for the answer to this request, which is only for outputs of hosted tools."""
        requests = (response.request for response in self.registry.responses.values() if response.request is not None)
        return any(each.event_id == event_id and each.subject is Subject.HOSTED_OUTPUTS for each in requests)

    def add(self, response: LiveResponse, wire: WireItem, at: float) -> Effects:
        """Make an item of a response, unless the response has it."""
        item = self.registry.add(response, wire)
        if item is None:
            return NOTHING
        if isinstance(item, LiveMessage):
            self.rounds.model_goes_on(response)
            if self.gate.withholds(response):
                item.withhold_audio()
        return emitting(ItemAdded(at, response, item))

    def yield_floor(self) -> None:
        """The user has the floor: withhold responses that begin, or whose first frame is due, until it is regained."""
        if not self.user_has_floor:
            self.user_has_floor = True
            self.gate.withhold_unheard()

    def close(
        self, response: LiveResponse, item: LiveResponseItem, wire: WireItem, at: float, *, last: bool
    ) -> Effects:
        """The server ended an item: act on it by its kind."""
        effects = NOTHING
        if isinstance(item, LiveMessage):
            item.close(wire, last=last)
            effects = emitting(*item.late_captions(at))
        elif not item.closed:
            item.update(wire)
            item.closed = True
            self.registry.release(item)
            if isinstance(item, LiveFunctionCall):
                effects = self._call(response, item)
        if not response.out_of_band and not (isinstance(item, LiveMessage) and item.discarded):
            self.conversation.add(item)  # keeps its place where it has one
        return effects

    def close_all(self, response: LiveResponse, at: float) -> Effects:
        """Nothing more comes of a response: close the items of it that the server has not ended."""
        effects = NOTHING
        for item in response.live_items:
            if not item.closed:
                effects += self.close(response, item, item.wire, at, last=True)
        return effects

    def _call(self, response: LiveResponse, call: LiveFunctionCall) -> Effects:
        if response.out_of_band:
            return NOTHING  # no conversation has it: it is the application's
        if response.interrupted:
            return Effects(send=tuple(response.defer(abandoned(call)))) if self.runs_tools else NOTHING
        if call.status == "incomplete" or not self.registry.claim_call(call):
            return NOTHING
        self.rounds.start(call)
        return Effects(calls=(call,)) if self.runs_tools else NOTHING

    def advance_requests(self, at: float) -> Effects:
        """Send the requests whose turn has come."""
        if not self.requests.connected:
            return NOTHING
        responses = self.requests.responses
        due: list[ResponseRequest] = []
        if responses.waiting and not self.hosted.listing:
            due = responses.due(at, response_active=self.response_active, user_has_floor=self.user_has_floor)
        effects = self._protect(due, at)
        for request in due:
            request.sent(at)
            effects += sending(request.event)
        return effects

    def _protect(self, due: list[ResponseRequest], at: float) -> Effects:
        """Keep the server from interrupting by itself while it makes an uninterruptible response."""
        wanted = (
            self.requests.responses.outstanding_uninterruptible
            or any(not request.interruptible for request in due)
            or any(not response.interruptible for response in self.registry.running)
        )
        detection = self.protection.request(self.session) if wanted else self.protection.release()
        if detection is None:
            return NOTHING
        fields = detection.model_dump(mode="json", exclude_unset=True)
        return self.requests.update(SessionUpdate.of({"turn_detection": fields}), at, lasting=False)[1]
