"""What the fake servers share: a record of events, refusals of connections, and tasks while a server is entered."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from types import TracebackType
from typing import Any, Self

import anyio
from anyio.abc import TaskGroup

from .._runtime.arguments import check_duration, check_instance, check_seconds, check_text, nearest
from .._runtime.text import describe
from ..errors import ConnectionFailed, UsageError
from ..server._connection import Channel
from ..server._items import Event
from ..transports._refused_handshake import refused_handshake
from ._background import Background
from ._connection_faults import Refuse


class Record:
    """The events on all connections of a server."""

    def __init__(self) -> None:
        self.received: list[Event] = []  # from clients, in order, but frames that are no objects
        self.sent: list[Event] = []  # in order
        self._changed = anyio.Event()  # set at the next client event

    def receive(self, event: Event) -> None:
        """Record an event of a client."""
        self.received.append(event)
        self._changed.set()

    async def wait(self) -> None:
        """Wait until the next client event is recorded."""
        self._changed = anyio.Event()
        await self._changed.wait()


class Serving:
    """Serves connections within `async with`, each in a task.

    name: its name in messages. kinds: the types of client events. latency: seconds that a frame is in flight on a
    connection in memory; jitter: seconds more or less.
    """

    def __init__(self, name: str, record: Record, kinds: Collection[str], latency: float, jitter: float) -> None:
        check_duration("latency", latency)
        check_duration("jitter", jitter)
        self.name: str = name
        self.received: list[Event] = record.received
        self.sent: list[Event] = record.sent
        self._record = record
        self._kinds = kinds
        self._latency = latency
        self._jitter = jitter
        self._refusals: deque[Refuse] = deque()  # answers to the next connections
        self._background: Background | None = None  # None outside `async with`

    async def __aenter__(self) -> Self:
        self._background = await Background.open(self.name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._background is not None  # set by __aenter__
        background, self._background = self._background, None
        await background.close()

    def refuse_connections(self, count: int = 1, refusal: Refuse | None = None) -> None:
        """Refuse the next `count` connections, after those that are to be refused already.

        refusal: the answer to the handshake; left out, HTTP 503.
        """
        _check_count(count)
        answer = Refuse() if refusal is None else refusal
        check_instance("refusal", answer, Refuse, 'a Refuse, such as Refuse(429, "insufficient_quota")')
        self._refusals += [answer] * count

    @property
    def refused(self) -> list[dict[str, Any]]:
        """The error objects that it sent."""
        return [event["error"] for event in self.sent if event["type"] == "error"]

    async def wait_for(self, kind: str, count: int = 1, *, timeout: float = 60.0) -> Event:
        """Wait until `count` client events of a type have come since the server was made; return the last of them.

        Raises:
            TimeoutError: they have not come within `timeout` seconds; it names the types of those that have.
        """
        __tracebackhide__ = True
        check_text("kind", kind)
        if kind not in self._kinds and (meant := nearest(kind, self._kinds)) is not None:
            raise UsageError(f"no client event has the type {kind!r} (did you mean {meant!r}?)")
        _check_count(count)
        check_seconds("timeout", timeout)
        with anyio.move_on_after(timeout):
            while len(events := self._received(kind)) < count:
                await self._record.wait()
            return events[count - 1]
        came = ", ".join(dict.fromkeys(str(event.get("type")) for event in self.received)) or "none"
        raise TimeoutError(f"{count} of {kind!r} did not come within {timeout:g} s; types that came: {came}")

    def _received(self, kind: str) -> list[Event]:
        return [event for event in self.received if event.get("type") == kind]

    def _tasks(self, hint: str = "") -> TaskGroup:
        """The tasks in which connections in memory are served.

        Raises:
            UsageError: the server is not entered; `hint` is added to the text.
            ConnectionFailed: one of them has failed, with the error that leaving the server raises.

        """
        if self._background is None:
            raise UsageError(f"the {type(self).__name__} is not entered: enter it first (async with server: …){hint}")
        if (failure := self._background.failure) is not None:
            raise ConnectionFailed(f"{self.name} has failed: {describe(failure)}") from failure
        return self._background.tasks

    def _admit_in_memory(self, api_key: str | None) -> None:
        """Raise the refusal of a connection in memory, if there is one."""
        if self._refusals:
            refusal = self._refusals.popleft()
            raise refused_handshake(self.name, refusal.status, refusal.text.encode(), with_key=api_key is not None)

    async def _admit(self, channel: Channel) -> tuple[int, str] | None:
        """Answer a handshake on a socket; None: it is accepted."""
        if not self._refusals:
            return None
        refusal = self._refusals.popleft()
        return refusal.status, refusal.text


def _check_count(count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise UsageError(f"count is a positive whole number, not {count!r}")
