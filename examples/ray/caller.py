"""The other end of a stream: a telephone gateway plays it to a caller, who is silent."""

import base64
import json
import time
from collections import deque
from contextlib import suppress
from typing import Self
from uuid import uuid4

import gevent
from ear import LINE, TICK
from websocket import WebSocket, WebSocketException, create_connection

SILENCE = base64.b64encode(b"\xff" * TICK).decode()
GOODBYE = 3.0  # seconds for the other side to close the socket, too


class Stream:
    """A stream of a call: plays what it is sent at the pace of speech, and returns the marks that were reached.

    It is open until its block ends, or the other side ends it.
    """

    def __init__(self, url: str, parameters: dict[str, str]) -> None:
        self.heard = b""  # μ-law, without the silence while nothing had come
        self._buffer: deque[bytes | str] = deque()  # audio, and the names of marks
        self._id = f"MZ{uuid4().hex}"
        self._socket: WebSocket = create_connection(url, skip_utf8_validation=True)
        self._send("start", start={"streamSid": self._id, "customParameters": parameters})
        self._reader = gevent.spawn(self._read)
        self._due = time.monotonic()

    def play(self, ticks: int = 1) -> bool:
        """Play and send that many blocks of 20 ms. False: the other side has ended the stream."""
        for _ in range(ticks):
            self._due += TICK / LINE.rate
            gevent.sleep(max(0.0, self._due - time.monotonic()))
            until = len(self.heard) + TICK
            while self._buffer and (left := until - len(self.heard)):
                audio = self._buffer.popleft()
                self.heard += audio[:left]
                if rest := audio[left:]:
                    self._buffer.appendleft(rest)
                self._return_marks()
            if self._reader.dead:
                return False
            self._send("media", media={"track": "inbound", "payload": SILENCE})
        return True

    def __enter__(self) -> Self:
        """It was opened when it was made."""
        return self

    def __exit__(self, *error: object) -> None:
        """Hang up."""
        self._reader.kill()  # it would hold the socket until the other side sends something
        self._socket.settimeout(GOODBYE)
        self._send("stop")
        self._socket.close(timeout=GOODBYE)

    def _read(self) -> None:
        while message := self._receive():
            fields = json.loads(message)
            match fields["event"]:
                case "media":
                    self._buffer.append(base64.b64decode(fields["media"]["payload"]))
                case "mark":
                    self._buffer.append(fields["mark"]["name"])
                case "clear":
                    self._buffer = deque(entry for entry in self._buffer if isinstance(entry, str))
            self._return_marks()

    def _return_marks(self) -> None:
        while self._buffer and isinstance(self._buffer[0], str):
            self._send("mark", mark={"name": self._buffer.popleft()})

    def _receive(self) -> str:
        with suppress(WebSocketException, OSError):  # the socket is lost
            return self._socket.recv()
        return ""

    def _send(self, event: str, **fields: object) -> None:
        with suppress(WebSocketException, OSError):
            self._socket.send(json.dumps({"event": event, "streamSid": self._id, **fields}))
