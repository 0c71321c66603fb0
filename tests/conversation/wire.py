"""A session by hand: events of the server in, effects out, applied as a session applies them."""

from __future__ import annotations

import json
import math
from collections import deque
from functools import partial
from typing import Any

import anyio
import numpy as np
import pybase64

from realtime_sdk.audio._formats import AudioFormat
from realtime_sdk.audio._pcm import Pcm, to_bytes
from realtime_sdk.conversation._completion import Completion
from realtime_sdk.conversation._effects import Effects
from realtime_sdk.conversation._engine import Engine
from realtime_sdk.conversation._live_conversation import LiveConversation
from realtime_sdk.conversation._live_response import LiveResponse
from realtime_sdk.conversation._response import Response
from realtime_sdk.conversation._sdk_events import SdkEvent
from realtime_sdk.conversation._settings import MessageSettings
from realtime_sdk.conversation.items._items import FunctionCallItem
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.conversation.message._playout import Playout
from realtime_sdk.conversation.requests._requests import ResponseRequest, UpdateRequest
from realtime_sdk.errors import ConnectionLost
from realtime_sdk.playback._prebuffer import Prebuffer
from realtime_sdk.playback._segment import Segment
from realtime_sdk.playback._timeline import Timeline
from realtime_sdk.protocol import ClientEvent, SessionUpdate, dump, parse
from realtime_sdk.session._operation import Operation
from realtime_sdk.testing import run_virtual

RATE = 1000  # frames are milliseconds: positions are easy to read

TIMEOUT = 15.0  # seconds in which the server answers a request

RESPONSE_TIMEOUT = 60.0  # seconds for which a model may reason in silence

ENDED = ConnectionLost("the line broke")


def tone(frames: int) -> Pcm:
    """Loud enough to count as speech."""
    return (8000 * np.sin(np.arange(frames))).astype(np.int16)


def never_cancel(response: LiveResponse, done: Completion[Response]) -> Operation[Response]:
    """The `cancel` of a response that a test does not cancel."""
    raise AssertionError(f"{response} is cancelled")


