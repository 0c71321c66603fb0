"""One response in progress: a backend's outputs in, the wire's events out, in the service's order.

Events are given without `event_id`; the session adds it.
"""

from __future__ import annotations

import copy
import enum
from typing import Any, Final

import pybase64

from ..audio._formats import AudioFormat
from ..audio._pcm import WIRE_RATE, Pcm, to_bytes, to_seconds
from ..audio._resampling import Resampling
from ._ids import NewId
from ._items import Conversation, Event, HeldItem
from ._usage import count_output, usage

ARGUMENTS_DELTA: Final = 12
"""Characters of a function call's arguments in one delta."""


class Status(enum.Enum):
    """Status of a response; the values are the wire's."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


class ActiveResponse:
    """A response between `response.created` and `response.done`.

    fields: the wire's settings that hold for it. conversation: the one it writes to; None: out of band.
    done_per_item: close each item before the next begins; the service closes all of them at the end.
    """

    def __init__(
        self, response_id: str, fields: dict[str, Any], conversation: Conversation | None,
        new_id: NewId, *, done_per_item: bool = False,
    ) -> None:
        self.id = response_id
        self.fields = fields
        self.conversation = conversation
        self.status: Status = Status.IN_PROGRESS
        self.items: list[HeldItem] = []  # in output order
        self._indices: dict[str, int] = {}  # the place of each among them, by its id
        self._new_id = new_id
        self._done_per_item = done_per_item
        self._closed = 0  # items whose `*.done` events are out
        self._frames = 0  # frames of audio sent, at 24 kHz; a truncation does not reduce them
        self._format = AudioFormat.of(fields["audio"]["output"]["format"])
        self._resampling = Resampling(WIRE_RATE, self._format.rate)  # of the current part's audio
        self._usage: dict[str, Any] | None = None  # None until the end
        self._details: dict[str, Any] | None = None  # why it ended; None: it is complete, or not over

    def __repr__(self) -> str:
        return f"<ActiveResponse {self.id} {self.status.name} {len(self.items)} items>"

    def __contains__(self, item: HeldItem) -> bool:
        """Whether an item is one of its items."""
        index = self._indices.get(item.id)
        return index is not None and self.items[index] is item

    @property
    def has_audio(self) -> bool:
        """Whether it has audio."""
        return "audio" in self.fields["output_modalities"]

    @property
    def seconds(self) -> float:
        """Seconds of audio that were sent; a truncation does not reduce them."""
        return to_seconds(self._frames)

    def wire(self) -> dict[str, Any]:
        """Build the wire's response object."""
        over = self.status is not Status.IN_PROGRESS
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status.value,
            "status_details": self._details,
            "output": [item.snapshot() for item in self.items] if over else [],
            "conversation_id": self.conversation.id if self.conversation is not None else None,
            "output_modalities": self.fields["output_modalities"],
            "max_output_tokens": self.fields["max_output_tokens"],
            "audio": copy.deepcopy(self.fields["audio"]),
            "usage": self._usage,
            "metadata": self.fields["metadata"],
        }

    def created(self) -> list[Event]:
        """Announce it."""
        return [{"type": "response.created", "response": self.wire()}]

    def message(self, phase: str | None = None) -> list[Event]:
        """Begin a message item."""
        wire = {
            "id": self._new_id("item"), "type": "message", "status": "in_progress", "role": "assistant", "content": [],
        }
        return self._begin(HeldItem(wire if phase is None else {**wire, "phase": phase}))

    def part(self) -> list[Event]:
        """Begin another content part of the current message."""
        events, item = self._in_message()
        return [*events, *self._flush_audio(), self._begin_part(item)]

    def text(self, delta: str) -> list[Event]:
        """Extend the current part's transcript, or its text where the response has no audio."""
        kind = "response.output_audio_transcript.delta" if self.has_audio else "response.output_text.delta"
        events, item, index = self._in_part()
        item.wire["content"][index]["transcript" if self.has_audio else "text"] += delta
        return [*events, {"type": kind, **self._place(item), "content_index": index, "delta": delta}]

    def audio(self, pcm: Pcm) -> list[Event]:
        """Extend the current part's audio; a response without audio drops it."""
        if not self.has_audio or not len(pcm):
            return []
        events, item, index = self._in_part()
        return [*events, *self._audio_delta(item, index, self._resampling.push(pcm))]

    def call(self, name: str, arguments: str) -> list[Event]:
        """Add a function call, whole."""
        wire = {
            "id": self._new_id("item"), "type": "function_call", "status": "in_progress", "name": name,
            "call_id": self._new_id("call"), "arguments": "",
        }
        item = HeldItem(wire)
        events = self._begin(item)
        item.wire["arguments"] = arguments
        place = {**self._place(item), "call_id": wire["call_id"]}
        pieces = [arguments[at : at + ARGUMENTS_DELTA] for at in range(0, len(arguments), ARGUMENTS_DELTA)]
        deltas = ({"type": "response.function_call_arguments.delta", **place, "delta": piece} for piece in pieces)
        return [*events, *deltas]

    def hosted_call(self, server_label: str, name: str, arguments: str) -> tuple[list[Event], HeldItem]:
        """Add a call of a hosted tool, whose item is done when the tool has answered."""
        item = HeldItem({
            "id": self._new_id("item"), "type": "mcp_call", "server_label": server_label, "name": name,
            "arguments": "", "approval_request_id": None, "output": None, "error": None,
        })  # fmt: skip
        events = self._begin(item)
        item.wire["arguments"] = arguments
        place = self._place(item)
        delta = {"type": "response.mcp_call_arguments.delta", **place, "delta": arguments}
        return [*events, delta, {"type": "response.mcp_call_arguments.done", **place, "arguments": arguments}], item

    def end(self, status: Status, details: dict[str, Any] | None, read: tuple[int, int]) -> list[Event]:
        """Close the items that are open, and the response; the last item of one cut short is incomplete.

        read: tokens of text and of audio that it read.
        """
        cut = status is not Status.COMPLETED
        events = [] if status is Status.CANCELLED else self._flush_audio()
        events += self._close_items(incomplete=self.items[-1:] if cut else [])
        self.status = status
        self._details = None if status is Status.COMPLETED else {"type": status.value, **(details or {})}
        self._usage = usage(read if self.items else (0, 0), count_output(self.items, self._frames))
        return [*events, {"type": "response.done", "response": self.wire()}]

    def _begin(self, item: HeldItem) -> list[Event]:
        events = self._flush_audio()
        events += self._close_items() if self._done_per_item else []
        self._indices[item.id] = index = len(self.items)
        self.items.append(item)
        place = {"response_id": self.id, "output_index": index}
        events.append({"type": "response.output_item.added", **place, "item": item.snapshot()})
        if self.conversation is not None:
            events.append(self.conversation.add(item))
        return events

    def _audio_delta(self, item: HeldItem, index: int, pcm: Pcm) -> list[Event]:
        """Send audio that has the sample rate of the wire."""
        if not len(pcm):
            return []
        frames = len(pcm) * WIRE_RATE // self._format.rate
        item.part_frames[index] += frames
        item.voiced = True
        self._frames += frames
        delta = pybase64.b64encode_as_string(self._format.encode(to_bytes(pcm)))
        kind = "response.output_audio.delta"
        return [{"type": kind, **self._place(item), "content_index": index, "delta": delta}]

    def _flush_audio(self) -> list[Event]:
        """Send the audio of the current part that the resampling still holds."""
        rest = self._resampling.end()
        return self._audio_delta(self.items[-1], len(self.items[-1].wire["content"]) - 1, rest) if len(rest) else []

    def _in_message(self) -> tuple[list[Event], HeldItem]:
        """Return the current message, and the events that begin it if it is new."""
        events: list[Event] = []
        if not self.items or self.items[-1].wire["type"] != "message" or self._closed == len(self.items):
            events += self.message()
        return events, self.items[-1]

    def _in_part(self) -> tuple[list[Event], HeldItem, int]:
        """Return the current message, its current part's index, and the events that begin them if they are new."""
        events, item = self._in_message()
        if not item.wire["content"]:
            events.append(self._begin_part(item))
        return events, item, len(item.wire["content"]) - 1

    def _begin_part(self, item: HeldItem) -> Event:
        key = "transcript" if self.has_audio else "text"
        item.wire["content"].append({"type": "output_audio" if self.has_audio else "output_text", key: ""})
        return self._part("added", item, len(item.wire["content"]) - 1)

    def _part(self, what: str, item: HeldItem, index: int) -> Event:
        content = item.wire["content"][index]
        part = {**content, "type": content["type"].removeprefix("output_")}
        return {"type": f"response.content_part.{what}", **self._place(item), "content_index": index, "part": part}

    def _place(self, item: HeldItem) -> dict[str, Any]:
        return {"response_id": self.id, "item_id": item.id, "output_index": self._indices[item.id]}

    def _close_items(self, incomplete: list[HeldItem] | None = None) -> list[Event]:
        events: list[Event] = []
        for item in self.items[self._closed :]:
            if item.wire["type"] == "mcp_call":  # it is done when its tool has answered
                continue
            complete = not incomplete or item not in incomplete
            item.wire["status"] = "completed" if complete else "incomplete"
            if item.wire["type"] == "message":
                for index in range(len(item.wire["content"])):
                    events += self._close_part(item, index)
            elif complete:  # the arguments of a call that was cut short are never declared done
                events.append(self._close_arguments(item))
            if self.conversation is not None:
                events += self.conversation.done(item)
            place = {"response_id": self.id, "output_index": self._indices[item.id]}
            events.append({"type": "response.output_item.done", **place, "item": item.snapshot()})
        self._closed = len(self.items)
        return events

    def _close_part(self, item: HeldItem, index: int) -> list[Event]:
        place = {**self._place(item), "content_index": index}
        part = item.wire["content"][index]
        if self.has_audio:
            done = [
                {"type": "response.output_audio.done", **place},
                {"type": "response.output_audio_transcript.done", **place, "transcript": part["transcript"]},
            ]
        else:
            done = [{"type": "response.output_text.done", **place, "text": part["text"]}]
        return [*done, self._part("done", item, index)]

    def _close_arguments(self, item: HeldItem) -> Event:
        return {
            "type": "response.function_call_arguments.done", **self._place(item), "call_id": item.wire["call_id"],
            "name": item.wire["name"], "arguments": item.wire["arguments"],
        }
