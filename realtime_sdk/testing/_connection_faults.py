"""Faults of a connection as data: how it ends, falls silent or is refused, and in which phase."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from .._runtime.arguments import check_duration, check_instance, check_text, shown
from ..errors import UsageError
from ..server._items import Event
from ._faults import check_nth

ABNORMAL: Final = 1006
"""The close code that stands for TCP ending without a close frame; it is never sent."""


class Phase(enum.Enum):
    """A moment in the life of a connection, at which a fault can strike."""

    CONNECTING = "the handshake came, and is not answered"
    OPENED = "the handshake is over, and nothing is sent"
    CREATED = "session.created is sent"
    CONFIGURING = "a session.update came, and is not answered"
    CONFIGURED = "session.updated is sent"
    ADDING = "an item of the client came, such as a text or the output of a tool, and is not added"
    ASKED = "a response.create came, and is not answered"
    USER_SPEAKING = "the beginning of the user's speech is sent"
    COMMITTED = "the user's turn is an item"
    THINKING = "response.created is sent"
    STREAMING = "a delta of audio is sent"
    IN_TOOL = "response.done is sent, and the response calls a function"
    DONE = "response.done is sent, and the response calls no function"

    def __repr__(self) -> str:
        return f"Phase.{self.name}"


_BEGINNINGS: Final[Mapping[str, Phase]] = {
    "session.created": Phase.CREATED,
    "session.update": Phase.CONFIGURING,
    "session.updated": Phase.CONFIGURED,
    "conversation.item.create": Phase.ADDING,
    "response.create": Phase.ASKED,
    "input_audio_buffer.speech_started": Phase.USER_SPEAKING,
    "input_audio_buffer.committed": Phase.COMMITTED,
    "response.created": Phase.THINKING,
    "response.output_audio.delta": Phase.STREAMING,
}
"""The phase that an event of either side begins; `response.done` begins one of two."""


@dataclass(frozen=True, slots=True)
class Close:
    """The server closes the connection with a WebSocket close code; frames in flight arrive.

    code: 1006 ends TCP without a close frame.
    """

    code: int = 1000
    reason: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.code, int) or not (self.code in _CLOSE_CODES or 3000 <= self.code < 5000):
            raise UsageError(
                "code is a close code that may be sent: 1000, 1001, 1011, 3000 to 4999, …, or 1006 for none, "
                f"not {self.code!r}"
            )
        check_text("reason", self.reason)


_CLOSE_CODES: Final = frozenset({1000, 1001, 1002, 1003, ABNORMAL, *range(1007, 1015)})


INVALID_API_KEY: Final = Close(3000, "invalid_request_error.invalid_api_key")
"""The service was given no key, or a wrong one."""

INVALID_MODEL: Final = Close(4000, "invalid_request_error.invalid_model")
"""The service was given no model, or one where none belongs."""

BETA_DISABLED: Final = Close(4000, "invalid_request_error.beta_api_shape_disabled")
"""The service was asked for the retired beta."""


@dataclass(frozen=True, slots=True)
class Reset:
    """TCP is reset: frames in flight are lost."""


@dataclass(frozen=True, slots=True)
class Silence:
    """TCP stays open and the server reads and sends nothing more, not even an answer to a ping."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The session ends as the service ends it after an hour: an error `session_expired`, and a close with 1001."""


ConnectionFault: TypeAlias = Close | Reset | Silence | Expire
"""How a connection ends, or falls silent."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The server refuses the handshake with an HTTP status.

    code: that of the error in the body; left out, the service's for this status. body: what is sent in place of the
    service's JSON, such as a page of a proxy.
    """

    status: int = 503
    code: str = ""
    body: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.status, bool) or not isinstance(self.status, int) or not 400 <= self.status < 600:
            raise UsageError(f"status is an HTTP status that refuses, 400 to 599, not {self.status!r}")
        check_text("code", self.code)
        if self.body is not None:
            check_text("body", self.body)

    @property
    def text(self) -> str:
        """The body of the answer."""
        if self.body is not None:
            return self.body
        code, message = _ERRORS.get(self.status, ("server_error", "The server had an error."))
        kind = "server_error" if self.status >= 500 else "invalid_request_error"
        return json.dumps({"error": {"type": kind, "code": self.code or code, "message": message, "param": None}})


_ERRORS: Final[Mapping[int, tuple[str, str]]] = {
    401: ("invalid_api_key", "Incorrect API key provided."),
    403: ("model_not_allowed", "Your project does not have access to this model."),
    404: ("model_not_found", "The model does not exist or you do not have access to it."),
    429: ("insufficient_quota", "You exceeded your current quota, please check your plan and billing details."),
    503: ("server_overloaded", "The server is overloaded or not ready yet."),
}
"""Code and message of the service's error by HTTP status."""


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that is due."""

    fault: ConnectionFault
    after: float  # seconds until it strikes


@dataclass(slots=True, eq=False)
class _Planned:
    strike: Strike
    phase: Phase
    left: int  # times that the phase begins until it is due


class FaultPlan:
    """The faults to come on the connections of a server."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []

    def add(self, fault: ConnectionFault, at: Phase, nth: int, after: float) -> None:
        """Plan a fault for the `nth` time that a phase begins from now on, on any connection.

        Raises:
            UsageError: an argument is of a wrong kind.

        """
        check_fault(fault)
        check_instance("at", at, Phase, "a Phase, such as Phase.THINKING")
        check_nth(nth)
        check_duration("after", after)
        self._planned.append(_Planned(Strike(fault, after), at, nth))

    def enter(self, phase: Phase) -> Iterator[Strike]:
        """Take the faults that are due as a phase begins."""
        for planned in [each for each in self._planned if each.phase is phase]:
            planned.left -= 1
            if not planned.left:
                self._planned.remove(planned)
                yield planned.strike

    def pass_event(self, event: Event) -> list[Strike]:
        """Take the faults that are due as an event passes, of either side."""
        phase = _phase_of(event) if self._planned else None
        return [] if phase is None else list(self.enter(phase))


def check_fault(fault: object) -> None:
    """Refuse a value that is no fault of a connection."""
    if not isinstance(fault, ConnectionFault):
        raise UsageError(f"a fault of a connection is Close(…), Reset(), Silence() or Expire(), not {shown(fault)}")


def _phase_of(event: Event) -> Phase | None:
    kind: Any = event.get("type")
    if kind == "response.done":
        calls = any(item["type"] == "function_call" for item in event["response"]["output"])
        return Phase.IN_TOOL if calls else Phase.DONE
    return _BEGINNINGS.get(kind) if isinstance(kind, str) else None