class Wire:
    """An engine, a timeline, and a device that plays on command; the clock is the audio that was played."""

    def __init__(self, *, captions: bool = True, runs_tools: bool = True, speaker: bool = True) -> None:
        self.timeline = Timeline(RATE, Prebuffer(0.0, 0.0))
        self.events: list[SdkEvent] = []  # emitted so far
        self.sent: list[dict[str, Any]] = []  # to the server so far, as JSON
        self.calls: list[FunctionCallItem] = []  # to be run
        self.at = 100.0
        settings = MessageSettings(
            anyio.Event, RATE, captions_requested=captions, on_heard=None if speaker else self._count_as_heard
        )
        self.engine = Engine(
            settings, LiveConversation(None), audio_format=AudioFormat(), cancel=self._cancel, timeout=TIMEOUT,
            response_timeout=RESPONSE_TIMEOUT, timeline=self.timeline if speaker else None, runs_tools=runs_tools,
        )  # fmt: skip

    def apply(self, effects: Effects) -> list[dict[str, Any]]:
        """Apply effects; returns what is sent."""
        sent = [self._send(event) for event in effects.send]
        self.events += effects.emit
        self.calls += effects.calls
        return sent

    def _send(self, event: ClientEvent) -> dict[str, Any]:
        self.sent.append(json.loads(dump(event)))
        return self.sent[-1]

    def _cancel(self, response: LiveResponse, done: Completion[Response]) -> Operation[Response]:
        self.interrupt(responses=[response])
        return Operation(done, "Response.cancel")

    def _count_as_heard(self, segment: Segment, frames: int) -> None:
        for pcm in segment.take(frames):
            segment.mark_heard(pcm.size, self.at, self.at)

    # The server

    def receive(self, type: str, **fields: Any) -> list[dict[str, Any]]:
        """One event of the server; returns what is to be sent because of it."""
        frame = json.dumps({"type": type, "event_id": "event_1", **fields})
        sent = self.apply(self.engine.receive(parse(frame), self.at))
        return sent + self.advance()

    def advance(self) -> list[dict[str, Any]]:
        """Report what was heard and shown until now."""
        deque(self.engine.words.place_words(), maxlen=0)
        return self.apply(self.engine.advance(self.at))

    def open(self, **fields: Any) -> None:
        """The server opens the session; `fields` are those of its session object."""
        self.receive("session.created", session={"id": "sess_1", **fields})

    def begin(self, response: str = "resp_1", *, request: str | None = None, **fields: Any) -> list[dict[str, Any]]:
        """The server begins a response; `request`: sending back the metadata of this one."""
        if request is not None:
            fields["metadata"] = {"realtime_sdk": request}
        return self.receive("response.created", response=self._response(response, "in_progress", **fields))

    def error(self, code: str | None = None, message: str = "no", *, event_id: str | None = None) -> list[Any]:
        error = {"type": "invalid_request_error", "code": code, "message": message, "event_id": event_id}
        return self.receive("error", error=error)

    def add(self, item: str, response: str = "resp_1", **fields: Any) -> LiveMessage:
        """The model begins a message."""
        wire = self.item(item, status="in_progress", **fields)
        self.receive("response.output_item.added", response_id=response, output_index=0, item=wire)
        self.receive("conversation.item.added", previous_item_id=None, item=wire)
        return self.message(item)

    def audio(self, item: str, frames: int, response: str = "resp_1", content_index: int = 0) -> None:
        delta = pybase64.b64encode_as_string(to_bytes(tone(frames)))
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_audio.delta", **ids, delta=delta)

    def text(self, item: str, delta: str, response: str = "resp_1", content_index: int = 0) -> None:
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_audio_transcript.delta", **ids, delta=delta)

    def show(self, item: str, delta: str, response: str = "resp_1", content_index: int = 0) -> None:
        """A piece of a text without audio."""
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_text.delta", **ids, delta=delta)

    def show_done(self, item: str, text: str, response: str = "resp_1", content_index: int = 0) -> None:
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_text.done", **ids, text=text)

    def audio_done(self, item: str, response: str = "resp_1", content_index: int = 0) -> None:
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_audio.done", **ids)

    def text_done(self, item: str, text: str, response: str = "resp_1", content_index: int = 0) -> None:
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_audio_transcript.done", **ids, transcript=text)

    def item_done(self, item: str, *texts: str, response: str = "resp_1", **fields: Any) -> None:
        content = [{"type": "output_audio", "transcript": text} for text in texts]
        wire = self.item(item, status="completed", content=content, **fields)
        self.receive("conversation.item.done", previous_item_id=None, item=wire)
        self.receive("response.output_item.done", response_id=response, output_index=0, item=wire)

    def done(self, response: str = "resp_1", status: str = "completed", **fields: Any) -> list[dict[str, Any]]:
        return self.receive("response.done", response=self._response(response, status, **fields))

    def say(self, item: str, text: str, frames: int, response: str = "resp_1", **fields: Any) -> LiveMessage:
        """A whole message, in the usual order."""
        message = self.add(item, response, **fields)
        self.text(item, text, response)
        self.audio(item, frames, response)
        self.audio_done(item, response)
        self.text_done(item, text, response)
        self.item_done(item, text, response=response)
        return message

    def call(self, item: str, response: str = "resp_1", *, call_id: str = "", status: str = "completed") -> list[Any]:
        """A whole call of a function; returns what is sent because of it."""
        fields = {"type": "function_call", "id": item, "call_id": call_id or f"call_{item}", "name": "clock"}
        added = self.receive("response.output_item.added", response_id=response, item=fields | {"arguments": ""})
        done = fields | {"arguments": "{}", "status": status}
        return added + self.receive("response.output_item.done", response_id=response, item=done)

    @staticmethod
    def item(id: str, **fields: Any) -> dict[str, Any]:
        return {"id": id, "type": "message", "role": "assistant", "content": [], **fields}

    @staticmethod
    def _response(id: str, status: str, **fields: Any) -> dict[str, Any]:
        defaults = {"conversation_id": "conv_1", "output_modalities": ["audio"], "output": [], "metadata": None}
        return {"id": id, "object": "realtime.response", "status": status, **defaults, **fields}

    # The application

    def submit(
        self, *, interruptible: bool = True, timeout: float | None = None, exclusive: bool = False, **overrides: Any
    ) -> tuple[ResponseRequest, list[dict[str, Any]]]:
        """Ask for a response; returns the request, and what is sent."""
        request, effects = self.engine.submit(
            overrides, self.at, interruptible=interruptible, timeout=timeout, exclusive=exclusive
        )
        return request, self.apply(effects)

    def update(self, timeout: float | None = None, **fields: Any) -> UpdateRequest:
        request, effects = self.engine.update(SessionUpdate.of(fields), self.at, timeout)
        self.apply(effects)
        return request

    def submit_continuation(self) -> list[dict[str, Any]]:
        _, effects = self.engine.submit_continuation(self.at)
        return self.apply(effects)

    def finish_call(self, call: FunctionCallItem, *, respond: bool = True, output: str = "noon") -> list[Any]:
        return self.apply(self.engine.calls.finish(call, output, self.at, respond=respond))

    def read(self, message: LiveMessage) -> int:
        """Read all the audio of a message; returns its frames."""
        return run_virtual(partial(_frames, message))

    # The device, and time

    def play(self, milliseconds: int) -> None:
        """Let the device play on for so long, or until it runs dry."""
        for _ in range(0, milliseconds, 10):
            self.at += 0.01
            self.timeline.take(1_000_000, self.at)
            self.timeline.advance(min(self.timeline.played + 10, self.timeline.written), self.at)
            self.advance()

    def play_out(self) -> None:
        """Let the device play all that is there."""
        while not self.timeline.idle:
            self.play(100)

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        """Let time pass, with the deadlines in it; returns what is sent."""
        until, sent = self.at + seconds, []
        while self.engine.deadline <= until:
            sent += self.expire()
        self.at = until
        return sent

    def expire(self) -> list[dict[str, Any]]:
        """Let time pass until the next deadline; returns what is sent."""
        due = self.engine.deadline
        self.at = max(self.at, due)
        sent = self.apply(self.engine.expire(self.at)) + self.advance()
        assert self.engine.deadline > due, f"what was due {self.at - due:g} s ago does not end"
        return sent

    def pass_deadlines(self, most: int = 1000) -> None:
        """Let time pass until there is no deadline any more; fails if there are more than `most`."""
        for _ in range(most):
            if self.engine.deadline == math.inf:
                return
            self.expire()
        raise AssertionError(f"something never ends: after {most} steps the next deadline is at {self.engine.deadline}")

    def interrupt(
        self, *, cancelled: bool = False, responses: list[LiveResponse] | None = None
    ) -> list[dict[str, Any]]:
        """Playback stops where it is; returns what is sent."""
        if responses is None:
            self.timeline.cut(self.timeline.played, self.at)
        else:
            unheard = self.engine.interrupter.segments(responses)
            self.timeline.rewind(self.timeline.played, self.at)
            self.timeline.discard(unheard)
        effects, _ = self.engine.interrupter.interrupt(self.at, cancelled=cancelled, responses=responses)
        return self.apply(effects)

    def disconnect(self) -> None:
        """The connection ends."""
        self.apply(self.engine.disconnect(self.at, ENDED, ENDED))

    def leave(self) -> None:
        """The session ends."""
        self.timeline.cut(self.timeline.played, self.at)
        self.apply(self.engine.leave(self.at))

    # What is there

    def response(self, id: str) -> LiveResponse:
        return next(response for response in reversed(self.engine.responses.values) if response.id == id)

    def message(self, item: str) -> LiveMessage:
        for response in reversed(self.engine.responses.values):
            for candidate in response.live_items:
                if candidate.id == item and isinstance(candidate, LiveMessage):
                    return candidate
        raise AssertionError(f"no message {item}")

    def emitted(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def types(self) -> list[str]:
        """The types of what was sent so far."""
        return [event["type"] for event in self.sent]

    @staticmethod
    def playout(message: LiveMessage) -> Playout:
        assert message.finished, f"{message} is not finished"
        return message.playout


async def _frames(message: LiveMessage) -> int:
    return sum([pcm.size async for pcm in message.audio()])


def segment_of(message: LiveMessage, content_index: int = 0) -> Segment:
    segment = message.content.part(content_index).segment
    assert segment is not None
    return segment
