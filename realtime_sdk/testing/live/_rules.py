"""The rules that the servers of both stream protocols keep, made from the published schemas. Pure."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pybase64
from pydantic import TypeAdapter

from ...audio._formats import AudioFormat
from ...audio._pcm import Pcm, from_bytes, to_bytes, to_frames, to_ms, to_seconds
from ...live._protocols import StreamProtocol
from ...server._items import Event
from ...server._refusal import Refusal
from ...server._validation import check
from ._script import Voice, Word


class StreamRules(ABC):
    """One session. `receive` takes client events and returns the server's, in order.

    The clock of the session is the audio that the client sends: for every step of it the server sends its own.

    sends_silence: also for a step in which the model says nothing.
    """

    PROTOCOL: ClassVar[StreamProtocol]
    CLIENT_EVENTS: ClassVar[Mapping[str, TypeAdapter[Any]]]
    STEP: ClassVar[float]  # seconds
    DEFAULTS: ClassVar[Mapping[str, Any]]  # of the session, as the server describes it
    CLIENT_EVENT_ID: ClassVar[str]  # the field of an error that names the client event at fault

    def __init__(self, expires_at: int, *, sends_silence: bool) -> None:
        self.session: dict[str, Any] = {}  # as the client configured it; empty until then
        self.closed = False
        self.heard: list[Pcm] = []  # the client's audio, muted or not
        self.voice = Voice()
        self._expires_at = expires_at
        self._sends_silence = sends_silence
        self._ids = itertools.count(1)
        self._format = AudioFormat()
        self._input = 0  # frames of the client's audio
        self._steps = 0  # of the server's, so far

    @property
    def seconds(self) -> float:
        """Seconds of the session so far."""
        return to_seconds(self._input, self._format.rate)

    @abstractmethod
    def opened(self) -> list[Event]:
        """The connection is open."""

    def receive(self, event: Event) -> list[Event]:
        """Process an event of the client."""
        try:
            check(event, self.CLIENT_EVENTS)
            if not self.session and event["type"] != self.PROTOCOL.configure:
                raise Refusal("session_not_started", f"The first event must be '{self.PROTOCOL.configure}'.")
            return list(self._reply_to(event))
        except Refusal as refusal:
            return [self._error(refusal, event.get("event_id"))]

    def end(self, reason: str) -> list[Event]:
        """The server ends the session."""
        self.closed = True
        return [self._closed(reason)]

    def user_words(self, words: list[str]) -> list[Event]:
        """The server has recognised words that end now, a word in 0.2 s."""
        start = self.seconds - Word.SECONDS * len(words)
        return [
            self._transcript("session.input_transcript.delta", word, max(0.0, start + Word.SECONDS * index))
            for index, word in enumerate(words)
        ]

    @abstractmethod
    def _reply_to(self, event: Event) -> Iterator[Event]:
        """Answer an event of the protocol, once the session is configured."""

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

    def _step(self) -> Iterator[Event]:
        """Send what belongs to the next step of the session: its words, then its audio."""
        start = self._steps * self._step_frames
        for word in self.voice.words_until(to_seconds(start, self._format.rate)):
            yield self._transcript("session.output_transcript.delta", word.text, word.start)
        pcm = self.voice.pcm(start, self._step_frames, self._format.rate)
        self._steps += 1
        if pcm.any() or self._sends_silence:
            encoded = pybase64.b64encode_as_string(self._format.encode(to_bytes(pcm)))
            start_ms = to_ms(start, self._format.rate)
            yield self._audio(encoded, start_ms, start_ms + to_ms(pcm.size, self._format.rate))

    @property
    def _step_frames(self) -> int:
        return to_frames(self.STEP, self._format.rate)

    # The parts of events

    @abstractmethod
    def _audio(self, encoded: str, start_ms: int, end_ms: int) -> Event:
        """The audio of a step."""

    @abstractmethod
    def _transcript(self, kind: str, text: str, start: float) -> Event:
        """A word, which begins at `start` seconds."""

    @abstractmethod
    def _closed(self, reason: str) -> Event:
        """The last event of the session."""

    def _resource(self) -> dict[str, Any]:
        return {**self.DEFAULTS, **self.session, "id": "session_1", "expires_at": self._expires_at}

    def _event(self, type: str, **fields: Any) -> Event:
        return {"type": type, "event_id": f"event_{next(self._ids)}", **fields}

    def _error(self, refusal: Refusal, client_event_id: Any) -> Event:
        error = {"type": "invalid_request_error", "code": refusal.code, "message": refusal.message}
        if refusal.param is not None:
            error["param"] = refusal.param
        if client_event_id is not None:
            error[self.CLIENT_EVENT_ID] = client_event_id
        return self._event("error", error=error)
