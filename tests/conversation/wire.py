"""A conversation with the router by hand: frames of the server in, client events and SDK events out."""

from __future__ import annotations

import json
from typing import Any

import anyio
import numpy as np

from realtime_sdk.audio import Pcm, to_bytes
from realtime_sdk.conversation import FunctionCallItem, MessageItem, Playout, Response, Router, SdkEvent
from realtime_sdk.events import ClientEvent, dump, parse
from realtime_sdk.playout import Prebuffer, Segment, Timeline

RATE = 1000  # frames are milliseconds: positions are easy to read


def tone(frames: int) -> Pcm:
    """Loud enough to be taken for speech."""
    return (8000 * np.sin(np.arange(frames))).astype(np.int16)


class Wire:
    """A router, a timeline, and a device that plays when told; the clock is the sound that was played."""

    def __init__(self, *, watched: bool = True) -> None:
        self.timeline = Timeline(RATE, Prebuffer(0.0, 0.0))
        self.news: list[SdkEvent] = []
        self.sent: list[ClientEvent] = []
        self.calls: list[FunctionCallItem] = []
        self.at = 100.0
        self.router = Router(
            new_event=anyio.Event, rate=RATE, decode=bytes, timeline=self.timeline, taken=None, cancel=self._cancel,
            send=self.sent.append, tell=self.news.append, called=self._called, watched=lambda: watched,
        )  # fmt: skip

    async def _cancel(self, response: Response) -> None:
        raise AssertionError("nobody cancels here")

    def _called(self, response: Response, call: FunctionCallItem) -> None:
        self.calls.append(call)

    # The server

    def receive(self, type: str, **fields: Any) -> list[dict[str, Any]]:
        """One event of the server; returns what is to be sent because of it."""
        frame = json.dumps({"type": type, "event_id": "event_1", **fields})
        sent = self.router.receive(parse(frame), self.at)
        self.router.advance(self.at)
        return [json.loads(dump(event)) for event in sent]

    def begin(self, response: str = "resp_1", **fields: Any) -> None:
        self.receive("response.created", response=self._response(response, "in_progress", **fields))

    def add(self, item: str, response: str = "resp_1", **fields: Any) -> MessageItem:
        """The model begins a message."""
        wire = self.item(item, status="in_progress", **fields)
        self.receive("response.output_item.added", response_id=response, output_index=0, item=wire)
        self.receive("conversation.item.added", previous_item_id=None, item=wire)
        return self.message(item)

    def audio(self, item: str, frames: int, response: str = "resp_1", content_index: int = 0) -> None:
        import base64

        delta = base64.b64encode(to_bytes(tone(frames))).decode()
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_audio.delta", **ids, delta=delta)

    def text(self, item: str, delta: str, response: str = "resp_1", content_index: int = 0) -> None:
        ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": content_index}
        self.receive("response.output_audio_transcript.delta", **ids, delta=delta)

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

    def say(self, item: str, text: str, frames: int, response: str = "resp_1", **fields: Any) -> MessageItem:
        """A whole message, in the usual order."""
        message = self.add(item, response, **fields)
        self.text(item, text, response)
        self.audio(item, frames, response)
        self.audio_done(item, response)
        self.text_done(item, text, response)
        self.item_done(item, text, response=response)
        return message

    @staticmethod
    def item(id: str, **fields: Any) -> dict[str, Any]:
        return {"id": id, "type": "message", "role": "assistant", "content": [], **fields}

    @staticmethod
    def _response(id: str, status: str, **fields: Any) -> dict[str, Any]:
        defaults = {"conversation_id": "conv_1", "output_modalities": ["audio"], "output": [], "metadata": None}
        return {"id": id, "object": "realtime.response", "status": status, **defaults, **fields}

    # The device

    def play(self, milliseconds: int) -> None:
        """Let the device play on for so long, or until it runs dry."""
        for _ in range(0, milliseconds, 10):
            self.at += 0.01
            self.timeline.take(1_000_000, self.at)
            self.timeline.advance(min(self.timeline.played + 10, self.timeline.written), self.at)
            self.router.advance(self.at)

    def play_out(self) -> None:
        """Let the device play all that is there."""
        while not self.timeline.idle:
            self.play(100)

    def interrupt(self, *, cancelled: bool = False) -> list[dict[str, Any]]:
        """The sound stops where it is; returns what is sent."""
        self.timeline.cut(self.timeline.played, self.at)
        events, _ = self.router.interrupt(self.at, cancelled=cancelled)
        return [json.loads(dump(event)) for event in events]

    # What is there

    def message(self, item: str) -> MessageItem:
        for response in self.router.responses.values:
            for candidate in response.items:
                if candidate.id == item and isinstance(candidate, MessageItem):
                    return candidate
        raise AssertionError(f"no message {item}")

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.news if isinstance(event, kind)]

    @staticmethod
    def playout(message: MessageItem) -> Playout:
        assert message.settled, f"{message} is not settled"
        return message.playout


def segment_of(message: MessageItem, content_index: int = 0) -> Segment:
    segment = message.parts[content_index].segment
    assert segment is not None
    return segment
