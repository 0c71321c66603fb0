"""The rules of the protocol, as the service keeps them: client events in, server events and actions out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..audio._pcm import from_ms, to_ms
from ..protocol._models import REALTIME_MODEL
from . import _settings as settings
from ._actions import Configure, Respond, Stop
from ._backend import Audio, Call, HostedCall, Message, Output, Part, Request, Text
from ._hosted_tools import HostedTools, without_secrets
from ._ids import NewId, random_id
from ._items import Event, HeldItem, new_item
from ._refusal import Refusal
from ._response import ActiveResponse, Status
from ._state import error_event
from ._usage import count_input
from ._user_turns import UserTurns
from ._validation import check, read

TOKENS_PER_MINUTE: Final = 15_000_000
"""The limit from which `rate_limits.updated` counts down."""


class ServerSession(HostedTools, UserTurns):
    """One session as the server holds it.

    Every method decides at once and returns the events to send, in order. Other actions are collected, and returned by
    `take_actions`, which is called after each of them. A wrong client event raises nothing: its answer is an `error`.

    transcribes: whether it only transcribes, without a model. is_side_band: whether it joins a running call.
    expires_at: Unix time in seconds at which the session ends. done_per_item: see `ActiveResponse`.
    is_foreign: whether an id is one that another session issued, which no item of this one may have.
    """

    def __init__(
        self, *, model: str = REALTIME_MODEL, new_id: NewId = random_id, expires_at: int = 0,
        transcribes: bool = False, is_side_band: bool = False,
        done_per_item: bool = False, is_foreign: Callable[[str], bool] = lambda _item_id: False,
    ) -> None:
        session_id = new_id("sess")
        super().__init__(
            settings.new_transcription_session(session_id, expires_at) if transcribes
            else settings.new_session(session_id, model, expires_at), new_id,
        )  # fmt: skip
        self._is_side_band = is_side_band
        self._is_foreign = is_foreign
        self.responses: dict[str, ActiveResponse] = {}  # in progress, by id
        self._done_per_item = done_per_item
        self._tokens_left = TOKENS_PER_MINUTE

    @property
    def active(self) -> ActiveResponse | None:
        """The response that is writing to the conversation."""
        return next((each for each in self.responses.values() if each.conversation is not None), None)

    def opened(self) -> list[Event]:
        """Begin the session; one that joins a call is not announced."""
        if self._is_side_band:
            return []
        return self._stamp([{"type": "session.created", "session": copy.deepcopy(self.settings)}])

    def receive(self, event: Event | str | bytes) -> list[Event]:
        """Process a client event, as a frame or parsed."""
        event_id = None
        try:
            fields = event if isinstance(event, dict) else read(event)
            event_id = fields.get("event_id") if isinstance(fields.get("event_id"), str) else None
            return self._stamp(_RULES[check(fields)](self, fields))
        except Refusal as refusal:
            return self._stamp([error_event(refusal, event_id)])

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
            case HostedCall():
                events = self._begin_call(response, output)
        return self._stamp(events)

    def finish(
        self, response_id: str, status: Status = Status.COMPLETED, details: dict[str, Any] | None = None
    ) -> list[Event]:
        """End a response; `details` has the `reason` (cancelled, incomplete) or the `error` (failed)."""
        response = self.responses.get(response_id)
        return [] if response is None else self._stamp(self._end(response, status, details))

    def interrupt(self) -> list[Event]:
        """Cancel the active response because the user speaks, if the session is set so."""
        if self.turn_detection is None or not self.turn_detection.get("interrupt_response") or self.active is None:
            return []
        return self.finish(self.active.id, Status.CANCELLED, {"reason": "turn_detected"})

    def speech_stopped(self, frame: int) -> list[Event]:
        """End the user's turn, which was silent from this frame: commit it and, if the session is set so, respond."""
        if self.turn_detection is None or self._speech is None:
            return []
        end = min(self.input.end, frame + from_ms(self.turn_detection.get("silence_duration_ms", 0)))
        stop = {"audio_end_ms": to_ms(end), "item_id": self._speech.item_id}
        events = [{"type": "input_audio_buffer.speech_stopped", **stop}, *self._commit_until(end)]
        if self.turn_detection.get("create_response"):
            try:
                events += self._respond({})
            except Refusal as refusal:
                events.append(error_event(refusal))
        return self._stamp(events)

    def idle_timed_out(self) -> list[Event]:
        """Commit the silence, and have the model speak: the user said nothing for the idle timeout."""
        timeout = (self.turn_detection or {}).get("idle_timeout_ms")
        if timeout is None or self._speech is not None or self.active is not None:
            return []
        return self._stamp([*self._commit_silence(), *self._respond({})])

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
            items=[item.snapshot() for item in self._read_by(response) if item not in response],
            instructions=fields.pop("instructions"),
            tools=fields.pop("tools"),
            voice=fields["audio"]["output"]["voice"],
            audio=response.has_audio,
            extra=fields,
        )

    def _session_update(self, event: Event) -> list[Event]:
        change = event["session"]
        self._check_kind(change["type"])
        voice = ((change.get("audio") or {}).get("output") or {}).get("voice")
        changes_voice = voice is not None and voice != self.settings["audio"]["output"]["voice"]
        if changes_voice and any(item.voiced for item in self.conversation):
            message = "Cannot update a conversation's voice if assistant audio is present."
            raise Refusal("cannot_update_voice", message)
        before, format = self.turn_detection, self._input_format
        tools = change.get("tools") or []
        hidden = {"tools": without_secrets(tools)} if tools else {}
        self._adopt_settings(settings.updated(self.settings, {**change, **hidden}))
        self._adopt_input_format(format)
        if self.turn_detection != before:
            self._actions.append(Configure(self.turn_detection))
        return [{"type": "session.updated", "session": copy.deepcopy(self.settings)}, *self._adopt_tools(tools)]

    def _check_kind(self, kind: str) -> None:
        own = self.settings["type"]
        if kind != own:
            message = f"Passing a {kind} session update event to a {own} session is not allowed."
            raise Refusal("invalid_value", message, param="session.type")

    def _item_create(self, event: Event) -> list[Event]:
        if self._is_foreign(event["item"].get("id") or ""):
            message = f"The id '{event['item']['id']}' is that of an item of another session."
            raise Refusal("invalid_value", message, param="item.id")
        item = new_item(event["item"], self._new_id, self._input_format)
        answers = item.wire["call_id"] if item.wire["type"] == "function_call_output" else None
        if answers is not None and not self.conversation.has_call(answers):
            message = f"Tool call ID '{answers}' not found in conversation."
            raise Refusal("invalid_tool_call_id", message, param="item.call_id")
        approval = self._answered(event["item"]) if item.wire["type"] == "mcp_approval_response" else []
        return [*self._add(item, event.get("previous_item_id") or None), *approval]

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
        errors = [error_event(too_long)] if asked > held else []
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
        if self.settings["type"] == "transcription":
            raise Refusal("invalid_value", "A transcription session makes no responses.", param="type")
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
        if in_band:
            self._silence_ends()
        return [*response.created(), *self._adopt_tools(asked.get("tools") or [])]

    def _end(self, response: ActiveResponse, status: Status, details: dict[str, Any] | None) -> list[Event]:
        del self.responses[response.id]
        self._actions.append(Stop(response.id))
        tools = response.fields["tools"]
        before = [item for item in self._read_by(response) if item not in response]
        events = response.end(status, details, count_input(before, response.fields["instructions"], tools))
        if response.conversation is not None and status is Status.COMPLETED:
            self._silence_begins(response.seconds)
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
"""How a session processes each client event. A table of bound methods in each session would be a cycle of references,
which would keep its conversation in memory until the garbage collector runs."""
