"""Opens a stream session with its devices, connection and recorder, and closes them all."""

from __future__ import annotations

from typing import TypeVar

import anyio
from anyio.abc import TaskGroup

from ..errors import ConnectionLost
from ..recording._recorder import Recorder
from ..session._closing import Parts
from ..session.connection._connection import Connection
from ..session.observers._log import SessionLog
from ..session.observers._tap import wait_opened
from ..session.opening._task_owner import END_TIMEOUT, TaskOwner
from ..session.opening._together import openings_of, together
from ..transports._transport import Transport
from ._lifecycle import LiveState
from ._plan import StreamPlan
from ._runtime import StreamRuntime
from ._session import StreamSession

S = TypeVar("S", bound=StreamSession)


class StreamOwner(TaskOwner[S]):
    """Opens a stream session of one kind on entering, and closes it on leaving."""

    def __init__(self, plan: StreamPlan, kind: type[S], opener: str) -> None:
        super().__init__(lambda: kind, opener)
        self._plan = plan
        self._make = kind
        self._runtime: StreamRuntime | None = None  # None until it is connected
        self._transport: Transport | None = None  # likewise
        self._recorder: Recorder | None = None  # likewise, and where nothing is recorded

    async def _open(self, background: TaskGroup) -> S:
        plan = self._plan
        self._device_user.reserve(plan.speaker, plan.microphone)
        rate = plan.format.rate
        await together(*openings_of(plan.speaker, rate, plan.microphone, rate), self._connect)
        assert self._transport is not None  # it was opened
        self._recorder = plan.make_recorder()
        await wait_opened(self._recorder)
        log = SessionLog()
        connection = Connection(self._transport, self._recorder, log)
        self._runtime = runtime = StreamRuntime(
            connection, background, plan, self._recorder, log, self._device_user
        )
        background.start_soon(runtime.receive)
        background.start_soon(connection.deliver)
        await runtime.open()
        return self._make._on(runtime)

    async def _connect(self) -> None:
        self._transport = await self._plan.connect()

    async def _end(self, lost: ConnectionLost | None) -> None:
        if self._runtime is not None:
            with anyio.move_on_after(END_TIMEOUT, shield=True):
                await self._finish(self._runtime)
            self._runtime.leave(lost)

    def _parts(self) -> Parts:
        if self._runtime is not None:
            return Parts(self._runtime.devices.in_use, self._runtime.connection, self._transport, self._recorder)
        return Parts((self._plan.microphone, self._plan.speaker), None, self._transport, self._recorder)

    async def _finish(self, runtime: StreamRuntime) -> None:
        """Silence the loudspeaker, and have the server close the session, which reports its final usage."""
        runtime.audio.silence()
        runtime.close("close")
        if runtime.engine.lifecycle.state is not LiveState.OPENING:
            await runtime.engine.lifecycle.ended
        await runtime.audio.wait_until_silent()
