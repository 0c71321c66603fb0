"""One call: a telephone line and a session, which is taken apart on one worker and put together on another."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from realtime_sdk import ConnectionLost, Session, connect
from realtime_sdk.lines import MediaStreamLine

IN_A_WORD = 'You were cut off in your last word, "{}". Say this word again, and go on, without a comment.'
AFTER_A_WORD = 'You were cut off after your last word, "{}". Go on after it, without a comment.'

G711 = {"input_format": "audio/pcmu", "output_format": "audio/pcmu"}  # what the line carries: nothing is converted


@dataclass(frozen=True)
class Moving:
    """A call between two workers."""

    history: dict[str, Any]  # the conversation as it was heard
    go_on: str | None  # how the model goes on with its answer; empty: with all of it; None: the user speaks next


class Call:
    """A call, from when it is expected here until its caller hangs up or it was handed over."""

    def __init__(self, moving: Moving | None = None) -> None:
        self._moving = moving  # what it brings from another worker
        self._session: Session | None = None  # until its caller is here
        self._released = asyncio.Event()

    async def carry(self, line: MediaStreamLine, **options: Any) -> None:
        """Talk over `line` until the caller hangs up, the service is lost, or the call was handed over."""
        async with connect(microphone=line.microphone, speaker=line.speaker, **G711, **options) as session:
            self._session = session
            if self._moving is None:
                session.respond()  # the model speaks first
            else:
                await session.conversation.restore(self._moving.history)
                if self._moving.go_on:
                    session.respond(instructions=f"{options.get('instructions', '')}\n{self._moving.go_on}")
                elif self._moving.go_on is not None:
                    session.respond()
            ends = [asyncio.create_task(line.carry(session)), asyncio.create_task(self._released.wait())]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()

    async def turn_ended(self, patience: float) -> None:
        """Wait until what was asked for has been heard, for at most `patience` seconds."""
        if self._session is not None:
            with suppress(TimeoutError, ConnectionLost):
                async with asyncio.timeout(patience):
                    await self._session.drained()

    async def take_apart(self) -> Moving | None:
        """Fall silent, and return what another worker goes on from; None: it has not begun. The line stays open."""
        if self._session is None:
            return self._moving
        self._session.mute()
        go_on = None if self._session.state == "listening" else ""
        for cut in await self._session.interrupt():  # what was heard until now is in the conversation, and nothing else
            message = next(item for item in self._session.conversation if item.id == cut.item_id)
            if words := [word async for word in message.captions()]:
                go_on = (IN_A_WORD if words[-1].end > cut.position else AFTER_A_WORD).format(words[-1].text.strip())
        return Moving(self._session.conversation.export(), go_on)

    def release(self) -> None:
        """End the call on this worker: the gateway then asks where it goes on."""
        self._released.set()
