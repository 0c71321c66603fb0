"""One page and its session, from the page's first message to its last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeAlias

import anyio

from ..conversation._sdk_events import ResponseFinished, UserTranscript
from ..errors import ConnectionLost, RealtimeError, UsageError
from ..session._session import Session
from ._display import page_message
from ._messages import Hello, Interrupt, Mute, Opened, PageMessage, Pause, Position, Typed, parse, to_page
from ._microphone import PageMicrophone
from ._socket import Outbox, PageSocket
from ._speaker import PageSpeaker

HELLO_LIMIT: Final = 10.0
"""Seconds within which a page whose socket is open says whether it has a microphone: it has asked its user before."""

REASON_BYTES: Final = 120
"""Bytes of the reason of a close, which a WebSocket limits to 123."""

log = logging.getLogger(__name__)


class PageLine:
    """The devices of one page, for the session that `OpenSession` opens.

    speaker: plays in the page. microphone: captures there; None if the page has none, or may not use it.
    """

    def __init__(self, post: Callable[[str | bytes], None]) -> None:
        self.speaker: PageSpeaker = PageSpeaker(post)
        self.microphone: PageMicrophone | None = None
        self._said_hello = asyncio.Event()  # set once it is known whether there is a microphone
        self._session: Session | None = None  # None until it is open
        self._shown = ""  # the state of the session that the page shows
        self._tokens = 0  # of the usage that the page shows
        self._post = post

    def __repr__(self) -> str:
        return f"<PageLine {self._session or 'without a session'}>"

    async def _talk(self, open_session: OpenSession, outbox: Outbox) -> None:
        """Open the session, and show it until it ends."""
        with anyio.move_on_after(HELLO_LIMIT):
            await self._said_hello.wait()
        if not self._said_hello.is_set():
            raise ConnectionLost(f"the page said nothing for {HELLO_LIMIT:g} s")
        async with open_session(self) as session:
            self._session = session
            self._show_state(session)
            async for event in session.events():
                await outbox.ready()
                if message := page_message(event):
                    self._post(message)
                self._show_state(session)
                if isinstance(event, ResponseFinished | UserTranscript):
                    self._show_usage(session)

    def _show_state(self, session: Session) -> None:
        if session.state != self._shown:
            self._shown = session.state
            self._post(to_page("state", state=self._shown))

    def _show_usage(self, session: Session) -> None:
        if session.usage.total != self._tokens:
            self._tokens = session.usage.total
            self._post(to_page("usage", tokens=self._tokens))

    def _on_frame(self, frame: str | bytes) -> None:
        """Handle the next frame of the page."""
        if isinstance(frame, str):
            message = parse(frame)
            _HANDLERS[type(message)](self, message)
        elif self.microphone is not None:
            self.microphone._on_audio(frame)

    def _on_hello(self, hello: Hello) -> None:
        if self._said_hello.is_set():
            raise UsageError("the page said hello twice")
        self.microphone = None if hello.rate is None else PageMicrophone(hello.rate)
        self._said_hello.set()

    def _on_command(self, message: PageMessage) -> None:
        """Do what the user wants; before there is a session, nothing."""
        session = self._session
        if session is None or session.state == "closed":
            return
        try:
            _command(session, message)
        except UsageError as refused:  # the session has no microphone, or a speaker of its own
            self._post(to_page("note", text=f"{refused}", recovery=False))


OpenSession: TypeAlias = Callable[[PageLine], AbstractAsyncContextManager[Session, Any]]
"""Opens the session of a page, whose devices it is given:
`lambda line: connect(microphone=line.microphone, speaker=line.speaker)`."""

_HANDLERS: Final[dict[type[PageMessage], Callable[[PageLine, Any], None]]] = {
    Hello: PageLine._on_hello,
    Opened: lambda line, opened: line.speaker._on_opened(opened),
    Position: lambda line, position: line.speaker._on_position(position),
    Mute: PageLine._on_command,
    Pause: PageLine._on_command,
    Interrupt: PageLine._on_command,
    Typed: PageLine._on_command,
}


def _command(session: Session, message: PageMessage) -> None:
    match message:
        case Mute(on=True):
            session.mute()
        case Mute():
            session.unmute()
        case Pause(on=True):
            session.pause()
        case Pause():
            session.resume()
        case Interrupt():
            session.interrupt()
        case Typed(text=text):
            session.send_text(text)


async def talk_over(socket: PageSocket, open_session: OpenSession) -> None:
    """Let a page talk until it closes its socket, or the session ends."""
    outbox = Outbox()
    line = PageLine(outbox.post)
    code, reason = 1000, "the session has ended"
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(outbox.send_to, socket)
            tasks.start_soon(_receive, line, socket)
            try:
                await line._talk(open_session, outbox)
            except RealtimeError as error:
                outbox.post(to_page("failed", reason=f"{error}"))
            await outbox.flushed()
            tasks.cancel_scope.cancel()
    except* ConnectionLost as lost:
        log.info("a page is gone: %s", lost.exceptions[0])
        code, reason = 1001, "the page is gone"
    except* UsageError as refused:
        log.warning("a page was refused: %s", refused.exceptions[0])
        code, reason = 1008, f"{refused.exceptions[0]}"
    await socket.close(code, reason.encode()[:REASON_BYTES].decode(errors="ignore"))


async def _receive(line: PageLine, socket: PageSocket) -> None:
    """Handle what the page sends until it is gone."""
    while True:
        line._on_frame(await socket.receive())
