"""The application's side of a server: a `Backend` that responds, a `SpeechInput` that detects and transcribes turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from ..audio._pcm import Pcm, check_pcm


@dataclass(frozen=True, slots=True)
class Message:
    """A new message item begins; the parts, text and audio that follow belong to it."""

    phase: str | None = None  # "commentary", "final_answer", or None: the key is then absent on the wire


@dataclass(frozen=True, slots=True)
class Part:
    """Another content part of the current message begins; the first one begins by itself."""


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the current part's transcript (of its text, where the response has no audio)."""

    delta: str


@dataclass(frozen=True, slots=True)
class Audio:
    """The next piece of the current part's audio: int16 mono of shape (frames,) at 24 000 Hz.

    Raises:
        UsageError: `pcm` is something else.
    """

    pcm: Pcm

    def __post_init__(self) -> None:
        check_pcm(self.pcm)


@dataclass(frozen=True, slots=True)
class Call:
    """A function call item, whole: `arguments` is a JSON object as text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, eq=False)
class HostedCall:
    """A call of a tool of an MCP server, which this server makes by itself.

    `run` is called once the client has approved, where it has to; it returns the tool's output, or raises
    `HostedToolError`.
    """

    server_label: str
    name: str
    arguments: str
    run: Callable[[], Awaitable[str]]


class HostedToolError(Exception):
    """A hosted tool failed; `error` is the wire's object, with a `type` and a `message`."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.error = error


ToolLister: TypeAlias = Callable[[dict[str, Any]], Awaitable[Sequence[dict[str, Any]]]]
"""Returns the tools of the tool server that a wire's `mcp` object names, or raises `HostedToolError`."""

Output: TypeAlias = Message | Part | Text | Audio | Call | HostedCall
"""What a backend yields."""


@dataclass(frozen=True, slots=True)
class Request:
    """One response to give: the conversation as the server holds it, and the settings in force."""

    items: Sequence[dict[str, Any]]  # wire items in conversation order; user audio has its `transcript` filled in
    instructions: str = ""
    tools: Sequence[dict[str, Any]] = ()
    voice: str = ""
    audio: bool = True  # False: the response is text only
    extra: dict[str, Any] = field(default_factory=dict)  # the other fields of the session and of `response.create`


class UnfinishedResponse(Exception):
    """Raised by a backend to end a response that it can't complete.

    status: "incomplete" with a `reason` (`max_output_tokens`, `content_filter`), or "failed" with an `error`: an object
    of `type`, `code` and `message`. Any other exception of a backend also fails the response, and is logged.
    """

    def __init__(self, status: Literal["incomplete", "failed", "cancelled"], **details: Any) -> None:
        super().__init__(f"{status}: {details}")
        self.status = status
        self.details = details


class Backend(Protocol):
    """Responds to requests; one object serves all sessions."""

    def respond(self, request: Request) -> AsyncIterator[Output]:
        """Return an async generator of the response's items, piece by piece and in order.

        Where the response is cancelled, the generator is cancelled at its `await` and closed. Text and audio of a part
        may come in any order and faster than real time.
        """
        ...


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The user began to speak at this frame of the session's input."""

    frame: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The user had fallen silent at this frame of the session's input."""

    frame: int


class SpeechInput(Protocol):
    """Turn detection and transcription for one session. Frames count from the session's first appended sample."""

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        """Process the next input audio at 24 000 Hz; return the boundaries of speech that it revealed.

        Called on the event loop: it has to return within a few milliseconds.
        """
        ...

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        """Adopt the session's `turn_detection` object; None: no detection."""
        ...

    def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        """Transcribe one committed turn: yield pieces of its transcript, which joined are the whole."""
        ...
