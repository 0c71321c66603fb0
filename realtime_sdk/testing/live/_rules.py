"""The rules of a stream session as its server keeps them, made from the published schemas. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pybase64

from ...audio._formats import AudioFormat
from ...audio._pcm import Pcm, from_bytes, to_bytes, to_frames, to_ms, to_seconds
from ...live._protocols import GPT_LIVE, StreamProtocol
from ...server._items import Event
from ...server._refusal import Refusal
from ...server._validation import check
from ._client_events import client_events
from ._script import BackendScript, Voice, Word

CONTENT_WORDS: Final = 500
"""Words of an append: the service's limit is 500 tokens, and a word has at least one."""

USAGE_PERIOD: Final = 60.0
"""Seconds between two reports of usage."""


class LiveRules:
    """One session. `receive` takes client events and returns the server's, in order.

    The clock of the session is the audio that the client sends: for every step of it the server sends its own.

    timed: audio deltas have times, and silence is left out, as on a side-band connection. echoes: answers name the
    client event that they answer.
    """

    def __init__(self, protocol: StreamProtocol, *, timed: bool, echoes: bool, expires_at: int) -> None:
        self.protocol = protocol
        self.session: dict[str, Any] = {}  # as the client configured it; empty until then
        self.muted = False  # by the client
        self.closed = False
        self.heard: list[Pcm] = []  # the client's audio, muted or not
        self.voice = Voice()
        self.backend = BackendScript()
        self._timed = timed or protocol is not GPT_LIVE
        self._echoes = echoes
        self._expires_at = expires_at
        self._models = client_events(protocol)
        self._ids = itertools.count(1)
        self._format = AudioFormat()
        self._input = 0  # frames of the client's audio
        self._steps = 0  # of the server's, so far
        self._reported = 0.0  # seconds of the last report of usage
        self._delegations: set[str] = set()  # ids of the client's

    @property
    def seconds(self) -> float:
        """Seconds of the session so far."""
        return to_seconds(self._input, self._format.rate)

    @property
    def delegates_to_backend(self) -> bool:
        """Whether a backend model does the work that is handed over."""
        return bool((self.session.get("delegation") or {}).get("type") == "responses")

    def opened(self) -> list[Event]:
        """The connection is open."""
        if self.protocol is GPT_LIVE:
            return []
        return [self._event("session.created", session=self._resource())]

    def receive(self, event: Event) -> list[Event]:
        """Process an event of the client."""
        try:
            check(event, self._models)
            if not self.session and event["type"] != self.protocol.configure:
                raise Refusal("session_not_started", f"The first event must be '{self.protocol.configure}'.")
            return list(self._reply_to(event))
        except Refusal as refusal:
            return [self._error(refusal, event.get("event_id"))]

    def end(self, reason: str, client_event_id: str | None = None) -> list[Event]:
        """The server ends the session."""
        self.closed = True
        if self.protocol is not GPT_LIVE:
            return [self._event("session.closed")]
        usage = {"seconds": self.seconds}
        closed = self._event("session.closed", reason=reason, session=self._resource(), usage=usage)
        return [self._answering(closed, client_event_id)]

    def user_words(self, words: list[str]) -> list[Event]:
        """The server has recognised words that end now, a word in 0.2 s."""
        start = self.seconds - Word.SECONDS * len(words)
        return [
            self._transcript("session.input_transcript.delta", word, max(0.0, start + Word.SECONDS * index))
            for index, word in enumerate(words)
            if self.protocol is GPT_LIVE or self.session["audio"].get("input", {}).get("transcription")
        ]

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
            case "session.start" | "session.update":
                yield self._configure(event)
            case self.protocol.append:
                yield from self._append(event["audio"])
            case "session.input_audio.mute" | "session.input_audio.unmute" as kind:
                self.muted = kind.endswith(".mute")
                yield self._answer(f"{kind}d", event)
            case "session.close":
                if self.protocol is not GPT_LIVE:
                    yield from self._flush()
                yield from self.end("close_requested", event.get("event_id"))
            case "response.item.create" | "response.create":
                yield from self._backend_command(event)
            case kind:
                self._check_context(event)
                now = round(self.seconds * 1000)
                yield self._answer(f"{kind}ed", event, start_ms=now, end_ms=now)

    def _configure(self, event: Event) -> Event:
        wanted = event["session"]
        if self.protocol is GPT_LIVE and self.session:
            return self._update(event)
        if event["type"] == "session.start":
            audio = wanted.get("audio") or {}
            self._format = AudioFormat.of(audio.get("format") or "audio/pcm")
            self.session = dict(wanted)
            return self._answer("session.started", event, session=self._resource())
        merged = {**self.session.get("audio", {}), **(wanted.get("audio") or {})}
        self.session = {"audio": merged}
        return self._answer("session.updated", event, session=self._resource())

    def _update(self, event: Event) -> Event:
        if event["type"] == "session.start":
            raise Refusal("session_already_started", "The session has been started.")
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

    # Audio

    def _append(self, audio: str) -> Iterator[Event]:
        try:
            data = pybase64.b64decode(audio, validate=True)
        except ValueError:
            raise Refusal("invalid_audio", "The audio is not valid base64.", param="audio") from None
        if not data:
            raise Refusal("invalid_audio", "The audio is empty.", param="audio")
        if self._format.type == "audio/pcm" and len(data) % 2:
            raise Refusal("invalid_audio", "PCM16 audio must contain an even number of bytes", param="audio")
        pcm = from_bytes(self._format.decode(data))
        self.heard.append(pcm)
        self._input += pcm.size
        while (self._steps + 1) * self._step_frames <= self._input:
            yield from self._step()
        while self.protocol is GPT_LIVE and self.seconds - self._reported >= USAGE_PERIOD:
            self._reported += USAGE_PERIOD
            usage, ratio = {"seconds": self._reported}, min(1.0, self.seconds / 7200.0)
            yield self._event("session.usage.updated", usage=usage, context_window={"usage_ratio": ratio})

    def _flush(self) -> Iterator[Event]:
        while to_seconds(self._steps * self._step_frames, self._format.rate) < self.voice.end:
            yield from self._step()

    def _step(self) -> Iterator[Event]:
        """Send what belongs to the next step of the session: its words, then its audio."""
        start = self._steps * self._step_frames
        for word in self.voice.words_until(to_seconds(start, self._format.rate)):
            yield self._transcript("session.output_transcript.delta", word.text, word.start)
        pcm = self.voice.pcm(start, self._step_frames, self._format.rate)
        self._steps += 1
        if pcm.any() or not self._timed:
            yield self._audio(start, pcm)

    def _audio(self, start: int, pcm: Pcm) -> Event:
        encoded = pybase64.b64encode_as_string(self._format.encode(to_bytes(pcm)))
        delta = {"type": "session.output_audio.delta", "delta": encoded}
        start_ms = to_ms(start, self._format.rate)
        if self.protocol is not GPT_LIVE:
            described = {"sample_rate": self._format.rate, "channels": 1, "format": "pcm16", "elapsed_ms": start_ms}
            return self._event(delta["type"], delta=encoded, **described)
        if not self._timed:
            return delta  # it has no event_id
        return delta | {"start_ms": start_ms, "end_ms": start_ms + to_ms(pcm.size, self._format.rate)}

    def _transcript(self, kind: str, text: str, start: float) -> Event:
        start_ms = round(start * 1000)
        if self.protocol is not GPT_LIVE:
            return self._event(kind, delta=text, elapsed_ms=start_ms)
        return self._event(kind, delta=text, start_ms=start_ms, end_ms=start_ms + round(Word.SECONDS * 1000))

    @property
    def _step_frames(self) -> int:
        return to_frames(0.1 if self.protocol is GPT_LIVE else 0.2, self._format.rate)

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

    def _resource(self) -> dict[str, Any]:
        session = {**self.session, "id": "session_1", "expires_at": self._expires_at}
        if self.protocol is GPT_LIVE:
            return {"status": "active", "delegation": {"type": "client"}, **session}
        return {"type": "translation", "model": "gpt-realtime-translate", "audio": {}, **session}

    def _event(self, type: str, **fields: Any) -> Event:
        return {"type": type, "event_id": f"event_{next(self._ids)}", **fields}

    def _answer(self, kind: str, event: Mapping[str, Any], **fields: Any) -> Event:
        return self._answering(self._event(kind, **fields), event.get("event_id"))

    def _answering(self, answer: Event, client_event_id: str | None) -> Event:
        named = client_event_id is not None and self._echoes and self.protocol is GPT_LIVE
        return {**answer, "client_event_id": client_event_id} if named else answer

    def _error(self, refusal: Refusal, client_event_id: Any) -> Event:
        error = {"type": "invalid_request_error", "code": refusal.code, "message": refusal.message}
        if refusal.param is not None:
            error["param"] = refusal.param
        if client_event_id is not None:
            error["client_event_id" if self.protocol is GPT_LIVE else "event_id"] = client_event_id
        return self._event("error", error=error)
