"""The state that the engine's parts share: the objects of a session, and the few facts that none of them owns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..protocol._session import SessionUpdate
from ..protocol._wire_session import WireSession
from ._effects import NOTHING, Effects, sending
from ._live_conversation import LiveConversation, LiveConversationItem
from ._registry import Registry
from ._server_abilities import ServerAbilities
from ._session_kind import SessionKind
from ._spoken_turns import SpokenTurns
from .history._history import Restoration
from .interruption._protection import Protection
from .interruption._response_gate import ResponseGate
from .message._live_message import LiveMessage
from .requests._item_changes import ItemChanges
from .requests._request_ledger import RequestLedger
from .requests._requests import ResponseRequest, Subject
from .tools._hosted_tools import HostedTools
from .tools._tool_rounds import ToolRounds
from .usage._usage import UsageLedger


class EngineState:
    """The objects of a session. Its methods are those that more than one part of the engine needs."""

    def __init__(
        self, conversation: LiveConversation, registry: Registry, requests: RequestLedger, gate: ResponseGate,
        kind: SessionKind,
    ) -> None:  # fmt: skip
        self.conversation = conversation
        self.registry = registry
        self.requests = requests
        self.gate = gate
        self.kind = kind
        self.rounds = ToolRounds()
        self.hosted = HostedTools()
        self.usage = UsageLedger()
        self.changes = ItemChanges()
        self.abilities = ServerAbilities()
        self.protection = Protection()  # of responses that the user's speech does not cut
        self.session = WireSession()  # as the server last described it
        self.spoken_turns: SpokenTurns | None = None  # None: the session does not only transcribe
        self.before_anchor: str | None = None  # id of the item in front of the anchor of a restored history
        self.answer_due: float = math.inf  # wall clock by which the server answers the user by itself; infinity: never

    @property
    def joins_a_call(self) -> bool:
        """Whether the server plays to a caller, and corrects its memory by itself."""
        return self.kind is SessionKind.SIDE_BAND

    @property
    def occupied(self) -> bool:
        """Whether the conversation takes no request: a response runs, the user has the floor, or there is no server."""
        held = self.gate.closed or self.requests.responses.held or self.hosted.listing
        return held or self.response_active or not self.requests.connected

    @property
    def answer_expected(self) -> bool:
        """Whether the server has taken a turn of the user's, and begins a response by itself."""
        return self.answer_due < math.inf

    @property
    def response_active(self) -> bool:
        """Whether the server is making a response of the conversation."""
        return any(not response.out_of_band for response in self.registry.running)

    @property
    def transcription_pending(self) -> bool:
        """Whether the transcript of the user's latest turn is to come."""
        if self.spoken_turns is not None:
            return self.spoken_turns.pending
        if not self._input.get("transcription"):
            return False
        users = (item for item in reversed(list(self.conversation.live_items)) if isinstance(item, LiveMessage))
        latest = next((item for item in users if item.role == "user"), None)
        spoken = latest is not None and any(part.type == "input_audio" for part in latest.wire.content)
        return latest is not None and spoken and not latest.transcription_ended

    def find(self, item_id: str) -> LiveConversationItem | None:
        """The item of this id: of one of the latest responses, else of the conversation; None: it does not exist."""
        return self.registry.find(item_id) or self.conversation.get(item_id)

    def server_detection(self) -> Mapping[str, Any] | None:
        """The server's turn detection in the wire's words; None: it has none."""
        return self._input.get("turn_detection") or None

    @property
    def _input(self) -> Mapping[str, Any]:
        """The server's settings of the user's audio, in the wire's words."""
        return (self.session.wire.get("audio") or {}).get("input") or {}

    def restoration(self, conversation: LiveConversation, audio: Mapping[str, bytes]) -> Restoration:
        """What a server has to be given of a conversation; `audio`: spoken turns that may lack a transcript, by id."""
        spoken = "text" not in self.session.output_modalities
        if self.kind is not SessionKind.TALK:  # its server has kept all, or no model reads it
            conversation = LiveConversation.detached()
        return Restoration(conversation, audio, running=self.rounds.is_running, spoken=spoken)

    def forget_server(self) -> None:
        """The connection was lost: the next server knows nothing of what this one was doing, or had yet to confirm."""
        self.answer_due = math.inf
        self.changes.clear()
        self.protection.supersede()
        self.hosted.forget_server()
        self.rounds.forget_unconfirmed()

    def sent(self, effects: Effects, at: float) -> Effects:
        """Record the changes among what is sent; return the same effects."""
        for event in effects.send:
            self.changes.record(event, at)
        return effects

    def go_on(self, subject: Subject | None, at: float) -> Effects:
        """Have the model go on with this (None: with nothing new), and send the requests whose turn has come."""
        if subject is not None:
            self.requests.responses.submit_continuation(at, subject)
        return self.advance_requests(at)

    def advance_requests(self, at: float) -> Effects:
        """Send the requests whose turn has come."""
        if not self.requests.connected:
            return NOTHING
        responses = self.requests.responses
        due: list[ResponseRequest] = []
        if responses.waiting and not self.hosted.listing:
            due = responses.due(at, response_active=self.response_active, user_has_floor=self.gate.closed)
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
