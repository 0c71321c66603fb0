"""The server events of a response with one spoken message, but the deltas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

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
    def _place(self) -> Event:
        return {"response_id": self._response["id"], "output_index": 0}

    @property
    def _response(self) -> Event:
        ids = {"id": f"resp_{self.number}", "conversation_id": "conv"}
        return {**ids, "object": "realtime.response", "metadata": None}

    @property
    def _item(self) -> Event:
        return {"id": f"item_{self.number}", "object": "realtime.item", "type": "message", "role": "assistant"}
