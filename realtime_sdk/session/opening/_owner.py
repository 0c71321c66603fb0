"""Opens a session with its devices, transport and tap, holds it open, and closes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
from anyio.abc import TaskGroup

from ..._runtime.threads import load_in_thread
from ...capture.echo._canceller import EchoCanceller
from ...devices._protocols import InputDevice, OutputDevice
from ...errors import ConnectionLost
from ...transports._transport import Transport
from .._closing import Parts
from .._defaults import Default
from ..connection._reconnect import Reconnect, final_cause
from ..connection._targets import Target
from ..observers._tap import Tap, leave, tap_of, wait_opened
from ._setup import Setup, with_devices
from ._task_owner import END_TIMEOUT, TaskOwner
from ._together import openings_of, together

if TYPE_CHECKING:
    from .._runtime import SessionRuntime
    from ..connection._reconnector import Reconnector

T = TypeVar("T")

SETTLE_TIMEOUT: Final = 0.2
"""Seconds of `END_TIMEOUT` for the server to end what was interrupted: the way there and back."""


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """The parts of a session as the application asked for them; its fields may hold credentials, so it has no repr."""

    targets: Sequence[Target]  # the server, and the one to fall back to
    reconnect: Reconnect | None
    session_fields: Mapping[str, Any]  # of the wire
    setup: Setup  # without its devices
    microphone: InputDevice | Default | None
    taps: Sequence[Tap]
    record: str | Path | None
    speaker: OutputDevice | Default | None = None
    echo_canceller: EchoCanceller | Default | None = None


class SessionOwner(TaskOwner[T]):
    """Opens a session with its devices, transport and tap, and closes them all.

    kind, opener: as for `TaskOwner`. show: returns what an application sees of a runtime.
    """

    def __init__(
        self, plan: Plan, kind: Callable[[], type[T]], opener: str, show: Callable[[SessionRuntime], T]
    ) -> None:
        super().__init__(kind, opener)
        self._plan = plan
        self._show = show
        self._setup: Setup | None = None  # None until it is being opened
        self._transport: Transport | None = None  # None until it is connected
        self._runtime: SessionRuntime | None = None  # None until the devices are open, too
        self._reconnector: Reconnector | None = None  # likewise
        self._tap: Tap | None = None  # likewise, and where nothing is recorded

    async def _open(self, background: TaskGroup) -> T:
        plan = self._plan
        setup = self._setup = await with_devices(plan.setup, plan.speaker, plan.microphone, plan.echo_canceller)
        self._device_user.reserve(setup.speaker, setup.microphone)
        formats = setup.formats
        devices = openings_of(setup.speaker, formats.output.rate, setup.microphone, formats.input.rate)
        await together(*devices, self._connect)
        for delay in self._delays():
            reconnector = await self._begin(background, setup)
            try:
                await reconnector.runtime.open(plan.session_fields, may_be_over=plan.reconnect is None)
                break
            except ConnectionLost as lost:
                if delay is None or final_cause(lost) is not None:
                    raise
            await anyio.sleep(delay)
            await self._connect()
        reconnector.start()
        return self._show(reconnector.runtime)

    async def _connect(self) -> None:
        """Open a connection."""
        self._runtime = self._reconnector = None  # those of one that was lost while the session was opened
        loading = asyncio.ensure_future(_load())
        try:
            self._transport = await self._plan.targets[0].connect(None)
            await loading
        finally:
            loading.cancel()  # where no connection came about

    async def _begin(self, background: TaskGroup, setup: Setup) -> Reconnector:
        """Make a session on the connection, and have it receive."""
        assert self._transport is not None  # it was opened
        from .._runtime import SessionRuntime
        from ..connection._connection import Connection
        from ..connection._reconnector import Reconnector
        from ..observers._log import SessionLog

        log = SessionLog()
        if self._tap is None:
            self._tap = tap_of(self._plan.record, setup.formats, self._plan.taps)
            await wait_opened(self._tap)
        connection = Connection(self._transport, self._tap, log, self._plan.targets[0].dialect)
        self._runtime = SessionRuntime(connection, background, setup, self._tap, log, self._device_user)
        self._reconnector = reconnector = Reconnector(
            self._runtime, self._plan.reconnect, self._plan.targets, background, self._tap, log
        )
        background.start_soon(reconnector.receive, connection)
        background.start_soon(connection.deliver)
        return reconnector

    def _delays(self) -> list[float | None]:
        """Seconds after which a connection that was lost while it was opened is followed by another; None: by none."""
        policy = self._plan.reconnect
        return [None] if policy is None else [policy.first_delay, 4 * policy.first_delay, None]

    async def _end(self, lost: ConnectionLost | None) -> None:
        if self._reconnector is not None:
            self._reconnector.end()
        leave(self._tap)
        if self._runtime is not None and self._reconnector is not None:
            with anyio.move_on_after(END_TIMEOUT, shield=True):
                try:
                    if lost is None:
                        await self._settle(self._runtime, self._reconnector)
                finally:
                    self._runtime.leave(lost)
                await self._runtime.wait_until_over()

    def _parts(self) -> Parts:
        if self._runtime is not None:
            return Parts(self._runtime.devices.in_use, self._runtime.link.connection, self._transport, self._tap)
        devices = () if self._setup is None else (self._setup.microphone, self._setup.speaker)
        return Parts(devices, None, self._transport, self._tap)

    async def _settle(self, runtime: SessionRuntime, reconnector: Reconnector) -> None:
        """Have the server forget what was interrupted, and is still being made there; it is silent meanwhile."""
        if runtime.engine.forgetting:
            runtime.audio.end()
            with anyio.move_on_after(SETTLE_TIMEOUT):
                await reconnector.settle()


async def _load() -> None:
    """Have a thread load what a session is, and all that runs it."""
    session = __name__.removesuffix(".opening._owner")
    for module in ("connection._reconnector", "_session"):
        await load_in_thread(f"{session}.{module}")
