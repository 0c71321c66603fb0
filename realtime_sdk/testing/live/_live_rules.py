"""The rules of GPT-Live: a conversation, whose model hands work over. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from ...audio._formats import AudioFormat
from ...live._protocols import GPT_LIVE
from ...server._items import Event
from ...server._refusal import Refusal
from ._client_events import LIVE_EVENTS
from ._rules import StreamRules
from ._script import BackendScript, Word

CONTENT_WORDS: Final = 500
"""Words of an append: the service's limit is 500 tokens, and a word has at least one."""

USAGE_PERIOD: Final = 60.0
"""Seconds between two reports of usage."""


class LiveRules(StreamRules):
    """A session of GPT-Live.

    timed: audio deltas have times, and silence is left out, as on a side-band connection. echoes: answers name the
    client event that they answer.
    """

    PROTOCOL = GPT_LIVE
    CLIENT_EVENTS = LIVE_EVENTS
    STEP = 0.1
    DEFAULTS: ClassVar[Mapping[str, Any]] = {"status": "active", "delegation": {"type": "client"}}
    CLIENT_EVENT_ID = "client_event_id"

    def __init__(self, expires_at: int, *, timed: bool, echoes: bool) -> None:
        super().__init__(expires_at, sends_silence=not timed)
        self.muted = False  # by the client
        self.backend = BackendScript()
        self._timed = timed
        self._echoes = echoes
        self._reported = 0.0  # seconds of the last report of usage
        self._delegations: set[str] = set()  # ids of the client's

    @property
    def delegates_to_backend(self) -> bool:
        """Whether a backend model does the work that is handed over."""
        return bool((self.session.get("delegation") or {}).get("type") == "responses")

    def opened(self) -> list[Event]:
        """The connection is open: the client has the word."""
        return []

    def delegation(self) -> tuple[str, list[Event]]:
        """The model hands work over; return the id of the work."""
        number = next(self._ids)
        delegation: dict[str, Any] = {"id": f"delegation_{number}", "type": "delegation", "target": "client"}
        events = []
        if self.delegates_to_backend:
            delegation |= {"target": "responses", "response_id": f"resp_{number}"}
            events = self._backend_events(delegation["id"])
        else:
            self._delegations.add(delegation["id"])
        offset_ms = round(self.seconds * 1000)
        return delegation["id"], [
            self._event("session.delegation.created", delegation=delegation, offset_ms=offset_ms), *events
        ]

    def _reply_to(self, event: Event) -> Iterator[Event]:
        match event["type"]:
            case "session.start":
                yield self._start(event)
            case "session.update":
                yield self._update(event)
            case "session.input_audio.append":
                yield from self._append(event["audio"])
                yield from self._usage()
            case "session.input_audio.mute" | "session.input_audio.unmute" as kind:
                self.muted = kind.endswith(".mute")
                yield self._answer(f"{kind}d", event)
            case "session.close":
                self.closed = True
                yield self._answering(self._closed("close_requested"), event)
            case "response.item.create" | "response.create":
                yield from self._backend_command(event)
            case kind:
                self._check_context(event)
                now = round(self.seconds * 1000)
                yield self._answer(f"{kind}ed", event, start_ms=now, end_ms=now)

    def _start(self, event: Event) -> Event:
        if self.session:
            raise Refusal("session_already_started", "The session has been started.")
        self.session = dict(event["session"])
        audio = self.session.get("audio") or {}
        self._format = AudioFormat.of(audio.get("format") or "audio/pcm")
        return self._answer("session.started", event, session=self._resource())

    def _update(self, event: Event) -> Event:
        delegation, current = event["session"].get("delegation"), self.session.get("delegation") or {"type": "client"}
        if delegation is not None and delegation["type"] != current["type"]:
            message = "The delegation type cannot change after session startup."
            raise Refusal("immutable_field_update", message, param="session.delegation.type")
        if delegation is not None and "responses" in delegation:
            settings = {**current["responses"], **delegation["responses"]}
            self.session["delegation"] = {"type": "responses", "responses": settings}
        return self._answer("session.updated", event, session=self._resource())

    def _check_context(self, event: Event) -> None:
        if len(event["content"].split()) > CONTENT_WORDS:
            raise Refusal("string_above_max_length", "Appended content is limited to 500 tokens.", param="content")
        delegation_id = event["delegation_id"]
        if delegation_id is not None and delegation_id not in self._delegations:
            raise Refusal("invalid_value", f"Unknown delegation: '{delegation_id}'.", param="delegation_id")

    def _usage(self) -> Iterator[Event]:
        while self.seconds - self._reported >= USAGE_PERIOD:
            self._reported += USAGE_PERIOD
            usage, ratio = {"seconds": self._reported}, min(1.0, self.seconds / 7200.0)
            yield self._event("session.usage.updated", usage=usage, context_window={"usage_ratio": ratio})

    # The backend model

    def _backend_command(self, event: Event) -> Iterator[Event]:
        if not self.delegates_to_backend:
            raise Refusal("invalid_event", f"'{event['type']}' requires Responses delegation.")
        if event["type"] == "response.item.create":
            self.backend.take_item(event["item"])
            return
        yield from self._backend_events(None)

    def _backend_events(self, delegation_id: str | None) -> list[Event]:
        events, answer = self.backend.respond()
        if answer is not None:
            self.voice.say(answer, self.seconds + 0.2)
        return [self._event("response.event", delegation_id=delegation_id, event=event) for event in events]

    # The parts of events

    def _audio(self, encoded: str, start_ms: int, end_ms: int) -> Event:
        delta = {"type": "session.output_audio.delta", "delta": encoded}  # it has no event_id
        return {**delta, "start_ms": start_ms, "end_ms": end_ms} if self._timed else delta

    def _transcript(self, kind: str, text: str, start: float) -> Event:
        start_ms = round(start * 1000)
        return self._event(kind, delta=text, start_ms=start_ms, end_ms=start_ms + round(Word.SECONDS * 1000))

    def _closed(self, reason: str) -> Event:
        usage = {"seconds": self.seconds}
        return self._event("session.closed", reason=reason, session=self._resource(), usage=usage)

    def _answer(self, kind: str, event: Event, **fields: Any) -> Event:
        return self._answering(self._event(kind, **fields), event)

    def _answering(self, answer: Event, event: Event) -> Event:
        client_event_id = event.get("event_id")
        named = client_event_id is not None and self._echoes
        return {**answer, "client_event_id": client_event_id} if named else answer
