"""Opens TCP connections to hosts by their names, without making the program's end wait for a resolver."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from .._runtime.threads import run_in_daemon_thread

_PORTS = {"ws": 80, "wss": 443}


def is_dialled_by_name(url: str) -> bool:
    """Whether the host of an address has to be looked up, and is reached without a proxy of the system."""
    return not (_is_number(urlsplit(url).hostname or "") or getproxies())


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def dial(url: str) -> socket.socket:
    """Connect to the host of an address: to the first of its addresses that takes a connection.

    asyncio would look the name up in a thread that the end of the loop waits for, which may take half a minute where
    no resolver answers.

    Raises:
        OSError: the host is not found, or none of its addresses takes a connection.
        UnicodeError: it is no host name.

    """
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    look_up = partial(socket.getaddrinfo, parts.hostname, port, type=socket.SOCK_STREAM)
    failures: list[OSError] = []
    for family, kind, protocol, _, address in await run_in_daemon_thread(look_up):
        try:
            return await _connected(socket.socket(family, kind, protocol), address)
        except OSError as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    raise OSError(f"Multiple exceptions: {', '.join(map(str, failures))}")


async def _connected(opened: socket.socket, address: Any) -> socket.socket:
    try:
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, address)
    except BaseException:
        opened.close()
        raise
    return opened
