"""How a session is connected: the states, and the transitions between them."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ConnectionState(Enum):
    """How a session is connected."""

    CONNECTING = "connecting"  # there is no connection; one is being opened
    RESTORING = "restoring"  # it is open; the server is given the configuration and the history
    OPEN = "open"  # the session runs on it
    RENEWING = "renewing"  # the same, while its successor is opened, or waits for the end of a turn
    WAITING = "waiting"  # there is no connection, and the next attempt is not due
    CLOSED = "closed"  # the session has ended


class ConnectionEvent(Enum):
    """What can happen to the connection of a session."""

    CONNECT = "connect"  # an attempt begins
    OPEN = "open"  # the server has opened a session
    RESTORE = "restore"  # the server holds the configuration and the history
    FAIL = "fail"  # an attempt failed, or its server refused something; another one may succeed
    LOSE = "lose"  # the connection was lost, and is to be carried on
    RENEW = "renew"  # the server's session is about to expire
    SWITCH = "switch"  # the successor has taken over
    KEEP = "keep"  # the successor could not be opened
    END = "end"  # the session was left, the cause is fatal, or attempts are given up


TRANSITIONS: Final[dict[tuple[ConnectionState, ConnectionEvent], ConnectionState]] = {
    (ConnectionState.CONNECTING, ConnectionEvent.OPEN): ConnectionState.RESTORING,
    (ConnectionState.CONNECTING, ConnectionEvent.FAIL): ConnectionState.WAITING,
    (ConnectionState.CONNECTING, ConnectionEvent.END): ConnectionState.CLOSED,
    (ConnectionState.RESTORING, ConnectionEvent.RESTORE): ConnectionState.OPEN,
    (ConnectionState.RESTORING, ConnectionEvent.FAIL): ConnectionState.WAITING,
    (ConnectionState.RESTORING, ConnectionEvent.END): ConnectionState.CLOSED,
    (ConnectionState.OPEN, ConnectionEvent.LOSE): ConnectionState.WAITING,
    (ConnectionState.OPEN, ConnectionEvent.RENEW): ConnectionState.RENEWING,
    (ConnectionState.OPEN, ConnectionEvent.END): ConnectionState.CLOSED,
    (ConnectionState.RENEWING, ConnectionEvent.SWITCH): ConnectionState.OPEN,
    (ConnectionState.RENEWING, ConnectionEvent.KEEP): ConnectionState.OPEN,
    (ConnectionState.RENEWING, ConnectionEvent.LOSE): ConnectionState.WAITING,
    (ConnectionState.RENEWING, ConnectionEvent.END): ConnectionState.CLOSED,
    (ConnectionState.WAITING, ConnectionEvent.CONNECT): ConnectionState.CONNECTING,
    (ConnectionState.WAITING, ConnectionEvent.END): ConnectionState.CLOSED,
}
"""A missing entry is a bug of this package."""
