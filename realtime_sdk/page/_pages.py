"""The pages that talk, whatever serves them."""

from __future__ import annotations

from collections.abc import Iterable

from ._line import OpenSession, talk_over
from ._site import Answer, refusal
from ._socket import PageSocket


class Pages:
    """Lets pages talk, up to `MAX_PAGES` at once; open_session, origins: those of `serve_page`."""

    def __init__(self, open_session: OpenSession, origins: Iterable[str]) -> None:
        self._open_session = open_session
        self._origins = frozenset(origins)
        self._talking = 0

    def refusal(self, *, origin: str | None, host: str | None) -> Answer | None:
        """Refuse to open a socket; None: it is welcome."""
        return refusal(origin=origin, host=host, origins=self._origins, pages=self._talking)

    async def talk(self, socket: PageSocket) -> None:
        """Let a page talk until it closes its socket, or the session ends."""
        self._talking += 1
        try:
            await talk_over(socket, self._open_session)
        finally:
            self._talking -= 1
