"""The answer of a chat endpoint, read from the choices that it streams; pure.

Endpoints differ in what they stream. Reasoning models write their thoughts between tags in front of the answer. A tool
call comes in pieces (OpenAI, llama.cpp) or whole (Ollama, which may number all calls of an answer 0); its arguments are
a text, or the object itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..server._backend import Call, Message, Text, UnfinishedResponse
from ._responder import TextOutput

NO_ANSWER: Final = "The model gave no answer."
"""Said where an answer has neither words nor calls: silence would look like a fault of the line."""

_TAG = re.compile(r"<(/?)(?:think(?:ing)?|thought|reasoning)>", re.I)
_UNFINISHED_TAG = re.compile(r"</?[a-z]{0,9}\Z", re.I)

_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an endpoint ended an answer early, and the reason of the incomplete response."""


class AnswerBroken(Exception):
    """The stream ended in the middle of an answer."""


class Thoughts:
    """Takes the thoughts between `<think>` and `</think>` out of text that arrives in pieces.

    unopened: the text may begin with a thought that has no opening tag, as that was in the prompt. Then it is held back
    until a closing tag, or the end, shows which it is.
    """

    def __init__(self, *, unopened: bool = False) -> None:
        self.has_unopened = False  # whether a closing tag came without an opening one
        self._thinking = unopened
        self._doubtful: str | None = "" if unopened else None  # the text so far, perhaps a thought; None: it is clear
        self._held = ""  # the end of what arrived, which may be the beginning of a tag

    def push(self, delta: str) -> str:
        """Append a piece; return what it adds to the answer."""
        text, self._held = self._held + delta, ""
        if unfinished := _UNFINISHED_TAG.search(text):
            text, self._held = text[: unfinished.start()], unfinished[0]
        answer, position = "", 0
        for tag in _TAG.finditer(text):
            answer += self._pass(text[position : tag.start()])
            if tag[1]:
                self.has_unopened |= not self._thinking or self._doubtful is not None
            else:
                answer += self._doubtful or ""  # it was none: the thought begins here
            self._doubtful = None
            self._thinking, position = not tag[1], tag.end()
        return answer + self._pass(text[position:])

    def end(self) -> str:
        """Return what was held back, if it belongs to the answer."""
        if self._doubtful is not None:
            return self._doubtful + self._held
        return "" if self._thinking else self._held

    def _pass(self, text: str) -> str:
        if self._doubtful is not None:
            self._doubtful += text
        return "" if self._thinking else text


@dataclass(slots=True)
class _PartialCall:
    """A tool call, as far as it has arrived."""

    call_id: str
    name: str
    arguments: str

    def continued_by(self, call_id: str, name: str) -> bool:
        """Whether a piece of a call, at the same place, belongs to this call and not to the next one."""
        if call_id and self.call_id:
            return call_id == self.call_id
        return not name or (name == self.name and arguments_of(self.arguments) is None)


class Answer:
    """One answer. `push` and `end` yield what it adds: the words as they come, then the calls, each whole.

    unopened: see `Thoughts`.
    """

    def __init__(self, *, unopened: bool = False) -> None:
        self._thoughts = Thoughts(unopened=unopened)
        self._message = False  # whether one has begun
        self._calls: list[_PartialCall] = []
        self._latest: dict[int, _PartialCall] = {}  # by the index that the endpoint gives it
        self._finish_reason: str | None = None

    @property
    def has_unopened_thoughts(self) -> bool:
        """Whether it began with a thought that had no opening tag: the model's other answers will, too."""
        return self._thoughts.has_unopened

    def push(self, choice: Mapping[str, Any]) -> Iterator[TextOutput]:
        """Read a `choice` of a chunk, or of an answer that was not streamed."""
        delta = _object(choice.get("delta") or choice.get("message"))
        self._finish_reason = self._finish_reason or choice.get("finish_reason")
        for piece in delta.get("tool_calls") or ():
            self._add(_object(piece))
        yield from self._say(self._thoughts.push(_text(delta.get("content"))))

    def end(self) -> Iterator[TextOutput]:
        """End the answer.

        Raises `UnfinishedResponse` where the endpoint cut the answer short, `AnswerBroken` where it broke off.
        """
        yield from self._say(self._thoughts.end())
        if self._finish_reason in _INCOMPLETE:
            raise UnfinishedResponse("incomplete", reason=_INCOMPLETE[self._finish_reason])
        if self._finish_reason is None:
            raise AnswerBroken
        calls = [call for call in self._calls if call.name]
        for call in calls:
            yield Call(call.name, call.arguments or "{}")
        if not calls and not self._message:
            yield from self._say(NO_ANSWER)

    def _say(self, text: str) -> Iterator[TextOutput]:
        if not self._message and (text := text.lstrip()):
            self._message = True
            yield Message()
        if text:
            yield Text(text)

    def _add(self, piece: Mapping[str, Any]) -> None:
        function = _object(piece.get("function"))
        index, call_id, name = piece.get("index") or 0, piece.get("id") or "", function.get("name") or ""
        call = self._latest.get(index)
        if call is None or not call.continued_by(call_id, name):
            call = self._latest[index] = _PartialCall(call_id, name, "")
            self._calls.append(call)
        call.name = call.name or name
        arguments = function.get("arguments") or ""
        call.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(content: object) -> str:
    """Return the text of a message's content: a text, or parts, of which some endpoints mark their thoughts as such."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in map(_object, content) if part.get("type") == "text")
    return content if isinstance(content, str) else ""


def arguments_of(text: str) -> dict[str, Any] | None:
    """Parse the arguments of a call; None where they are not a JSON object."""
    try:
        arguments = json.loads(text)
    except ValueError:
        return None
    return arguments if isinstance(arguments, dict) else None
