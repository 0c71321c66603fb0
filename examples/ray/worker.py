"""Many calls in one process: begun, asked, and handed over to another process with what was heard of them."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from realtime_sdk import MessageItem, NullSpeaker, Session, connect


@dataclass
class Call:
    """A running call; `stack` ends it."""

    session: Session
    stack: AsyncExitStack


@dataclass
class Moving:
    """A call between two workers: its conversation as it was heard, and whether the model is to go on."""

    history: dict[str, Any]
    unfinished: bool


class Worker:
    """Runs calls on its event loop; an actor of Ray has a process and a core. `options` are those of `connect`."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._calls: dict[str, Call] = {}
        self._measured = 0.0, 0.0  # loop time and CPU seconds at the last `load`

    async def load(self) -> tuple[bool, int]:
        """Whether its core is nearly taken, and its calls: the less of both, the less busy."""
        (at, spent), self._measured = self._measured, (asyncio.get_running_loop().time(), time.process_time())
        core = (self._measured[1] - spent) / max(self._measured[0] - at, 0.01)
        return core > 0.7, len(self._calls)

    async def begin(self, call_id: str, moving: Moving | None = None) -> None:
        """Begin a call, or take over a moving one: the model goes on where it was cut."""
        stack = AsyncExitStack()
        speaker = NullSpeaker()  # the caller's line stands here: realtime_sdk.lines
        session = await stack.enter_async_context(connect(microphone=None, speaker=speaker, **self._options))
        self._calls[call_id] = Call(session, stack)
        if moving is not None:
            session.conversation.restore(moving.history)
            if moving.unfinished:
                await session.respond(instructions="If you were cut off, go on from your last word, without a comment.")

    async def ask(self, call_id: str, text: str) -> None:
        """Let the caller say something; the answer is heard meanwhile."""
        await self._calls[call_id].session.send_text(text)

    async def heard(self, call_id: str, *, drained: bool = False) -> list[str]:
        """What either side has heard so far; `drained`: once all that was asked for was heard."""
        session = self._calls[call_id].session
        if drained:
            await session.drained()
        return [item.heard for item in session.conversation if isinstance(item, MessageItem)]

    async def hand_over(self, call_id: str, patience: float) -> Moving:
        """End a call here, between two turns if that comes within `patience` seconds; else the model is cut."""
        call = self._calls.pop(call_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await call.session.drained()
        unfinished = call.session.state in ("thinking", "speaking")
        await call.session.interrupt()  # what was heard until now is in the conversation, and nothing else
        moving = Moving(call.session.conversation.export(), unfinished)
        await call.stack.aclose()
        return moving

    async def end(self, call_id: str) -> None:
        """End a call."""
        await self._calls.pop(call_id).stack.aclose()
