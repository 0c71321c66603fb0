"""The user's side of a session: audio that is appended, turns in it, and their transcripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ..audio._formats import AudioFormat
from ..audio._pcm import WIRE_RATE, Pcm, from_ms, to_frames, to_ms, to_seconds
from ..audio._resampling import Resampling
from ._actions import AwaitUser, Listen, Transcribe
from ._ids import NewId
from ._input_buffer import InputBuffer
from ._items import Event, HeldItem, decode
from ._refusal import Refusal
from ._state import SessionState
from ._usage import transcription_usage

MIN_COMMIT: Final = 100
"""Milliseconds that a commit needs."""

MAX_UNCOMMITTED: Final = 600 * WIRE_RATE
"""Frames of uncommitted audio that are held; older ones are dropped."""

LOOK_BACK: Final = 10 * WIRE_RATE
"""Frames held while the user is silent and turn detection is on: far more than any detector lags behind."""


NO_SPEECH: Final = (
    "No user speech was detected for a while. Please review the recorded audio: If the user was speaking, respond "
    "naturally. If not, follow up on their last message to keep the conversation going or ask if they're still there."
)
"""The message of the service to the model when the idle timeout has passed."""


class Speech(NamedTuple):
    """The user is speaking."""

    item_id: str  # announced for its future item
    start: int  # frame of the input


class UserTurns(SessionState):
    """The rules of the user's audio."""

    def __init__(self, settings: dict[str, Any], new_id: NewId) -> None:
        super().__init__(settings, new_id)
        self.input: InputBuffer = InputBuffer()
        self._resampling = Resampling(self._input_format.rate, WIRE_RATE)  # of the input
        self._speech: Speech | None = None  # None: the user is silent
        self._silent_from = 0  # frame of the input at which the last response has been played

    @property
    def _input_format(self) -> AudioFormat:
        """The format of the client's audio; the session holds PCM at 24 kHz."""
        return AudioFormat.of(self.settings["audio"]["input"]["format"])

    def speech_started(self, frame: int) -> list[Event]:
        """Begin a turn of the user at this frame of the input."""
        if self.turn_detection is None or self._speech is not None:
            return []
        padding = from_ms(self.turn_detection.get("prefix_padding_ms", 0))
        self._speech = Speech(self._new_id("item"), max(self.input.begin, frame - padding))
        self._silence_ends()
        start = {"audio_start_ms": to_ms(self._speech.start), "item_id": self._speech.item_id}
        return self._stamp([{"type": "input_audio_buffer.speech_started", **start}])

    def _silence_begins(self, playback: float) -> None:
        """Wait for the user once a response, which has `playback` seconds of audio, has been played."""
        timeout = (self.turn_detection or {}).get("idle_timeout_ms")
        if timeout is not None and self._speech is None:
            self._silent_from = self.input.end + to_frames(playback)
            self._actions.append(AwaitUser(playback + timeout / 1000))

    def _silence_ends(self) -> None:
        if (self.turn_detection or {}).get("idle_timeout_ms") is not None:
            self._actions.append(AwaitUser(None))

    def _commit_silence(self) -> list[Event]:
        """Commit the silence of a user who did not speak, with a message to the model that says so."""
        start = min(max(self.input.begin, self._silent_from), self.input.end)
        self._speech = Speech(self._new_id("item"), start)
        place = {"audio_start_ms": to_ms(start), "audio_end_ms": to_ms(self.input.end), "item_id": self._speech.item_id}
        part = {"type": "input_text", "text": NO_SPEECH}
        note = {"type": "message", "status": "completed", "role": "system", "content": [part]}
        return [
            {"type": "input_audio_buffer.timeout_triggered", **place},
            *self._add(HeldItem({"id": self._new_id("item"), **note})),
            *self._commit_until(self.input.end),
        ]

    def transcript_delta(self, item_id: str, delta: str) -> list[Event]:
        """Send a piece of an item's transcript."""
        kind = "conversation.item.input_audio_transcription.delta"
        return self._of_transcript({"type": kind, "item_id": item_id, "content_index": 0, "delta": delta})

    def transcript_segment(self, item_id: str, segment: Mapping[str, Any]) -> list[Event]:
        """Send a stretch of an item's transcript: its `text`, `speaker`, `start` and `end` in seconds."""
        kind = "conversation.item.input_audio_transcription.segment"
        place = {"item_id": item_id, "content_index": 0, "id": self._new_id("seg")}
        return self._of_transcript({"type": kind, **place, **segment})

    def transcript_done(self, item_id: str, transcript: str, languages: Sequence[str] | None = None) -> list[Event]:
        """Store and send the whole transcript of an item; `languages`: those detected, if its model detects any."""
        if item_id not in self.conversation:
            return []
        item = self.conversation.find(item_id)
        item.wire["content"][0]["transcript"] = transcript
        detected = {} if languages is None else {"languages": [{"code": code} for code in languages]}
        return self._of_transcript({
            "type": "conversation.item.input_audio_transcription.completed", "item_id": item_id, "content_index": 0,
            "transcript": transcript, "usage": self._transcription_usage(item), **detected,
        })

    def transcript_failed(self, item_id: str) -> list[Event]:
        """Report that the transcription of an item failed."""
        message = f"Input transcription failed for item '{item_id}'."
        return self._of_transcript({
            "type": "conversation.item.input_audio_transcription.failed", "item_id": item_id, "content_index": 0,
            "error": {"type": "server_error", "code": "transcription_failed", "message": message, "param": None},
        })

    def _append(self, event: Event) -> list[Event]:
        self._append_pcm(self._resampling.push(decode(event["audio"], self._input_format, "audio")))
        return []

    def _append_pcm(self, pcm: Pcm) -> None:
        if not len(pcm):
            return
        self.input.append(pcm)
        self._actions.append(Listen(pcm))
        waiting = self.turn_detection is not None and self._speech is None
        self.input.drop_before(self.input.end - (LOOK_BACK if waiting else MAX_UNCOMMITTED))

    def _commit(self, _event: Event) -> list[Event]:
        self._append_pcm(self._resampling.end())
        if to_ms(len(self.input)) < MIN_COMMIT:
            message = (
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{MIN_COMMIT}ms of audio, but buffer only has {to_seconds(len(self.input)) * 1000:.2f}ms of audio."
            )
            raise Refusal("input_audio_buffer_commit_empty", message)
        return self._commit_until(self.input.end)

    def _commit_until(self, end: int) -> list[Event]:
        item_id, start = self._speech or (self._new_id("item"), self.input.begin)
        self._speech = None
        pcm = self.input.take(start, end)
        part = {"type": "input_audio", "transcript": None}
        item = HeldItem({"id": item_id, "type": "message", "status": "completed", "role": "user", "content": [part]})
        item.part_frames[0] = len(pcm)
        committed = {"type": "input_audio_buffer.committed", "previous_item_id": self.conversation.last()}
        self._actions.append(Transcribe(item_id, pcm))
        return [{**committed, "item_id": item_id}, *self._add(item)]

    def _adopt_input_format(self, before: AudioFormat) -> None:
        """Go on in the format of the settings; audio that was appended in the one before is kept."""
        if self._input_format != before:
            self._append_pcm(self._resampling.end())
            self._resampling = Resampling(self._input_format.rate, WIRE_RATE)

    def _clear(self, _event: Event) -> list[Event]:
        self._resampling.end()
        self.input.clear()
        return [{"type": "input_audio_buffer.cleared"}]

    def _transcription_usage(self, item: HeldItem) -> dict[str, Any]:
        model = (self.settings["audio"]["input"]["transcription"] or {}).get("model") or ""
        if "whisper" in model:  # those models are billed by time
            return {"type": "duration", "seconds": round(item.seconds)}
        return transcription_usage(item)

    def _of_transcript(self, event: Event) -> list[Event]:
        wanted = self.settings["audio"]["input"]["transcription"] is not None
        return self._stamp([event]) if wanted and event["item_id"] in self.conversation else []
