"""The other end of a call: a telephone gateway like Twilio's, and an ear that knows the numbers of `model.py`."""

import base64
import json
import time
from collections import deque
from contextlib import suppress
from itertools import groupby
from uuid import uuid4

import gevent
import numpy as np
from model import NUMBERS, pitch
from websocket import WebSocket, WebSocketException, create_connection

from realtime_sdk.audio import AudioFormat

LINE = AudioFormat("audio/pcmu", 8000)
TICK = 160  # bytes, and frames, that the gateway plays and sends at a time: 20 ms
TONES = np.exp(-2j * np.pi * np.outer(np.arange(TICK), [pitch(number) for number in NUMBERS]) / LINE.rate)
SILENCE = base64.b64encode(b"\xff" * TICK).decode()


class Stream:
    """A stream of a call: plays what it is sent at the pace of speech, and returns the marks that were reached."""

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

    def hang_up(self) -> None:
        """End the call."""
        self._send("stop")
        self._socket.close()

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


def numbers(heard: bytes) -> str:
    """The numbers that are in the audio, in their order; of each, 40 ms or more were heard."""
    pcm = np.frombuffer(LINE.decode(heard), np.int16).astype(float)
    ticks = pcm[: len(pcm) // TICK * TICK].reshape(-1, TICK)
    runs = groupby(np.hypot(ticks @ TONES.real, ticks @ TONES.imag).argmax(axis=1))
    return "".join(NUMBERS[index] for index, run in runs if len(list(run)) > 1)
