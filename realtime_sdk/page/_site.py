"""The site that a page is: its files, their headers, and who may open its socket."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

ASSETS: Final = Path(__file__).parent / "assets"

SOCKET: Final = "/line"
"""The path of the WebSocket."""

MAX_PAGES: Final = 16
"""Pages that talk at once: each has a session of its own."""

_FILES: Final = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/audio.js": ("audio.js", "text/javascript"),
}

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Nothing of another site is loaded, and no other site shows this one in a frame."""

_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self)",
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: HTTPStatus
    headers: dict[str, str]
    body: bytes


def answer(path: str) -> Answer:
    """Answer a request for a file of the page."""
    if path not in _FILES:
        return _plain(HTTPStatus.NOT_FOUND, "There is no such page.\n")
    name, kind = _FILES[path]
    return _answer(HTTPStatus.OK, f"{kind}; charset=utf-8", (ASSETS / name).read_bytes())


def refusal(*, origin: str | None, host: str | None, origins: Collection[str], pages: int) -> Answer | None:
    """Refuse a socket that another site's page opens, or one too many; None: it is welcome.

    Every page that a user opens could otherwise reach a server on this machine, and talk and listen there. A host that
    is a name may be a foreign one that was made to lead to this machine; so only addresses and localhost are their own
    origin, and every other name has to be listed in `origins`.
    """
    if origin is None or (origin not in origins and not _is_own(origin, host)):
        return _plain(HTTPStatus.FORBIDDEN, f"A page of {origin or 'no origin'} may not talk here.\n")
    if pages >= MAX_PAGES:
        return _plain(HTTPStatus.SERVICE_UNAVAILABLE, f"{MAX_PAGES} pages talk already.\n")
    return None


def _is_own(origin: str, host: str | None) -> bool:
    try:
        address = urlsplit(origin)
        if host is None or address.netloc.lower() != host.lower() or address.hostname is None:
            return False
        if address.hostname != "localhost":
            ipaddress.ip_address(address.hostname)
    except ValueError:
        return False
    return True


def _plain(status: HTTPStatus, text: str) -> Answer:
    return _answer(status, "text/plain; charset=utf-8", text.encode())


def _answer(status: HTTPStatus, kind: str, body: bytes) -> Answer:
    return Answer(status, {"Content-Type": kind, "Content-Length": str(len(body)), **_HEADERS}, body)
