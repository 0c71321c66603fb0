"""A session, as an application uses it. `SessionRuntime` runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, get_args, overload

from typing_extensions import Unpack

from .._runtime import arguments, clock
from .._runtime.event_loop import assert_own_loop
from ..audio._pcm import Pcm
from ..audio._session_formats import Formats, format_difference
from ..capture._capture import Capture
from ..capture._pipeline import Mute
from ..conversation._conversation import Conversation
from ..conversation._engine import Engine
from ..conversation._items import FunctionCallItem
from ..conversation._playout import Playout
from ..conversation._response import Response
from ..conversation._sdk_events import CaptionShown, SdkEvent
from ..conversation._streams import FilteredReader
from ..errors import UsageError
from ..playback._pause_reason import PauseReason
from ..protocol._codec import ClientEvent, ServerEvent
from ..protocol._conversation import ConversationItemCreate
from ..protocol._field_names import check_response_fields, check_session_fields
from ..protocol._fields import ResponseFields, SessionFields
from ..protocol._input_audio import InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from ..protocol._session import SessionUpdate
from ..tools._tool import Function, Tool
from ..turns._controller import TurnController
from ._images import data_url
from ._operation import Operation, completed
from ._runtime import SessionRuntime

E = TypeVar("E")

SessionState: TypeAlias = Literal["listening", "thinking", "speaking", "reconnecting", "closed"]
"""What a session does."""


class Session:
    """One conversation with a realtime voice model. `connect` opens it; all methods belong to its event loop.

    Every method acts when it is called, and returns an awaitable if there is something to wait for. A wrong argument is
    raised by the call, a failure of the server or of the connection by the awaitable.

    Awaiting a method that sends (`send_text`, `send_audio`, …) waits until the frame is on its way, which slows down an
    application that sends faster than the network.
    """

    _runtime: SessionRuntime
    _engine: Engine
    _controller: TurnController
    _capture: Capture

    def __init__(self) -> None:
        raise UsageError("connect(…) opens a session: async with connect(…) as session")

    @classmethod
    def _on(cls, runtime: SessionRuntime) -> Session:
        """Return the session that an application sees of a runtime."""
        session = cls.__new__(cls)
        session._runtime = runtime
        session._engine = runtime.engine
        session._controller = runtime.controller
        session._capture = runtime.capture
        return session

    def __repr__(self) -> str:
        return f"<Session {self._engine.session.id or ''} {len(self.conversation)} items>"

    # What a session reports

    @property
    def formats(self) -> Formats:
        """The formats of the audio on the wire, each way; here audio is PCM at their rates."""
        return self._runtime.formats

    @property
    def state(self) -> SessionState:
        """What the session does.

        `"listening"`, `"thinking"` (a reply is requested, or being made, and not heard yet), `"speaking"` (a reply is
        heard), `"reconnecting"` (there is no connection; a reply may still be heard), or `"closed"`.
        """
        if self._runtime.link.end_reason is not None:
            return "closed"
        if not self._runtime.link.is_open:
            return "reconnecting"
        if self._engine.audible:
            return "speaking"
        return "thinking" if self._engine.response_pending or self._engine.speaking else "listening"

    @property
    def settings(self) -> Mapping[str, Any]:
        """The wire's session object as the server last described it."""
        return self._engine.session.wire

    @property
    def conversation(self) -> Conversation:
        """The items so far, in order; their texts are those that were heard."""
        return self._engine.conversation

    def responses(self) -> AsyncIterator[Response]:
        """The responses in the order the server created them, from the first that was not read yet.

        Ends quietly when the session is left, or when the server closes the connection regularly (code 1000).

        Raises:
            ConnectionLost: the connection ended in any other way.

        """
        return self._engine.responses.follow()

    @overload
    def events(self) -> AsyncIterator[SdkEvent]: ...
    @overload
    def events(self, *kinds: type[E]) -> AsyncIterator[E]: ...
    def events(self, *kinds: type[E]) -> AsyncIterator[SdkEvent] | AsyncIterator[E]:
        """Every SDK event, from the first that was not read yet; the last 10 000 are kept.

        kinds: only events of these classes. Only `CaptionShown` events start with the first call: until they are
        requested, no words are timed. Ends when the session has ended, and all that was received has been heard.
        """
        arguments.check_classes("events()", kinds, get_args(SdkEvent))
        if not kinds or CaptionShown in kinds:
            self._engine.settings.captions_requested = True
        events = self._runtime.events
        return FilteredReader(events.follow(kinds), kinds) if kinds else events.follow()

    def raw_events(self) -> AsyncIterator[ServerEvent]:
        """Every event of the server as it is read from the wire, of known types or not, from the first call on.

        The last 10 000 are kept for a slow reader. Ends with the connection.
        """
        return self._runtime.raw_events.follow()

    # Input and requests

    def send_text(self, text: str, *, respond: bool = True, interrupt: bool = False) -> Operation[None]:
        """Send a text of the user's, and have it answered unless `respond` is False.

        Texts that are sent during a reply share the one that follows it. A server that refuses is reported as a
        `ServerError`.

        interrupt: stop a reply that is playing, as the user's speech does; otherwise the answer follows it.
        """
        self._assert_own_loop("send_text")
        arguments.check_text("text", text)
        if interrupt:
            effects, _ = self._controller.cut(clock.wall())
            self._runtime.apply(effects)
        content = [{"type": "input_text", "text": text}]
        return self._send_message("send_text", content, respond=respond)

    def send_image(self, image: Any, *, respond: bool = False) -> Operation[None]:
        """Send an image: encoded bytes, a path, or a PIL image.

        Raises:
            UsageError: not a PNG, JPEG, GIF or WebP image, larger than 8 MiB, a file that can't be read, or a server
                whose dialect has no images.

        """
        self._assert_own_loop("send_image")
        dialect = self._runtime.link.connection.dialect
        if not dialect.capabilities.images:
            raise UsageError(f"the server takes no images: its dialect, {dialect.name}, has none")
        content = [{"type": "input_image", "image_url": data_url(image)}]
        return self._send_message("send_image", content, respond=respond)

    def send_audio(self, pcm: Pcm | bytes) -> Operation[None]:
        """Add audio to the server's input buffer: int16 mono at the rate of `formats.input`.

        pcm: an array of shape (frames,), or its bytes.

        Raises:
            UsageError: another dtype or shape, or half a frame.

        """
        self._assert_own_loop("send_audio")
        return self._send("send_audio", InputAudioBufferAppend(audio=self._capture.encode(pcm)))

    def commit_audio(self) -> Operation[None]:
        """Make the input buffer a user's message. A server that detects turns does so by itself."""
        self._assert_own_loop("commit_audio")
        return self._send("commit_audio", InputAudioBufferCommit())

    def clear_audio(self) -> Operation[None]:
        """Drop what is in the input buffer, and with it a turn of the user's that is not a message yet."""
        self._assert_own_loop("clear_audio")
        sent = self._send("clear_audio", InputAudioBufferClear())
        self._runtime.apply(self._controller.cleared(clock.wall()))
        return sent

    def send(self, event: ClientEvent | Mapping[str, Any]) -> Operation[None]:
        """Send any client event, a model or a dict.

        Raises:
            UsageError: it has no `type`, or holds what JSON can't.

        """
        self._assert_own_loop("send")
        return self._send("send", event)

    def respond(
        self, *, interruptible: bool = True, timeout: float | None = None, **overrides: Unpack[ResponseFields]
    ) -> Operation[Response]:
        """Ask for a response; await it for the response once the server has begun it. Never collides with another one.

        A caller that is cancelled withdraws the request: what still comes of it is not heard.

        Args:
            interruptible: False: the user's speech does not cut it (a greeting that must be heard); `interrupt()` does.
            timeout: seconds within which the server begins it; left out, those of `connect`.
            **overrides: fields of the wire's `response.create.response`, for this response only.

        Raises:
            UsageError: an unknown field, a value that JSON can't hold, or `interrupt()` came before the answer.
            ServerRefused: the server refused.
            RequestTimedOut: the server did not answer in time.
            ConnectionLost: the connection has ended.

        """
        self._assert_own_loop("respond")
        check_response_fields(overrides, also=("interruptible", "timeout"))
        if (refusal := self._runtime.refusal("response.create", "Session.respond")) is not None:
            return refusal
        request, effects = self._engine.submit(
            overrides, clock.wall(), interruptible=interruptible, timeout=timeout, exclusive=True
        )
        return self._runtime.request(request, effects, "Session.respond")

    def update(
        self, *, tools: Iterable[Tool | Function | Mapping[str, Any]] | None = None, timeout: float | None = None,
        **session_fields: Unpack[SessionFields],
    ) -> Operation[Mapping[str, Any]]:  # fmt: skip
        """Change the session; await it for the session object once the server has confirmed the change.

        Args:
            tools: those that replace the present ones, as for `connect`; the wire's object of a function that is known
                here keeps it. None: they stay.
            timeout: seconds within which the server confirms it; left out, those of `connect`.
            **session_fields: fields of the wire's session object.

        Raises:
            UsageError: an unknown field, a value that JSON can't hold, turn detection that contradicts `turns` or
                `barge_in`, or another audio format: devices keep those that the session was opened with.
            ServerRefused: the server refused.
            RequestTimedOut: the server did not answer in time.
            ConnectionLost: the connection has ended.

        """
        self._assert_own_loop("update")
        check_session_fields(session_fields, caller="update", also=("timeout",))
        fields = self._controller.update_fields(session_fields)
        toolbox = None
        if tools is not None:
            toolbox, fields["tools"] = self._runtime.tools.current.replaced_by(tools)
        update = SessionUpdate.of(fields)
        if other := format_difference(self.formats, update.session):
            raise UsageError(f"the audio formats are chosen when the session is opened: {other}")
        if (refusal := self._runtime.refusal("session.update", "Session.update")) is not None:
            return refusal
        request, effects = self._engine.update(update, clock.wall(), timeout)
        if toolbox is not None:
            self._runtime.update_tools(toolbox, request)
        return self._runtime.request(request, effects, "Session.update")

    def send_tool_output(self, call: FunctionCallItem, output: str, *, respond: bool = True) -> Operation[None]:
        """Answer a function call by hand; once all calls of its response are answered, the model goes on.

        respond: False: the model is not asked to go on.
        """
        self._assert_own_loop("send_tool_output")
        arguments.check_instance("call", call, FunctionCallItem, "a FunctionCallItem, from `response.items`")
        arguments.check_instance("output", output, str, "a string, such as json.dumps(…)")
        effects = self._engine.finish_call(call, output, clock.wall(), respond=respond)
        sent, *_ = self._runtime.apply(effects)
        return Operation(sent, "Session.send_tool_output")

    # Playback and microphone

    def interrupt(self) -> Operation[list[Playout]]:
        """Silence now; then the server cancels, truncates and forgets what was not heard.

        Running tools finish, but the model is not asked to continue with their results; `respond` calls that were not
        answered yet raise a `UsageError`. Await it for the playouts of the messages that were cut.
        """
        self._assert_own_loop("interrupt")
        effects, playouts = self._controller.interrupt(clock.wall())
        self._runtime.apply(effects)
        return completed(playouts, "Session.interrupt")

    def press(self) -> Operation[list[Playout]]:
        """Push to talk: stop the reply as `interrupt` does, and listen. Await it for the playouts that were cut.

        Raises:
            UsageError: the session was not opened with `turns=Turns.push_to_talk()`.

        """
        self._assert_own_loop("press")
        captured = self._capture.press(clock.wall())
        effects, playouts = self._controller.press(clock.wall())
        self._runtime.apply(effects)
        self._runtime.apply_captured(captured)
        return completed(playouts, "Session.press")

    def release(self) -> bool:
        """Push to talk: have the turn answered; False if the press was under 100 ms, of which nothing is sent."""
        self._assert_own_loop("release")
        long_enough, captured = self._capture.release(clock.wall())
        self._runtime.apply(self._controller.released(clock.wall(), long_enough=long_enough))
        self._runtime.apply_captured(captured)
        return long_enough

    def pause(self) -> None:
        """Pause playback at the exact frame, and the captions with it; a `UsageError` without a speaker."""
        self._assert_own_loop("pause")
        if self._runtime.sink is None:
            raise UsageError("there is no speaker to pause: the application plays the audio itself")
        self._runtime.sink.pause(PauseReason.APPLICATION)
        self._runtime.wake()

    def resume(self) -> None:
        """Continue with the frame after the last one heard."""
        self._assert_own_loop("resume")
        if self._runtime.sink is not None:
            self._runtime.sink.resume(PauseReason.APPLICATION)
            self._runtime.wake()

    def mute(self, *, hard: bool = False) -> None:
        """Send silence in place of the microphone's audio, so that the server's turn detection keeps running.

        hard: send nothing at all; a turn that the server has detected stays open meanwhile.
        """
        self._assert_own_loop("mute")
        self._capture.mute(Mute.HARD if hard else Mute.SOFT, clock.wall())

    def unmute(self) -> None:
        """Send the microphone's audio."""
        self._assert_own_loop("unmute")
        self._capture.mute(Mute.NONE, clock.wall())

    def _send(self, method: str, event: ClientEvent | Mapping[str, Any]) -> Operation[None]:
        return Operation(self._runtime.send(event), f"Session.{method}")

    def _send_message(self, method: str, content: list[dict[str, Any]], *, respond: bool) -> Operation[None]:
        item = {"type": "message", "role": "user", "content": content}
        sent = self._send(method, ConversationItemCreate(item=item))
        if respond and self._runtime.link.end_reason is None:
            self._runtime.apply(self._engine.submit_continuation(clock.wall()))
        return sent

    def _assert_own_loop(self, name: str) -> None:
        assert_own_loop(self._runtime.loop, name)
