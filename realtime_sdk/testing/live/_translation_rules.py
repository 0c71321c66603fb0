"""The rules of a translation: the interpreter says in another language what the client says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ...audio._pcm import to_seconds
from ...live._protocols import TRANSLATION
from ...server._items import Event
from ._client_events import TRANSLATION_EVENTS
from ._rules import StreamRules


class TranslationRules(StreamRules):
    """A session of a translation."""

    PROTOCOL = TRANSLATION
    CLIENT_EVENTS = TRANSLATION_EVENTS
    STEP = 0.2
    DEFAULTS: ClassVar[Mapping[str, Any]] = {"type": "translation", "model": "gpt-realtime-translate", "audio": {}}
    CLIENT_EVENT_ID = "event_id"

    def __init__(self, expires_at: int) -> None:
        super().__init__(expires_at, sends_silence=False)

    def opened(self) -> list[Event]:
        """The connection is open."""
        return [self._event("session.created", session=self._resource())]

    def user_words(self, words: list[str]) -> list[Event]:
        """The server has recognised words, which it sends to a client that has asked for a transcription."""
        transcribes = self.session["audio"].get("input", {}).get("transcription")
        return super().user_words(words) if transcribes else []

    def _reply_to(self, event: Event) -> Iterator[Event]:
        match event["type"]:
            case "session.update":
                changes = event["session"].get("audio") or {}
                self.session = {"audio": {**self.session.get("audio", {}), **changes}}
                yield self._event("session.updated", session=self._resource())
            case "session.input_audio_buffer.append":
                yield from self._append(event["audio"])
            case "session.close":
                yield from self._rest()
                yield from self.end("close_requested")

    def _rest(self) -> Iterator[Event]:
        """What is not yet said."""
        while to_seconds(self._steps * self._step_frames, self._format.rate) < self.voice.end:
            yield from self._step()

    # The parts of events

    def _audio(self, encoded: str, start_ms: int, end_ms: int) -> Event:
        described: dict[str, Any] = {"sample_rate": self._format.rate, "channels": 1, "format": "pcm16"}
        return self._event("session.output_audio.delta", delta=encoded, **described, elapsed_ms=start_ms)

    def _transcript(self, kind: str, text: str, start: float) -> Event:
        return self._event(kind, delta=text, elapsed_ms=round(start * 1000))

    def _closed(self, reason: str) -> Event:
        return self._event("session.closed")
