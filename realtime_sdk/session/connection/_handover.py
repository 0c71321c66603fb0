"""Hands a session over to a new server: gives it the configuration, and the history as it was heard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

import anyio
import anyio.lowlevel

from ...conversation._refusal import refusal_of
from ...conversation.history._history import Restoration
from ...errors import ConnectionFailed, ConnectionLost
from ...protocol._base import Object
from ...protocol._codec import ServerEvent, parse
from ...protocol._conversation import ConversationItemAdded, ConversationItemCreate, ConversationItemDone
from ...protocol._objects import ErrorDetails
from ...protocol._service import ErrorEvent
from ...protocol._session import SessionCreated, SessionUpdate, SessionUpdated
from ...protocol._wire_session import WireSession
from ..observers._log import SessionLog
from ._connection import Connection
from ._opening import CONFIRM_TIMEOUT, is_final, not_opened, wait_for_session

SILENCE_TIMEOUT: Final = 5.0
"""Seconds that a server which is known to confirm the configuration has for that: after them it has fallen silent."""

BURST: Final = 50
"""Items that are written, or events that are read, at a time: either takes some 20 µs."""

CONFIGURATION_ID: Final = "restore_configuration"
HISTORY_ID: Final = "restore"


class Handover:
    """Reads a new connection until its server has the configuration and the history; other events are kept."""

    def __init__(
        self, connection: Connection, log: SessionLog, observe: Callable[[ServerEvent, bytes | str], None]
    ) -> None:
        self.connection = connection
        self.session = WireSession()  # as its server last described it
        self.confirmed = False  # the server has described it since it was given the configuration
        self.expires_at: float | None = None  # wall clock at which the session ends; None: the server does not say
        self.unread: list[ServerEvent] = []  # events for the session, in order
        self._log = log
        self._observe = observe  # called with each event and its frame
        self._last_error: ErrorDetails | None = None  # of the server's errors so far
        self._number = 0  # of items given so far
        self._read = 0  # events so far

    async def open(self, *, joins_a_call: bool) -> None:
        """Wait until the server has opened a session, which that of a call that is joined has done before.

        Raises:
            ConnectionFailed: it has not in time, or reports why it does not.

        """
        if not joins_a_call:
            await wait_for_session(self._receive_session(), last_error=lambda: self._last_error)

    async def _receive_session(self) -> None:
        while not isinstance(event := await self._next(), SessionCreated):
            if isinstance(event, ErrorEvent) and is_final(event.error):
                raise not_opened("the server opened no session", event.error)
            self.unread.append(event)
        self.session, self.expires_at = event.session, event.session.expires_at

    async def configure(self, fields: Object, *, confirms: bool) -> None:
        """Give the server the configuration, and wait until it confirms that.

        confirms: it is known to do so.

        Raises:
            ConnectionFailed: it has not in time, though it is known to.
            ServerRefused: it refused.

        """
        if not fields:
            return
        self.connection.send(SessionUpdate(event_id=CONFIGURATION_ID, session=fields))
        timeout = SILENCE_TIMEOUT if confirms else CONFIRM_TIMEOUT
        with anyio.move_on_after(timeout) as waiting:
            while not isinstance(event := await self._next(), SessionUpdated):
                if isinstance(event, ErrorEvent) and _refuses_configuration(event.error):
                    raise refusal_of(event.error)
                self.unread.append(event)
            self.session, self.confirmed = event.session, True
        if waiting.cancelled_caught and confirms:
            raise ConnectionFailed(f"the server has not confirmed the configuration in {timeout:g} s")
        if waiting.cancelled_caught:
            self._log.not_confirmed(timeout)

    async def keep(self, restoration: Restoration) -> None:
        """Wait until the server has repeated the conversation, which it has kept from an earlier connection."""
        repeated: set[str] = set()
        awaited = restoration.held_before
        arrived, self.unread = self.unread, []
        with anyio.move_on_after(CONFIRM_TIMEOUT):
            while arrived or awaited:
                event = arrived.pop(0) if arrived else await self._next()
                if isinstance(event, ConversationItemAdded | ConversationItemDone):
                    repeated.add(event.item.id)
                    awaited.discard(event.item.id)
                else:
                    self.unread.append(event)
        restoration.keep(repeated)

    async def give(self, restoration: Restoration) -> None:
        """Give the server the items that it lacks, and wait until it confirms them."""
        events: dict[str, ConversationItemCreate] = {}
        awaited: set[str] = set()
        for change in restoration.changes():
            self._number += 1
            event_id = f"{HISTORY_ID}_{self._number}"
            self.connection.send(change.model_copy(update={"event_id": event_id}))
            if isinstance(change, ConversationItemCreate):
                events[event_id] = change
                awaited.add(change.item["id"])
            if self._number % BURST == 0:
                await anyio.lowlevel.checkpoint()  # a long history must not hold up the audio
        confirms = True  # some servers confirm no items
        while awaited and confirms:
            with anyio.move_on_after(CONFIRM_TIMEOUT) as waiting:
                await self._receive_answer(restoration, events, awaited)
            confirms = not waiting.cancelled_caught

    async def _receive_answer(
        self, restoration: Restoration, events: Mapping[str, ConversationItemCreate], awaited: set[str]
    ) -> None:
        """Wait until the server has confirmed or refused one of the awaited items, whatever else it sends meanwhile."""
        count = len(awaited)
        while len(awaited) == count:
            event = await self._next()
            if isinstance(event, ErrorEvent) and (refused := _refused(event.error, events, awaited)) is not None:
                self._log.warning(f"the server did not take an item of the history: {refusal_of(event.error)}")
                restoration.refuse(refused.item["id"])
                awaited.discard(refused.item["id"])
            elif isinstance(event, ConversationItemAdded | ConversationItemDone):
                awaited.discard(event.item.id)
                if not restoration.knows(event.item.id):
                    self.unread.append(event)
            else:
                self.unread.append(event)

    async def _next(self) -> ServerEvent:
        """Wait for the next event.

        Raises:
            ConnectionLost: the connection was lost; its `error` is the code of the server's last error.

        """
        while True:
            self._read += 1
            if self._read % BURST == 0:
                await anyio.lowlevel.checkpoint()  # many may have arrived
            try:
                frame = await self.connection.receive()
            except ConnectionLost as lost:
                raise with_error(lost, self._last_error) from None
            read = parse(frame, self.connection.dialect)
            self._observe(read, frame)
            event = self.connection.ids.incoming(read)
            if isinstance(event, ErrorEvent):
                self._last_error = event.error
            if event is not None:
                return event


def _refuses_configuration(error: ErrorDetails) -> bool:
    """Whether an error answers the configuration, and not something that happens to the server meanwhile."""
    return error.event_id == CONFIGURATION_ID or _names_no_event(error)


def _refused(
    error: ErrorDetails, events: Mapping[str, ConversationItemCreate], awaited: Collection[str]
) -> ConversationItemCreate | None:
    """The item that an error is about: the one that it names, else the first that awaits its answer; None: none.

    A server takes items in order, and is sent nothing else meanwhile.
    """
    if not _names_no_event(error):
        return events.get(error.event_id or "")
    return next((event for event in events.values() if event.item["id"] in awaited), None)


def _names_no_event(error: ErrorDetails) -> bool:
    """Whether an error answers what was sent last, although it does not name it."""
    return error.event_id is None and not (error.type == "server_error" or error.code == "session_expired")


def with_error(lost: ConnectionLost, error: ErrorDetails | None) -> ConnectionLost:
    """Return the end of a connection with the server's last error, which may be why it ended."""
    if error is None:
        return lost
    message = str(refusal_of(error))
    return ConnectionLost(f"{lost}: {message}", code=lost.code, reason=lost.reason or message, error=error.code)
