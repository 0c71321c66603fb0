"""What the model of a `FakeLiveServer` says and does. Pure."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ...audio._pcm import Pcm, to_frames
from ...server._backend import Call
from ...server._refusal import Refusal
from .._script import words
from .._sounds import noise


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the model's, which sounds for 0.2 s."""

    SECONDS: ClassVar[float] = 0.2

    text: str
    start: float  # seconds on the timeline of the session at which its sound begins
    written: float  # the same, at which its text is sent
    seed: int  # of its noise


class Voice:
    """The words that the model says, and their sound: noise that no other word has, and zeros between."""

    def __init__(self) -> None:
        self._words: list[Word] = []
        self._unwritten: list[Word] = []

    @property
    def end(self) -> float:
        """Seconds on the timeline of the session at which the last word ends."""
        return max((word.start + Word.SECONDS for word in self._words), default=0.0)

    def say(self, text: str, at: float, text_after: float = 0.0) -> None:
        """Say a text from `at` seconds of the session on.

        text_after: seconds by which the text of a word is sent after its sound.
        """
        start = math.ceil(max(at, self.end) / Word.SECONDS - 1e-6) * Word.SECONDS
        for index, word in enumerate(words(text)):
            begin = start + index * Word.SECONDS
            said = Word(word, begin, begin + text_after, seed=len(self._words) + 1)
            self._words.append(said)
            self._unwritten.append(said)

    def words_until(self, seconds: float) -> list[Word]:
        """Return the words whose text is due by then, each once, in order."""
        due = [word for word in self._unwritten if word.written <= seconds + 1e-6]
        self._unwritten = [word for word in self._unwritten if word.written > seconds + 1e-6]
        return due

    def pcm(self, start: int, frames: int, rate: int) -> Pcm:
        """Return the sound of the frames of the session from `start` on."""
        made = np.zeros(frames, np.int16)
        for word in self._words:
            first = to_frames(word.start, rate) - start
            if -to_frames(Word.SECONDS, rate) < first < frames:
                sound = noise(Word.SECONDS, word.seed, rate)
                begin, cut = max(0, first), max(0, -first)
                piece = sound[cut : cut + frames - begin]
                made[begin : begin + piece.size] = piece
        return made


class BackendScript:
    """The work of the backend model, as it was scripted: function calls, then an answer that is spoken."""

    def __init__(self) -> None:
        self.outputs: dict[str, str] = {}  # of calls, by their ids
        self.items: list[dict[str, Any]] = []  # other items that it was given
        self._work: deque[tuple[Sequence[Call], str]] = deque()  # that is to come
        self._open: set[str] = set()  # calls that are not answered
        self._answer: str | None = None  # of the work whose calls were made; None: there is none
        self._count = 0

    def script(self, calls: Sequence[Call], answer: str) -> None:
        """Script a piece of work."""
        self._work.append((calls, answer))

    def respond(self) -> tuple[list[dict[str, Any]], str | None]:
        """Return the events of the next response, complete, and what is said then; refuse if calls are not answered."""
        if self._open:
            calls = ", ".join(sorted(self._open))
            raise Refusal("invalid_event", f"No tool output found for function calls: {calls}.")
        if self._answer is not None:
            answer, self._answer = self._answer, None
            return self._response([]), answer
        if not self._work:
            return self._response([]), None
        made, answer = self._work.popleft()
        if not made:
            return self._response([]), answer
        self._answer = answer
        return self._response([self._item(call) for call in made]), None

    def take_item(self, item: dict[str, Any]) -> None:
        """Take an item of the client; refuse an output of no call."""
        if item.get("type") != "function_call_output":
            self.items.append(item)
            return
        call_id = item.get("call_id")
        if call_id not in self._open:
            raise Refusal("invalid_value", f"No tool call found for function call output: '{call_id}'.", param="item")
        self._open.remove(call_id)
        self.outputs[call_id] = str(item.get("output"))

    def _response(self, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        self._count += 1
        response: dict[str, Any] = {"id": f"resp_{self._count}", "output": [], "tools": [], "instructions": None}
        usage = {"input_tokens": 20, "input_tokens_details": {"cached_tokens": 8}, "output_tokens": 5}
        return [
            {"type": "response.created", "response": {**response, "status": "in_progress"}},
            *({"type": "response.output_item.done", "item": item} for item in items),
            {"type": "response.completed", "response": {**response, "status": "completed", "usage": usage}},
        ]

    def _item(self, call: Call) -> dict[str, Any]:
        self._count += 1
        call_id = f"call_{self._count}"
        self._open.add(call_id)
        arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
        return {
            "id": f"item_{call_id}", "type": "function_call", "status": "completed", "call_id": call_id,
            "name": call.name, "arguments": arguments,
        }  # fmt: skip
