"""Keeps a session connected: receives, connects again after a loss, and renews before the server's session expires."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from ..._runtime import clock
from ..._runtime.event_loop import own_event
from ..._runtime.randomness import own_random
from ...conversation._completion import Completion
from ...conversation.history._history import Restoration
from ...errors import ConnectionFailed, ConnectionLost, RealtimeError
from ...protocol._base import Object
from ...protocol._codec import ServerEvent
from ...protocol._conversation import ConversationCreated
from ...protocol._service import ErrorEvent
from ...protocol._session import SessionUpdated
from ...transports._transport import REGULAR_CLOSE
from .._runtime import SessionRuntime
from ..observers._log import SessionLog
from ..observers._tap import Tap
from ._backoff import Backoff
from ._carry_over import resume, suspend
from ._connection import BURST, Connection
from ._handover import Handover, with_error
from ._reconnect import Reconnect, explained, final_cause, refuses_key
from ._state import TRANSITIONS, ConnectionEvent, ConnectionState
from ._targets import Target, Targets

PROVEN_AFTER: Final = 20.0
"""Seconds after which a connection counts as a success: one that is lost before then is a failed attempt."""

RENEWAL_PAUSE: Final = 30.0
"""Seconds between two renewals, at least, also where one failed: of a server whose sessions all expire at one time, the
next ones would expire ever sooner."""


class Reconnector:
    """Keeps a session connected.

    policy: None: a connection that is lost ends the session.
    """

    def __init__(
        self, runtime: SessionRuntime, policy: Reconnect | None, targets: Sequence[Target], tasks: TaskGroup,
        tap: Tap | None, log: SessionLog,
    ) -> None:  # fmt: skip
        self.state = ConnectionState.OPEN
        self.runtime = runtime
        self._policy = Reconnect(renew_before=0.0) if policy is None else policy
        self._targets = Targets(targets, again=policy is not None)
        self._tasks = tasks
        self._tap = tap
        self._log = log
        self._number = 0  # of the last connection
        self._opened_at = clock.wall()  # of the present one
        self._renewed_at = -math.inf  # wall clock of the last renewal
        self._expires_at: float | None = None  # wall clock at which its server ends the session; None: it does not say
        self._random = own_random()  # of the pauses between attempts
        self._event_factory = own_event()
        self._loss: Completion[ConnectionLost] = Completion(self._event_factory)  # of the present connection
        self._started = False  # the session is open: from now on losses are carried on
        self._last: ServerEvent | None = None  # the last event of the present connection
        self._conversation_id: str | None = None  # by which its server resumes the conversation; None: it does not

    async def receive(self, connection: Connection) -> None:
        """Receive from a connection, until it is lost or another one has taken its place."""
        try:
            while self.runtime.link.connection is connection:
                self._on_frame(await connection.receive())
                for number, frame in enumerate(connection.arrived(), 1):
                    if self.runtime.link.connection is not connection:
                        break
                    self._on_frame(frame)
                    if number % BURST == 0:
                        await anyio.lowlevel.checkpoint()  # one read of the socket may bring hundreds
        except ConnectionLost as lost:
            if self.runtime.link.connection is connection and self.runtime.link.end_reason is None:
                self._lose(with_error(lost, self._last.error if isinstance(self._last, ErrorEvent) else None))
        await connection.close()

    def _on_frame(self, frame: bytes | str) -> None:
        self._last = event = self.runtime.handle_frame(frame)
        if isinstance(event, SessionUpdated):
            self._targets.has_confirmed()
        elif isinstance(event, ConversationCreated):
            self._conversation_id = (event.conversation or {}).get("id")

    async def settle(self) -> None:
        """Receive until the server has ended what was interrupted, once no task receives any more.

        What it has made by then is only known here once it comes, and only then forgotten there.
        """
        runtime, connection = self.runtime, self.runtime.link.connection
        try:
            while runtime.engine.forgetting and runtime.link.is_open:
                self._on_frame(await connection.receive())
        except ConnectionLost:
            pass  # and its server has forgotten all

    def start(self) -> None:
        """The session is open: keep it connected until it ends."""
        self._started = True
        self._opened_at = clock.wall()
        opened = self.runtime.engine.ready.result
        self._expires_at = None if opened is None else opened.expires_at
        self._tasks.start_soon(self._run)

    async def _run(self) -> None:
        while not self._is_over:
            with anyio.move_on_after(self._seconds_until_renewal()):
                await self._loss
            if not self._loss.done:
                await self._renew()
            elif not self._is_over:
                await self._reconnect()

    def end(self) -> None:
        """The session is over."""
        self._step(ConnectionEvent.END)

    # Losses

    @property
    def _is_over(self) -> bool:
        return self.state is ConnectionState.CLOSED

    def _lose(self, lost: ConnectionLost) -> None:
        """The present connection was lost: decide at once whether the session goes on."""
        may_be_over = self.runtime.engine.joins_a_call or not self._targets  # the call may have ended
        if (cause := self._final_cause(self._targets.present, lost)) is not None:
            self._give_target_up(self._targets.present, cause)
            lost = explained(lost)
        is_regular = (lost.code == REGULAR_CLOSE and may_be_over) or self._targets.present.is_over()
        if is_regular or not self._started or not self._targets:
            self._end(lost, None if is_regular else lost)
        else:
            self._step(ConnectionEvent.LOSE)
            suspend(self.runtime, lost)
        self._loss.set_result(lost)

    def _final_cause(self, target: Target, failure: RealtimeError) -> str | None:
        """Return why no other attempt at a server can succeed; None: one may."""
        asks_again = refuses_key(failure) and self._targets.refuses_key(target)
        return None if asks_again else final_cause(failure)

    def _give_target_up(self, target: Target, cause: str) -> None:
        """Do not connect to a server again; where there is no other, the session ends, and says why."""
        self._targets.give_up(target)
        if self._targets:
            self._log.warning(f"{target.name} is not connected to again: {cause}")

    def _end(self, lost: ConnectionLost, failure: ConnectionLost | None) -> None:
        self._step(ConnectionEvent.END)
        self.runtime.end(lost, failure)

    async def _reconnect(self) -> None:
        """Connect again, and wait until that has proven to last; end the session if it can't be."""
        lost_at, backoff = clock.now(), Backoff(self._policy, self._random)
        failure = await self._connect(backoff)
        while failure is not None and await self._goes_on_after(failure, backoff):
            failure = await self._connect(backoff)
        if failure is not None and not self._is_over:
            given_up = _given_up(failure, clock.now() - lost_at)
            self._end(given_up, given_up)

    async def _goes_on_after(self, failure: RealtimeError, backoff: Backoff) -> bool:
        """Wait until the next attempt is due; return False if none is: no server is left to try, or no time."""
        if self._is_over or not self._targets:
            return False
        pause, left = backoff.next_pause(self._asked_pause(failure)), backoff.left
        await anyio.sleep(min(pause, left))
        return pause < left

    async def _connect(self, backoff: Backoff) -> RealtimeError | None:
        """Make an attempt; return why it failed, or why the connection has not lasted; None: it has."""
        try:
            with anyio.move_on_after(backoff.left) as limit:
                await self._attempt()
            if limit.cancelled_caught:
                self._step(ConnectionEvent.FAIL)
                return ConnectionFailed(f"{self._targets.next.name} has not opened a session by then")
            await self._wait_until_proven(backoff)
        except RealtimeError as failure:
            return failure
        return None

    def _asked_pause(self, failure: RealtimeError) -> float:
        """Seconds for which a server asks to be left alone: those that count, where there is no other."""
        asked = failure.retry_after if isinstance(failure, ConnectionFailed) and len(self._targets) == 1 else None
        return asked or 0.0

    async def _attempt(self) -> None:
        """Open a connection, and go on there."""
        self._step(ConnectionEvent.CONNECT)
        target = self._targets.next
        try:
            resumes = self._resumes(target)
            async with self._opened(target, resumes=resumes) as handover:
                self._step(ConnectionEvent.OPEN)
                await handover.configure(self._fields(target), confirms=self._targets.confirms(target))
                restoration = self.runtime.engine.suspension.restoration(self.runtime.link.unconfirmed.audio)
                if resumes:
                    await handover.keep(restoration)
                await handover.give(restoration)
                self._step(ConnectionEvent.RESTORE)
                self._take_over(target, handover, restoration, renewed=False)
        except RealtimeError as failure:
            self._step(ConnectionEvent.FAIL)
            self._targets.postpone(target)
            if (cause := self._final_cause(target, failure)) is not None:
                self._give_target_up(target, cause)
            else:
                self._log.warning(f"no connection yet: {failure}")
            raise

    def _resumes(self, target: Target) -> bool:
        """Whether a server goes on with the conversation of the last connection."""
        can_resume = target is self._targets.present and target.dialect.capabilities.resumption
        return can_resume and self._conversation_id is not None

    def _fields(self, target: Target) -> Object:
        """The configuration in force, as a server takes it."""
        fields = self.runtime.engine.requests.updates.fields_in_force
        resumption = target.dialect.capabilities.resumption
        return {name: value for name, value in fields.items() if resumption or name != "resumption"}

    async def _wait_until_proven(self, backoff: Backoff) -> None:
        """Wait until the connection has lasted for some time.

        Raises:
            ConnectionLost: it has not.

        """
        opened_at = clock.now()
        with anyio.move_on_after(PROVEN_AFTER):
            lost = await self._loss
            backoff.add_connected(clock.now() - opened_at)
            raise lost
        self._targets.has_lasted()

    @asynccontextmanager
    async def _opened(self, target: Target, *, resumes: bool) -> AsyncIterator[Handover]:
        """Open a connection, whose server has opened a session; it is closed unless it takes over.

        resumes: the server goes on with the conversation of the last connection.
        """
        transport = await target.connect(self._conversation_id if resumes else None)
        self._number += 1
        engine, ids = self.runtime.engine, self.runtime.link.connection.ids
        is_kept = resumes or engine.joins_a_call
        ids = ids.continued(self._number) if is_kept else ids.succeeded(self._number, engine.item_ids)
        connection = Connection(transport, self._tap, self._log, target.dialect, ids)
        self._tasks.start_soon(connection.deliver)
        handover = Handover(connection, self._log, self.runtime.observe)
        try:
            await handover.open(joins_a_call=self.runtime.engine.joins_a_call)
            yield handover
        finally:
            if self.runtime.link.connection is not connection:
                connection.end(ConnectionLost("the connection was not used"))
                with anyio.CancelScope(shield=True):
                    await connection.close()

    def _take_over(self, target: Target, handover: Handover, restoration: Restoration, *, renewed: bool) -> None:
        """The session goes on over this connection."""
        self._targets.present, self._last = target, None
        self._opened_at, self._expires_at = clock.wall(), handover.expires_at
        self._renewed_at = self._opened_at if renewed else self._renewed_at
        self._loss = Completion(self._event_factory)
        resume(self.runtime, handover, restoration, renewed=renewed)
        self._tasks.start_soon(self.receive, handover.connection)

    # Renewal

    def _seconds_until_renewal(self) -> float:
        """Seconds until the server's session is to be renewed; infinity: never."""
        expires_at = self.runtime.engine.session.expires_at or self._expires_at
        renews = self._policy.renew_before and not self.runtime.engine.joins_a_call
        if not renews or expires_at is None:
            return math.inf
        lifetime = expires_at - self._opened_at
        if lifetime <= 0:  # the clocks differ: it is not known when it expires
            return math.inf
        due_at = self._opened_at + max(lifetime - self._policy.renew_before, lifetime / 2)
        return max(0.0, max(due_at, self._renewed_at + RENEWAL_PAUSE) - clock.wall())

    async def _renew(self) -> None:
        """Open a successor, and let it take over at the end of a turn; the present connection goes on until then."""
        self._step(ConnectionEvent.RENEW)
        renewed = False
        async with anyio.create_task_group() as group:
            group.start_soon(self._cancel_when_lost, group)
            try:
                async with self._opened(self._targets.present, resumes=False) as successor:
                    await self._prepare(successor)
                    renewed = True
            except RealtimeError as failure:
                self._log.warning(f"the session can't be renewed yet: {failure}")
            group.cancel_scope.cancel()
        if self.state is ConnectionState.RENEWING and not renewed:
            self._step(ConnectionEvent.KEEP)
            with anyio.move_on_after(RENEWAL_PAUSE):
                await self._loss

    async def _cancel_when_lost(self, group: TaskGroup) -> None:
        await self._loss
        group.cancel_scope.cancel()

    async def _prepare(self, successor: Handover) -> None:
        """Give the successor the configuration and the history, and switch to it at the end of a turn."""
        engine, link, target = self.runtime.engine, self.runtime.link, self._targets.present
        restoration = engine.suspension.restoration(link.unconfirmed.audio)
        configured: Object | None = None
        while not (self.runtime.rest.is_quiet and configured == self._fields(target)):
            if configured != self._fields(target):
                configured = self._fields(target)
                await successor.configure(configured, confirms=self._targets.confirms(target))
            await self.runtime.rest.until_quiet()
            await successor.give(restoration)
        if self._loss.done:  # just now: the cancellation of this task is on its way
            return
        former = link.connection
        self._take_over(target, successor, restoration, renewed=True)
        self._step(ConnectionEvent.SWITCH)  # at once: the successor may be lost while the other one closes
        former.end(ConnectionLost("the connection was renewed"))
        with anyio.CancelScope(shield=True):
            await former.close()

    def _step(self, event: ConnectionEvent) -> None:
        if not self._is_over:  # a task that is about to be cancelled may go on for a step
            self.state = TRANSITIONS[self.state, event]


def _given_up(failure: RealtimeError, seconds: float) -> ConnectionLost:
    """Return the error with which a session ends that has had no lasting connection for `seconds`."""
    if isinstance(failure, ConnectionFailed):
        cause = final_cause(failure)
        why = f"{cause}: {failure}" if cause else f"no lasting connection for {seconds:.0f} s: {failure}"
        code = failure.code if isinstance(failure, ConnectionLost) else None
        return ConnectionLost(
            f"the session ended: {why}", code=code, reason=why, status=failure.status, error=failure.error
        )
    return ConnectionLost(f"the session ended, it can't be restored on a new connection: {failure}")
