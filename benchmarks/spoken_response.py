"""The server events of a response with one spoken message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pybase64

from realtime_sdk.audio._pcm import Pcm, to_bytes

if TYPE_CHECKING:
    from clips import Clip
    from methods import Delivery

Event: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class SpokenResponse:
    """A response whose message says `text`; its number makes its ids unique."""

    number: int
    text: str

    @property
    def ids(self) -> Event:
        """The fields of its deltas that say where they belong."""
        return {**self._place, "item_id": self._item["id"], "content_index": 0}

    @property
    def beginning(self) -> list[Event]:
        """The events before its deltas."""
        item = {**self._item, "status": "in_progress", "content": []}
        return [
            {"type": "response.created", "response": {**self._response, "status": "in_progress", "output": []}},
            {"type": "response.output_item.added", **self._place, "item": item},
            {"type": "conversation.item.added", "previous_item_id": None, "item": item},
            {"type": "response.content_part.added", **self.ids, "part": {"type": "audio", "transcript": ""}},
        ]

    @property
    def end(self) -> list[Event]:
        """The events after its deltas."""
        content = [{"type": "output_audio", "transcript": self.text}]
        item = {**self._item, "status": "completed", "content": content}
        response = {**self._response, "status": "completed", "output": [item], "usage": {}}
        return [
            {"type": "response.output_audio.done", **self.ids},
            {"type": "response.output_audio_transcript.done", **self.ids, "transcript": self.text},
            {"type": "response.content_part.done", **self.ids, "part": {"type": "audio", "transcript": self.text}},
            {"type": "conversation.item.done", "previous_item_id": None, "item": item},
            {"type": "response.output_item.done", **self._place, "item": item},
            {"type": "response.done", "response": response},
        ]

    @property
    def cancelled(self) -> list[Event]:
        """The events after its deltas, if it is cancelled."""
        item = {**self._item, "status": "incomplete", "content": [{"type": "output_audio", "transcript": self.text}]}
        response = {**self._response, "status": "cancelled", "output": [item], "usage": {}}
        return [
            {"type": "response.output_audio.done", **self.ids},
            {"type": "response.output_audio_transcript.done", **self.ids, "transcript": self.text},
            {"type": "response.output_item.done", **self._place, "item": item},
            {"type": "response.done", "response": response},
        ]

    @property
    def _place(self) -> Event:
        return {"response_id": self._response["id"], "output_index": 0}

    @property
    def _response(self) -> Event:
        ids = {"id": f"resp_{self.number}", "conversation_id": "conv"}
        return {**ids, "object": "realtime.response", "metadata": None}

    @property
    def _item(self) -> Event:
        return {"id": f"item_{self.number}", "object": "realtime.item", "type": "message", "role": "assistant"}


def delivered(number: int, clip: Clip, delivery: Delivery) -> list[tuple[float, Event]]:
    """Return the events of a response that speaks a clip, and the seconds at which they arrive."""
    response = SpokenResponse(number, clip.text)
    deltas = [(at, _delta(piece, response.ids)) for at, piece in delivery.arrivals(clip)]
    end = deltas[-1][0]
    return [*((0.0, event) for event in response.beginning), *deltas, *((end, event) for event in response.end)]


def _delta(piece: str | Pcm, ids: Event) -> Event:
    if isinstance(piece, str):
        return {"type": "response.output_audio_transcript.delta", **ids, "delta": piece}
    return {"type": "response.output_audio.delta", **ids, "delta": pybase64.b64encode_as_string(to_bytes(piece))}
