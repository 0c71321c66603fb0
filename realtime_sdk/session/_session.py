"""A session, as an application uses it. `SessionRuntime` runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeAlias, TypeVar, get_args, overload

from typing_extensions import Unpack

from .._runtime import arguments, clock
from .._runtime.credentials import concealed
from ..audio._session_formats import Formats, format_difference
from ..conversation._conversation import Conversation
from ..conversation._response import Response
from ..conversation._sdk_events import CaptionShown, SdkEvent
from ..conversation.items._items import FunctionCallItem
from ..conversation.message._playout import Playout
from ..conversation.usage._turn_timing import TurnTiming
from ..conversation.usage._usage import SessionUsage
from ..errors import UsageError
from ..protocol._codec import ClientEvent, ServerEvent
from ..protocol._field_names import SESSION_FIELDS, check_response_fields, check_session_fields
from ..protocol._fields import ResponseFields, SessionFields
from ..protocol._session import SessionUpdate
from ..tools._tool import Function, Tool
from ._operation import Operation, completed
from .input._user_input import UserInput
from .input._user_messages import UserMessages

if TYPE_CHECKING:
    from ._runtime import SessionRuntime

E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")

SessionState: TypeAlias = Literal["listening", "thinking", "speaking", "reconnecting", "closed"]
"""What a session does."""


_ENDINGS: Final = frozenset({"aclose", "close", "disconnect", "end", "hang_up", "stop"})
"""What other packages call the end of a session."""


class Session(UserInput):
    """One conversation with a realtime voice model. `connect` opens it; all methods belong to its event loop.

    To give the model something: `send_text`, `send_image`, `send_audio`, `respond`. To follow what comes: `responses`,
    `events`, `conversation`. To stop: `interrupt`, `pause`, `mute`. To change: `update`, `use`, `volume`. To wait until
    all was heard: `drained`. To measure: `usage`, `turns`.

    Every method acts when it is called, and returns an awaitable if there is something to wait for. A wrong argument is
    raised by the call, a failure of the server or of the connection by the awaitable.

    Awaiting a method that sends (`send_text`, `send_audio`, …) waits until the frame is on its way, which slows down an
    application that sends faster than the network.
    """

    def __init__(self) -> None:
        raise UsageError("connect(…) opens a session: async with connect(…) as session")

    @classmethod
    def _on(cls, runtime: SessionRuntime) -> Session:
        """Return the session that an application sees of a runtime."""
        session = cls.__new__(cls)
        session._runtime = runtime
        session._engine = runtime.engine
        session._controller = runtime.controller
        session._capture = runtime.audio.capture
        session._messages = UserMessages(runtime)
        return session

    def __repr__(self) -> str:
        return f"<Session {self._engine.session.id or ''} {len(self._engine.conversation)} items>"

    if not TYPE_CHECKING:  # a type checker knows by itself which attributes there are

        def __setattr__(self, name: str, value: object) -> None:
            if not name.startswith("_") and not hasattr(type(self), name):
                advice = f": await session.update({name}=…) changes it" if name in SESSION_FIELDS else ""
                raise UsageError(f"a session has no attribute {name!r} to be set{advice}")
            super().__setattr__(name, value)

        def __getattr__(self, name: str) -> NoReturn:
            problem = f"{type(self).__name__!r} object has no attribute {name!r}"
            if name in _ENDINGS:
                problem = (
                    f"a session has no {name}(): it ends when its block is left, by break, return, or because the task "
                    "in it is cancelled; another task sets an asyncio.Event for which the block waits"
                )
            raise AttributeError(problem, name=name, obj=self)

    # What a session reports

    @property
    def formats(self) -> Formats:
        """The formats of the audio on the wire, each way; here audio is PCM at their rates."""
        return self._runtime.audio.formats

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
        self._runtime.conversation_server.finish_restoring()
        return self._engine.conversation

    @property
    def usage(self) -> SessionUsage:
        """What it has cost so far in tokens, whichever connections its responses came over; transcriptions apart."""
        return self._engine.usage

    def turns(self) -> list[TurnTiming]:
        """When each turn of the user's reached which stage, oldest first, up to the first sound of the answer.

        The last 1000 turns are kept. `LatencySummary.of(session.turns())` sums them up.
        """
        return self._runtime.turn_reports.timer.turns

    async def drained(self) -> None:
        """Wait until all that was asked for has been heard: replies that play, are made, or were requested.

        That includes tools that run, and the user's turn, which is answered. It waits while playback is paused, and
        while a lost connection is replaced. In a session without a speaker it waits until the application has taken the
        audio from `item.audio()`; a warning in the log is a reminder of that. What is cut will not be heard, and is not
        waited for. Once the session is left it returns at once.

        Raises:
            ConnectionLost: the connection is lost for good, as `responses()` raises it; what was received until then
                has been heard.
            UsageError: a tool calls it, and would wait for itself.

        """
        self._assert_own_loop("drained")
        self._runtime.calls.assert_outside("drained")
        await self._runtime.rest.until_drained()

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
    def events(self, kind: type[E], /) -> AsyncIterator[E]: ...
    @overload  # of two and three kinds mypy would infer `object`
    def events(self, kind: type[E], second: type[F], /) -> AsyncIterator[E | F]: ...
    @overload
    def events(self, kind: type[E], second: type[F], third: type[G], /) -> AsyncIterator[E | F | G]: ...
    @overload
    def events(self, *kinds: type[E]) -> AsyncIterator[E]: ...
    def events(self, *kinds: type[E]) -> AsyncIterator[SdkEvent] | AsyncIterator[E]:
        """Every SDK event, from the first that was not read yet; the last 10 000 are kept.

        kinds: only events of these classes. `CaptionShown`, `InputLevel` and `OutputLevel` begin with the first call
        that asks for them: until then no words are timed, and no levels measured. Ends when the session has ended, and
        all that was received has been heard.
        """
        arguments.check_classes("events()", kinds, get_args(SdkEvent))
        if not kinds or CaptionShown in kinds:
            self._engine.settings.captions_requested = True
        return self._runtime.follow_events(kinds)

    def raw_events(self) -> AsyncIterator[ServerEvent]:
        """Every event of the server as it is read from the wire, of known types or not, from the first call on.

        The last 10 000 are kept for a slow reader. Ends with the connection.
        """
        return self._runtime.raw_events.follow()

    # Requests

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
        self._check_speaker(overrides)
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
        tools = concealed(tools)  # a traceback that shows variables shows no credentials of tools
        self._assert_own_loop("update")
        check_session_fields(session_fields, caller="update", also=("timeout",))
        self._check_speaker(session_fields)
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

        Raises:
            UsageError: an argument of a wrong kind, or an output that JSON can't hold.

        """
        self._assert_own_loop("send_tool_output")
        arguments.check_instance("call", call, FunctionCallItem, "a FunctionCallItem, from `response.items`")
        arguments.check_instance("output", output, str, "a string, such as json.dumps(…)")
        arguments.check_instance("respond", respond, bool, "True or False")
        effects = self._engine.calls.finish(call, output, clock.wall(), respond=respond)
        sent, *_ = self._runtime.apply(effects)
        return Operation(sent, "Session.send_tool_output")

    # Playback

    def interrupt(self) -> Operation[list[Playout]]:
        """Silence now; then the server cancels, truncates and forgets what was not heard.

        Running tools finish, but the model is not asked to continue with their results; `respond` calls that were not
        answered yet raise a `UsageError`. Await it for the playouts of the messages that were cut.
        """
        self._assert_own_loop("interrupt")
        effects, playouts = self._controller.interrupt(clock.wall())
        self._runtime.apply(effects)
        return completed(playouts, "Session.interrupt")

    def _check_speaker(self, fields: Mapping[str, Any]) -> None:
        """Refuse audio that nothing would play."""
        if self._runtime.engine.settings.writes_only and "audio" in (fields.get("output_modalities") or ()):
            raise UsageError(
                "this session has no speaker, because it was opened with output_modalities=['text']: open it with "
                "speaker=…, which is None if you take the audio from item.audio()"
            )
