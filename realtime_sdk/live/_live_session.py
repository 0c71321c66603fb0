"""A conversation with GPT-Live, as an application uses it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from .._runtime.arguments import check_instance, check_text
from ..conversation.items._items import FunctionCallItem
from ..errors import UsageError
from ..session._operation import Operation
from ..tools._result import ToolResult
from ._events import Delegation
from ._session import StreamSession

HISTORY_LIMIT: Final = 128
"""Messages that a new session takes as its history; beyond that, it also limits their tokens (8192)."""


class LiveSession(StreamSession):
    """A spoken conversation with GPT-Live, which listens and speaks at the same time.

    The model decides itself when to speak, and stops when the user interrupts it. It hands work over to the application
    or to a backend model (`DelegationStarted`); text that it is given meanwhile is spoken (`say`) or not (`think`).
    """

    def say(self, text: str, *, delegation: Delegation | str | None = None) -> Operation[None]:
        """Give the model something to tell the user, in its own words; done once it is in the model's context.

        delegation: the work, or its id, of which this is a result. At most 500 tokens.
        """
        return self._append("commentary", "say", text, delegation)

    def think(self, text: str, *, delegation: Delegation | str | None = None) -> Operation[None]:
        """Give the model something to know that is not spoken, such as the progress of work; as `say` otherwise.

        It may still come up in what the model says later: it is no place for secrets.
        """
        return self._append("thinking", "think", text, delegation)

    def instruct(self, text: str, *, delegation: Delegation | str | None = None) -> Operation[None]:
        """Add to the model's instructions, which may make it stop or speak now; as `say` otherwise."""
        return self._append("instructions", "instruct", text, delegation)

    def send_text(self, text: str) -> Operation[None]:
        """Have the backend model answer a text of the user's; the answer is spoken. Done once the text is sent.

        The model answers when it has no other response in progress, and every function call has its output.

        Raises:
            UsageError: there is no backend model: the session was opened without `delegation={"type": "responses", …}`.

        """
        self._assert_own_loop("send_text")
        _check_words("send_text", text)
        self._require_backend("send_text")
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        return self._runtime.send("response.item.create", "LiveSession.send_text", partial(self._engine.ask, item))

    def send_tool_output(
        self, call: FunctionCallItem | str, output: str, *, respond: bool = True
    ) -> Operation[None]:
        """Answer a function call of the backend model that no tool answers: the call, or its `call_id`.

        The outputs of a response's calls are sent together, once all of them are there. respond: whether the backend
        model is to go on with it.

        Raises:
            UsageError: there is no backend model, or it made no such call.

        """
        self._assert_own_loop("send_tool_output")
        self._require_backend("send_tool_output")
        if not isinstance(call, str):
            check_instance("call", call, FunctionCallItem, "a FunctionCallItem, or its call_id")
        check_instance("output", output, str, "a string, such as json.dumps(…)")
        call_id = call if isinstance(call, str) else call.call_id
        answer = partial(self._engine.answer, call_id, ToolResult(output, respond))
        return self._runtime.send("response.item.create", "LiveSession.send_tool_output", answer)

    def update(self, *, delegation: Mapping[str, Any]) -> Operation[None]:
        """Change the settings of the backend model; done once the server has confirmed them.

        delegation: the wire's object, `{"type": "responses", "responses": {…}}`; nothing else of a session can change.
        """
        self._assert_own_loop("update")
        check_instance("delegation", delegation, Mapping, 'a mapping, such as {"type": "responses", "responses": {…}}')
        event = {"type": "session.update", "session": {"delegation": dict(delegation)}}
        return self._runtime.command(event, "LiveSession.update")

    def mute(self) -> Operation[None]:
        """Send silence in place of the microphone's audio, and have the server ignore the user's audio altogether.

        Done once the server has confirmed it; silence is sent at once.
        """
        super().mute()
        return self._runtime.command({"type": "session.input_audio.mute"}, "LiveSession.mute")

    def unmute(self) -> Operation[None]:
        """Send the microphone's audio, and have the server hear it again."""
        super().unmute()
        return self._runtime.command({"type": "session.input_audio.unmute"}, "LiveSession.unmute")

    def history(self) -> list[dict[str, Any]]:
        """The `input` of this session and what was heard so far, as the `input` of a next one: the last 128 messages.

        A session that has ended can't be continued; another one begins with this text, and without its sound.
        """
        said = [(it.speaker, "".join(caption.text for caption in it.captions).strip()) for it in self.transcript]
        heard = [_message(role, text) for role, text in said if text]
        return [*map(dict, self._engine.input), *heard][-HISTORY_LIMIT:]

    def _append(self, kind: str, name: str, text: str, delegation: Delegation | str | None) -> Operation[None]:
        self._assert_own_loop(name)
        _check_words(name, text)
        if not isinstance(delegation, str | None):
            check_instance("delegation", delegation, Delegation, "a Delegation, or its id")
        delegation_id = delegation.id if isinstance(delegation, Delegation) else delegation
        event = {"type": f"session.{kind}.append", "content": text, "delegation_id": delegation_id}
        return self._runtime.command(event, f"LiveSession.{name}")

    def _require_backend(self, name: str) -> None:
        if not self._runtime.has_backend:
            raise UsageError(
                f"{name}() is for a backend model: open the session with "
                'delegation={"type": "responses", "responses": {"model": …}}'
            )


def _check_words(name: str, text: str) -> None:
    check_text("text", text)
    if not text.strip():
        raise UsageError(f"{name}() was given an empty text")


def _message(role: str | None, text: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
