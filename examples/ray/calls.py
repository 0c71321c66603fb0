"""The calls of one worker: which are expected, which are here, and how busy they make its core."""

import asyncio
import time

from call import Call, Moving

ARRIVAL = 30.0  # seconds within which a caller comes to the address that the gateway was given


class Calls:
    """What a dispatcher asks a worker. `address`: where its lines come to, empty until it listens."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.address = ""
        self.expected: dict[str, Call] = {}  # those that have a place here, until they leave or are handed over
        self.here: dict[str, Call] = {}  # those whose line has come
        self._is_draining = False
        self._changed = asyncio.Event()  # set when a call leaves, and replaced
        self._cutting = asyncio.Lock()
        self._measured = 0.0, 0.0, 0.0  # loop time, CPU seconds by then, and the core's share in the second before

    @property
    def takes_calls(self) -> bool:
        """Whether there is room for another."""
        return bool(self.address) and not self._is_draining and len(self.expected) < self.room

    async def load(self) -> tuple[bool, int] | None:
        """Whether its core is nearly taken, and the number of calls: the less, the better. None: it takes no more."""
        at, spent, share = self._measured
        now, spent_now = asyncio.get_running_loop().time(), time.process_time()
        if now - at >= 1.0:
            share = (spent_now - spent) / (now - at)
            self._measured = now, spent_now, share
        return (share > 0.7, len(self.expected)) if self.takes_calls else None

    async def expect(self, call_id: str, moving: Moving | None = None) -> str | None:
        """Expect a call; return the address of its line. None: there is no room; one that moves finds room always."""
        if not self.takes_calls and moving is None:
            return None
        self.expected[call_id] = call = Call(moving)
        asyncio.get_running_loop().call_later(ARRIVAL, self._give_up, call_id, call)
        return self.address

    async def where(self, call_id: str) -> str | None:
        """The address of a call's line, if the call is here."""
        return self.address if call_id in self.expected else None

    async def hand_over(self, call_id: str, patience: float) -> Moving | None:
        """Take a call apart, for another worker. None: it has not begun, or its caller has hung up."""
        if (call := self.expected.get(call_id)) is None:
            return None
        await call.turn_ended(patience)
        async with self._cutting:  # one at a time: the lines of the others report meanwhile what was heard
            moving = await call.take_apart()
        self.leave(call_id, call)
        return moving

    async def release(self, call_id: str) -> None:
        """End a call that was handed over: its gateway asks where it goes on."""
        if call_id in self.here:
            self.here[call_id].release()

    async def drain(self) -> list[str]:
        """Take no more calls; return those that are left."""
        self._is_draining = True
        return list(self.expected)

    async def emptied(self) -> None:
        """Wait until no call is left."""
        while self.expected or self.here:
            await self._changed.wait()

    def leave(self, call_id: str, call: Call) -> None:
        """A call is no longer here: its line has gone, or did not come, or it moves."""
        if self.expected.get(call_id) is call:
            del self.expected[call_id]
        self._changed.set()
        self._changed = asyncio.Event()

    def _give_up(self, call_id: str, call: Call) -> None:
        if self.here.get(call_id) is not call:
            self.leave(call_id, call)
