"""The task that owns the session of an `async with`, whichever tasks the caller enters and leaves it in."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from types import TracebackType
from typing import TYPE_CHECKING, Final, Generic, NoReturn, TypeVar

import anyio
from anyio.abc import TaskGroup

from ..._runtime import clock
from ..._runtime.event_loop import assert_own_loop, require_asyncio
from ...errors import ConnectionFailed, ConnectionLost, RealtimeError, UsageError
from .._closing import CLOSE_TIMEOUT, TAP_TIMEOUT, Parts, close_parts, wait_for_end
from ..audio._device_user import DeviceUser

T = TypeVar("T")

END_TIMEOUT: Final = 0.3
"""Seconds for queued events to be sent, and for audio that the device can't take back to be heard: the fade, and the
driver's buffer."""

LEAVE_TIMEOUT: Final = END_TIMEOUT + CLOSE_TIMEOUT + 0.05
"""Seconds that a caller waits for the owner to end: a session is left within a second, even if a part hangs."""

_log = logging.getLogger("realtime_sdk.session")

_owners: Final[set[asyncio.Task[None]]] = set()
"""Every owner task that runs: an event loop does not keep its tasks alive."""


class _State(Enum):
    NEW = "new"
    ENTERED = "entered"
    LEFT = "left"  # leaving, or left


class TaskOwner(AbstractAsyncContextManager[T, None], Generic[T]):
    """Opens a session on entering and closes it on leaving; the two may happen in different tasks of one event loop.

    Task group, devices, transport and tap belong to one task, the owner: a cancellation of the caller's tasks
    does not reach it, and a failure of the session's own background does not cancel them.
    """

    def __init__(self, kind: Callable[[], type], opener: str) -> None:
        self._kind = kind  # returns the class of the session, which is loaded while that is opened
        self._opener = opener  # the function that made this owner
        self._device_user = DeviceUser()
        self._state = _State.NEW
        self._owner: asyncio.Task[None] | None = None  # None until entered
        self._background: TaskGroup | None = None  # the session's tasks; None until entered
        self._opened = asyncio.Event()  # set once the session is open, or will never be
        self._session: T | None = None  # None until it is open
        self._closed = False  # its parts are
        self._failure: BaseException | None = None  # to be raised to the caller, once; None: nothing is

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state.value}>"

    def __await__(self) -> NoReturn:
        raise UsageError(self._not_entered)

    if not TYPE_CHECKING:  # a type checker knows by itself that the owner is no session

        def __getattr__(self, name: str) -> NoReturn:
            if not name.startswith("_") and hasattr(self._kind(), name):
                raise UsageError(f"there is no session yet to take {name!r} from: {self._not_entered}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    async def __aenter__(self) -> T:
        require_asyncio("a session")
        if self._state is not _State.NEW:
            raise UsageError(f"this session was opened before: call {self._opener}(...) again for another one")
        self._state = _State.ENTERED
        self._background = anyio.create_task_group()
        self._owner = asyncio.create_task(self._run(self._background), name="realtime session")
        _owners.add(self._owner)
        self._owner.add_done_callback(self._ended)
        try:
            await self._opened.wait()
        except asyncio.CancelledError:
            await self._leave(self._owner)
            raise
        self._raise_failure()
        if self._session is None or self._owner.done():
            raise ConnectionFailed("the session's own task was cancelled while it opened the session")
        return self._session

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owner is None:
            raise UsageError(
                f"this session was never opened: enter it first (async with {self._opener}(...) as session)"
            )
        if not self._owner.done():
            assert_own_loop(self._owner.get_loop(), "__aexit__")
            if (cancelled := await self._leave(self._owner)) is not None:
                raise cancelled
        if error is None:
            self._raise_failure()

    async def _leave(self, owner: asyncio.Task[None]) -> asyncio.CancelledError | None:
        """Have the owner end, and wait for that; return the cancellation that arrived meanwhile, if one did."""
        assert self._background is not None  # made before the owner
        self._state = _State.LEFT
        self._background.cancel_scope.cancel()
        if anyio.get_current_task().parent_id == id(owner):
            return None  # one of the session's tools leaves it: the owner waits for that tool in its turn
        cancelled = await wait_for_end([owner], clock.now() + LEAVE_TIMEOUT)
        if not self._closed:
            cancelled = await wait_for_end([owner], clock.now() + TAP_TIMEOUT) or cancelled
        if not owner.done():
            _log.warning("the session is left, but one of its tasks, such as a tool, does not end when it is cancelled")
        return cancelled

    def _raise_failure(self) -> None:
        """Raise the owner's failure, once; one of this package without the frames below, as its text says all."""
        failure, self._failure = self._failure, None
        if failure is not None:
            if isinstance(failure, RealtimeError):
                _log.debug("why the session failed:", exc_info=failure)
                failure.__traceback__ = None
            try:
                raise failure
            finally:
                del failure  # it refers to this frame

    # The owner task

    async def _run(self, background: TaskGroup) -> None:
        """Open the session, hold it until it is left or fails, and close it."""
        lost: ConnectionLost | None = None
        try:
            async with background:
                try:
                    self._session = await self._open(background)
                    self._opened.set()
                    await anyio.sleep_forever()
                except Exception as error:
                    self._failure = error
                finally:
                    lost = self._reason(background)
                    background.cancel_scope.cancel()
                    await self._close(lost)
                    self._closed = True
        except BaseExceptionGroup as failures:
            failure = _first_error(failures)
            if isinstance(failure, Exception):
                _log.error("the session ended by an internal error", exc_info=failures)
            if lost is not None:
                lost.__cause__ = failure
            self._failure = self._failure or failure

    def _ended(self, owner: asyncio.Task[None]) -> None:
        # Here, not in the owner: a task that is cancelled before its first step never runs.
        _owners.discard(owner)
        self._opened.set()

    @property
    def _not_entered(self) -> str:
        return f"{self._opener}(…) opens a session when it is entered; use: async with {self._opener}(…) as session"

    @abstractmethod
    async def _open(self, background: TaskGroup) -> T:
        """Open all parts, and start the session's tasks."""

    @abstractmethod
    async def _end(self, lost: ConnectionLost | None) -> None:
        """End the session, and wait until it is silent. lost: why it ends without being left; None: it was left."""

    @abstractmethod
    def _parts(self) -> Parts:
        """What is open by now."""

    async def _close(self, lost: ConnectionLost | None) -> None:
        """End the session, and close what was opened.

        A native cancellation, such as that of a loop that shuts down, passes through anyio's shields: it cuts the
        end short, does not reach the closing, and is raised after it.
        """
        cancelled: asyncio.CancelledError | None = None
        try:
            await self._end(lost)
        finally:
            cancelled = await close_parts(self._device_user, self._parts())
        if cancelled is not None:
            raise cancelled

    def _reason(self, background: TaskGroup) -> ConnectionLost | None:
        """Why the session ends without being left, for readers of its responses; None: it was left."""
        if self._state is _State.LEFT:
            return None
        if background.cancel_scope.cancel_called:
            return ConnectionLost("the session ended by an internal error, which is in the log")
        return ConnectionLost("the session ended because its own task was cancelled")


def _first_error(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of a group that is not itself a group."""
    error: BaseException = failures
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
