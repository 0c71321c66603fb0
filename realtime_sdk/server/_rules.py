"""The rules of the protocol, as the service keeps them: client events in, server events and actions out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ..audio._formats import AudioFormat
from ..audio._pcm import WIRE_RATE, Pcm, from_ms, to_ms, to_seconds
from ..audio._resampling import Resampling
from ..protocol._models import REALTIME_MODEL
from . import _settings as settings
from ._actions import Action, Configure, Listen, Respond, Stop, Transcribe
from ._backend import Audio, Call, Message, Output, Part, Request, Text
from ._ids import NewId, random_id
from ._input_buffer import InputBuffer
from ._items import Conversation, Event, HeldItem, decode, new_item
from ._refusal import Refusal
from ._response import ActiveResponse, Status
from ._usage import count_input
from ._validation import check, read

MIN_COMMIT: Final = 100
"""Milliseconds that a commit needs."""

MAX_UNCOMMITTED: Final = 600 * WIRE_RATE
"""Frames of uncommitted audio that are held; older ones are dropped."""

LOOK_BACK: Final = 10 * WIRE_RATE
"""Frames held while the user is silent and turn detection is on: far more than any detector lags behind."""

TOKENS_PER_MINUTE: Final = 15_000_000
"""The limit from which `rate_limits.updated` counts down."""


class Speech(NamedTuple):
    """The user is speaking."""

    item_id: str  # announced for its future item
    start: int  # frame of the input


class ServerSession:
    """One session as the server holds it.

    Every method decides at once and returns the events to send, in order. Other actions are collected, and returned by
    `take_actions`, which is called after each of them. A wrong client event raises nothing: its answer is an `error`.

    expires_at: Unix time in seconds at which the session ends. done_per_item: see `ActiveResponse`.
    is_foreign: whether an id is one that another session issued, which no item of this one may have.
    """

    def __init__(
        self, *, model: str = REALTIME_MODEL, new_id: NewId = random_id, expires_at: int = 0,
        done_per_item: bool = False, is_foreign: Callable[[str], bool] = lambda _item_id: False,
    ) -> None:
        self._new_id = new_id
        self._is_foreign = is_foreign
        self.settings: dict[str, Any] = settings.new_session(self._new_id("sess"), model, expires_at)
        self.conversation: Conversation = Conversation(self._new_id("conv"))
        self.responses: dict[str, ActiveResponse] = {}  # in progress, by id
        self.input: InputBuffer = InputBuffer()
        self._resampling = Resampling(self._input_format.rate, WIRE_RATE)  # of the input
        self._done_per_item = done_per_item
        self._speech: Speech | None = None  # None: the user is silent
        self._tokens_left = TOKENS_PER_MINUTE
        self._actions: list[Action] = [Configure(self.turn_detection)]

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        """The settings of turn detection; None: the client commits and asks for responses itself."""
        detection: dict[str, Any] | None = self.settings["audio"]["input"]["turn_detection"]
        return detection

    @property
    def _input_format(self) -> AudioFormat:
        """The format of the client's audio; the session holds PCM at 24 kHz."""
        return AudioFormat.of(self.settings["audio"]["input"]["format"])

    @property
    def active(self) -> ActiveResponse | None:
        """The response that is writing to the conversation."""
        return next((each for each in self.responses.values() if each.conversation is not None), None)

    def take_actions(self) -> list[Action]:
        """Return the actions decided on since the last call, in order."""
        actions, self._actions = self._actions, []
        return actions

    def opened(self) -> list[Event]:
        """Begin the session."""
        return self._stamp([{"type": "session.created", "session": copy.deepcopy(self.settings)}])

    def receive(self, event: Event | str | bytes) -> list[Event]:
        """Process a client event, as a frame or parsed."""
        event_id = None
        try:
            fields = event if isinstance(event, dict) else read(event)
            event_id = fields.get("event_id") if isinstance(fields.get("event_id"), str) else None
            return self._stamp(_RULES[check(fields)](self, fields))
        except Refusal as refusal:
            return self._stamp([_error(refusal, event_id)])

    def output(self, response_id: str, output: Output) -> list[Event]:
        """Process the next output of a response's backend; a response that is over ignores it."""
        response = self.responses.get(response_id)
        if response is None:
            return []
        match output:
            case Message(phase):
                events = response.message(phase)
            case Part():
                events = response.part()
            case Text(delta):
                events = response.text(delta)
            case Audio(pcm):
                events = response.audio(pcm)
            case Call(name, arguments):
                events = response.call(name, arguments)
        return self._stamp(events)

    def finish(
        self, response_id: str, status: Status = Status.COMPLETED, details: dict[str, Any] | None = None
    ) -> list[Event]:
        """End a response; `details` has the `reason` (cancelled, incomplete) or the `error` (failed)."""
        response = self.responses.get(response_id)
        return [] if response is None else self._stamp(self._end(response, status, details))

    def speech_started(self, frame: int) -> list[Event]:
        """Begin a turn of the user at this frame of the input."""
        if self.turn_detection is None or self._speech is not None:
            return []
        padding = from_ms(self.turn_detection.get("prefix_padding_ms", 0))
        self._speech = Speech(self._new_id("item"), max(self.input.begin, frame - padding))
        start = {"audio_start_ms": to_ms(self._speech.start), "item_id": self._speech.item_id}
        return self._stamp([{"type": "input_audio_buffer.speech_started", **start}])

    def interrupt(self) -> list[Event]:
        """Cancel the active response because the user speaks, if the session is set so."""
        if self.turn_detection is None or not self.turn_detection["interrupt_response"] or self.active is None:
            return []
        return self.finish(self.active.id, Status.CANCELLED, {"reason": "turn_detected"})

    def speech_stopped(self, frame: int) -> list[Event]:
        """End the user's turn, which was silent from this frame: commit it and, if the session is set so, respond."""
        if self.turn_detection is None or self._speech is None:
            return []
        end = min(self.input.end, frame + from_ms(self.turn_detection.get("silence_duration_ms", 0)))
        stop = {"audio_end_ms": to_ms(end), "item_id": self._speech.item_id}
        events = [{"type": "input_audio_buffer.speech_stopped", **stop}, *self._commit_until(end)]
        if self.turn_detection["create_response"]:
            try:
                events += self._respond({})
            except Refusal as refusal:
                events.append(_error(refusal, None))
        return self._stamp(events)

    def transcript_delta(self, item_id: str, delta: str) -> list[Event]:
        """Send a piece of an item's transcript."""
        kind = "conversation.item.input_audio_transcription.delta"
        return self._of_transcript({"type": kind, "item_id": item_id, "content_index": 0, "delta": delta})

    def transcript_done(self, item_id: str, transcript: str) -> list[Event]:
        """Store and send the whole transcript of an item."""
        if item_id not in self.conversation:
            return []
        item = self.conversation.find(item_id)
        item.wire["content"][0]["transcript"] = transcript
        return self._of_transcript({
            "type": "conversation.item.input_audio_transcription.completed", "item_id": item_id, "content_index": 0,
            "transcript": transcript, "usage": {"type": "duration", "seconds": round(item.seconds)},
        })

    def transcript_failed(self, item_id: str) -> list[Event]:
        """Report that the transcription of an item failed."""
        message = f"Input transcription failed for item '{item_id}'."
        return self._of_transcript({
            "type": "conversation.item.input_audio_transcription.failed", "item_id": item_id, "content_index": 0,
            "error": {"type": "server_error", "code": "transcription_failed", "message": message, "param": None},
        })

    def expired(self) -> list[Event]:
        """Report that the session has expired; the connection is closed next."""
        error = {
            "type": "invalid_request_error", "code": "session_expired", "param": None, "event_id": None,
            "message": "Your session hit the maximum duration of 60 minutes.",
        }
        return self._stamp([{"type": "error", "error": error}])

    def request(self, response_id: str) -> Request:
        """Build the request that the backend of a response gets."""
        response = self.responses[response_id]
        fields = dict(response.fields)
        return Request(
            items=[item.snapshot() for item in self._read_by(response) if item not in response.items],
            instructions=fields.pop("instructions"),
            tools=fields.pop("tools"),
            voice=fields["audio"]["output"]["voice"],
            audio=response.has_audio,
            extra=fields,
        )

    def _session_update(self, event: Event) -> list[Event]:
        change = event["session"]
        voice = ((change.get("audio") or {}).get("output") or {}).get("voice")
        if voice not in (None, self.settings["audio"]["output"]["voice"]) and any(i.voiced for i in self.conversation):
            message = "Cannot update a conversation's voice if assistant audio is present."
            raise Refusal("cannot_update_voice", message)
        before, format = self.turn_detection, self._input_format
        self.settings = settings.updated(self.settings, change)
        if self._input_format != format:
            self._append_pcm(self._resampling.end())
            self._resampling = Resampling(self._input_format.rate, WIRE_RATE)
        if self.turn_detection != before:
            self._actions.append(Configure(self.turn_detection))
        return [{"type": "session.updated", "session": copy.deepcopy(self.settings)}]

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

    def _clear(self, _event: Event) -> list[Event]:
        self._resampling.end()
        self.input.clear()
        return [{"type": "input_audio_buffer.cleared"}]

    def _item_create(self, event: Event) -> list[Event]:
        if self._is_foreign(event["item"].get("id") or ""):
            message = f"The id '{event['item']['id']}' is that of an item of another session."
            raise Refusal("invalid_value", message, param="item.id")
        item = new_item(event["item"], self._new_id, self._input_format)
        answers = item.wire["call_id"] if item.wire["type"] == "function_call_output" else None
        if answers is not None and not self.conversation.has_call(answers):
            message = f"Tool call ID '{answers}' not found in conversation."
            raise Refusal("invalid_tool_call_id", message, param="item.call_id")
        return self._add(item, event.get("previous_item_id") or None)

    def _item_retrieve(self, event: Event) -> list[Event]:
        item = self.conversation.find(event["item_id"])
        return [{"type": "conversation.item.retrieved", "item": item.snapshot()}]

    def _item_truncate(self, event: Event) -> list[Event]:
        item = self.conversation.find(event["item_id"], "truncating")
        if not item.voiced:
            raise Refusal("unsupported_content_type", "Only model output audio messages can be truncated")
        index = event["content_index"]
        if index >= len(item.wire["content"]):
            message = f"Invalid 'content_index': the item has no content part {index}."
            raise Refusal("invalid_value", message, param="content_index")
        held, asked = to_ms(item.part_frames[index]), event["audio_end_ms"]
        end = min(held, asked)
        item.part_frames[index] = from_ms(end)
        item.wire["content"][index]["transcript"] = ""  # audio and text are not aligned: it is removed whole
        truncated = {"type": "conversation.item.truncated", "item_id": item.id, "content_index": index}
        too_long = Refusal("invalid_value", f"Audio content of {held}ms is already shorter than {asked}ms", echo=False)
        errors = [_error(too_long, None)] if asked > held else []
        return [*errors, {**truncated, "audio_end_ms": end}]

    def _item_delete(self, event: Event) -> list[Event]:
        self.conversation.remove(event["item_id"])
        return [{"type": "conversation.item.deleted", "item_id": event["item_id"]}]

    def _response_create(self, event: Event) -> list[Event]:
        return self._respond(event.get("response") or {})

    def _response_cancel(self, event: Event) -> list[Event]:
        response_id = event.get("response_id") or (self.active.id if self.active else None)
        if response_id not in self.responses:
            raise Refusal("response_cancel_not_active", "Cancellation failed: no active response found")
        return self._end(self.responses[response_id], Status.CANCELLED, {"reason": "client_cancelled"})

    def _respond(self, asked: dict[str, Any]) -> list[Event]:
        in_band = asked.get("conversation") != "none"
        if in_band and self.active is not None:
            message = (
                f"Conversation already has an active response in progress: {self.active.id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise Refusal("conversation_already_has_active_response", message)
        fields = self._fields(asked)
        conversation = self.conversation if in_band else None
        response = ActiveResponse(
            self._new_id("resp"), fields, conversation, self._new_id, done_per_item=self._done_per_item
        )
        self.responses[response.id] = response
        self._actions.append(Respond(response.id))
        return response.created()

    def _end(self, response: ActiveResponse, status: Status, details: dict[str, Any] | None) -> list[Event]:
        del self.responses[response.id]
        self._actions.append(Stop(response.id))
        tools = response.fields["tools"]
        before = [item for item in self._read_by(response) if item not in response.items]
        events = response.end(status, details, count_input(before, response.fields["instructions"], tools))
        self._tokens_left -= events[-1]["response"]["usage"]["total_tokens"]
        limit = {
            "name": "tokens", "limit": TOKENS_PER_MINUTE, "remaining": self._tokens_left,
            "reset_seconds": round((TOKENS_PER_MINUTE - self._tokens_left) * 60 / TOKENS_PER_MINUTE, 3),
        }
        return [*events, {"type": "rate_limits.updated", "rate_limits": [limit]}]

    def _fields(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the settings of one response: the session's, overridden by what the client asked for."""
        own = ("output_modalities", "instructions", "tools", "tool_choice", "max_output_tokens")
        fields = {key: self.settings[key] for key in own} | {"metadata": None, "input": None}
        fields |= {key: value for key, value in asked.items() if value is not None and key != "audio"}
        output = self.settings["audio"]["output"] | ((asked.get("audio") or {}).get("output") or {})
        fields["audio"] = {"output": {"format": output["format"], "voice": output["voice"]}}
        if fields["input"] is not None:
            fields["input"] = [self._resolve(item) for item in fields["input"]]
        return fields

    def _resolve(self, item: dict[str, Any]) -> HeldItem:
        known = item["type"] == "item_reference"
        return self.conversation.find(item["id"]) if known else new_item(item, self._new_id, self._input_format)

    def _read_by(self, response: ActiveResponse) -> list[HeldItem]:
        given: list[HeldItem] | None = response.fields["input"]
        return list(self.conversation) if given is None else given

    def _add(self, item: HeldItem, previous_item_id: str | None = None) -> list[Event]:
        previous = self.conversation.add(item, previous_item_id)
        events = ("conversation.item.added", "conversation.item.done")
        return [{"type": kind, "previous_item_id": previous, "item": item.snapshot()} for kind in events]

    def _of_transcript(self, event: Event) -> list[Event]:
        wanted = self.settings["audio"]["input"]["transcription"] is not None
        return self._stamp([event]) if wanted and event["item_id"] in self.conversation else []

    def _stamp(self, events: list[Event]) -> list[Event]:
        return [{"type": event["type"], "event_id": self._new_id("event"), **event} for event in events]


_RULES: Final[Mapping[str, Callable[[ServerSession, Event], list[Event]]]] = {
    "session.update": ServerSession._session_update,
    "input_audio_buffer.append": ServerSession._append,
    "input_audio_buffer.commit": ServerSession._commit,
    "input_audio_buffer.clear": ServerSession._clear,
    "conversation.item.create": ServerSession._item_create,
    "conversation.item.retrieve": ServerSession._item_retrieve,
    "conversation.item.truncate": ServerSession._item_truncate,
    "conversation.item.delete": ServerSession._item_delete,
    "response.create": ServerSession._response_create,
    "response.cancel": ServerSession._response_cancel,
}
"""How a session processes each client event. A table of its own would tie it, with its conversation, to itself."""


def _error(refusal: Refusal, event_id: str | None) -> Event:
    return {"type": "error", "error": refusal.error(event_id)}
