"""How the conversation of a session reaches the server that holds it; an export is restored in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import anyio.lowlevel

from .._runtime import clock
from .._runtime.event_loop import assert_own_loop, own_event
from ..conversation._completion import Completion
from ..conversation._effects import Effects
from ..conversation.history._exported import read_items
from ..conversation.history._restoring import BURST
from ..conversation.requests._requests import Request
from ..protocol._conversation import ConversationItemCreate
from ..protocol._objects import WireItem
from ._operation import Operation
from ._runtime_base import RuntimeBase
from .connection._connection import Connection

T = TypeVar("T")


class SessionServer:
    """Restores, deletes and retrieves items over the connection of a session; one conversation is restored at a time.

    A short one is restored in the call, a longer one in a step in each turn of the event loop. What reads the
    conversation of the session, or sends something that belongs behind it, calls `finish_restoring` first: so the order
    is that of the calls, whether restoring is awaited or not.
    """

    def __init__(self, runtime: RuntimeBase) -> None:
        self._runtime = runtime
        self._steps: Iterator[Effects] | None = None  # those that are left; None: nothing is being restored
        self._restored: Completion[None] = Completion(own_event())
        self._connection: Connection | None = None  # whose server is given the items; None: none is yet
        self._not_given = 0  # items that no server was given yet

    def restore(self, items: Sequence[Any]) -> Operation[None]:
        """Restore items; a `UsageError` in the first step is raised here, later on by what is returned."""
        runtime = self._runtime
        assert_own_loop(runtime.loop, "restore")
        self.finish_restoring()
        if (refusal := runtime.refusal("conversation.item.create", "Conversation.restore", len(items))) is not None:
            return refusal
        restored = self._restored = Completion(own_event())
        self._connection, self._not_given = None, len(items)
        self._step(runtime.engine.restore(read_items(items), runtime.link.connection.ids))
        if len(items) <= BURST:
            self.finish_restoring()
        else:
            runtime.tasks.start_soon(self._run)
        return Operation(restored, "Conversation.restore")

    def delete(self, item_id: str) -> Operation[None]:
        """Delete an item."""
        return self._request("delete", self._runtime.engine.delete, item_id)

    def retrieve(self, item_id: str) -> Operation[WireItem]:
        """Ask for an item."""
        return self._request("retrieve", self._runtime.engine.retrieve, item_id)

    def _request(
        self, name: str, submit: Callable[[str, float], tuple[Request[T], Effects]], item_id: str
    ) -> Operation[T]:
        runtime = self._runtime
        assert_own_loop(runtime.loop, name)
        if (refusal := runtime.refusal(f"conversation.item.{name}", f"Conversation.{name}")) is not None:
            return refusal
        self.finish_restoring()
        request, effects = submit(item_id, clock.wall())
        return runtime.request(request, effects, f"Conversation.{name}")

    def finish_restoring(self) -> None:
        """Restore at once what is left."""
        while self._steps is not None:
            self._step_on(self._steps)

    async def _run(self) -> None:
        while self._steps is not None:
            self._step_on(self._steps)
            await anyio.lowlevel.checkpoint()

    def _step_on(self, steps: Iterator[Effects]) -> None:
        try:
            self._step(steps)
        except Exception as failure:  # it is the caller's, and ends no session
            if not self._restored.waiters:
                self._runtime.log.warning(f"a conversation was not restored: {failure}")
            self._restored.set_exception(failure)

    def _step(self, steps: Iterator[Effects]) -> None:
        self._steps = None  # what it sends itself need not wait for it
        effects = next(steps, None)
        if effects is None or (effects.send and not self._send(effects)):
            self._end()
        else:
            self._steps = steps

    def _send(self, effects: Effects) -> bool:
        """Give the server some items; return False if its connection was lost: the next server is given the rest."""
        link = self._runtime.link
        self._connection = self._connection or link.connection
        if self._connection is not link.connection or not link.is_open:
            return False
        for event in effects.send:
            if isinstance(event, ConversationItemCreate):
                self._not_given -= 1
        self._runtime.apply(effects)
        return True

    def _end(self) -> None:
        link = self._runtime.link
        if link.end_reason is not None and self._not_given > 0:
            self._runtime.log.not_sent("conversation.item.create", self._not_given)
            self._restored.set_exception(link.end_reason)
        self._restored.set_result(None)
