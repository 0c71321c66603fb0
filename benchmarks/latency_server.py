"""The server of `latency.py`: talks whose audio carries the time at which it was sent, and requests for web pages.

What is sent depends on the query of the address: `?talk`, the talk of `scale.py`; `?measured`, short messages that are
cut one after the other; `?bare`, their audio alone; `?button`, the times at which a button is pressed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import time
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, Final

import anyio
import cores
import numpy as np
import pybase64
import scale_server
import server_process
from spoken_response import Event, SpokenResponse
from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from realtime_sdk.audio._pcm import Pcm, to_bytes, to_frames

DELTA_SECONDS: Final = 0.04
DELTAS: Final = 6  # of a message
PAUSE_SECONDS: Final = 0.04  # between two messages, beside a random time of up to as much
ANSWER_TIMEOUT: Final = 1.0
MARK: Final = np.array([-12345, 23456, -31234], np.int16)
STAMP_FRAMES: Final = len(MARK) + 1 + 4
WEB_CLIENTS: Final = 16
WEB_PAUSE: Final = 0.008  # seconds on average between an answer and the next request of a client

SESSION: Final = {"id": "sess", "type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}


def stamped(number: int, pcm: Pcm) -> Pcm:
    """Return the audio of a delta, whose first frames tell its number in its message and the time: now."""
    stamp = np.array([time.monotonic_ns()], np.int64).view(np.int16)
    return np.concatenate([MARK, [np.int16(number)], stamp, pcm[STAMP_FRAMES:]])


def stamp_of(pcm: Pcm) -> tuple[int, float] | None:
    """Return the number of a delta and the monotonic time at which it was sent; None: no delta begins here."""
    if len(pcm) < STAMP_FRAMES or not np.array_equal(pcm[: len(MARK)], MARK):
        return None
    sent = pcm[len(MARK) + 1 : STAMP_FRAMES].copy().view(np.int64)
    return int(pcm[len(MARK)]), int(sent[0]) / 1e9


def run(web_port: int | None, first: bool, ready: Connection) -> None:
    """Serve until the process ends. web_port: where the client serves web pages. first: go before other programs."""
    if first:
        cores.go_first()
    cores.take_last_core()
    talk = scale_server.Talk(scale_server.talk())
    gc.freeze()
    asyncio.run(_Server(talk, web_port).serve(ready))


class _Server:
    def __init__(self, talk: scale_server.Talk, web_port: int | None) -> None:
        self._talk = talk
        self._web_port = web_port
        self._button: ServerConnection | None = None

    async def serve(self, ready: Connection) -> None:
        if self._web_port is None:
            await server_process.serve_sockets(self._handle, ready)
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server_process.serve_sockets(self._handle, ready))
            for _ in range(WEB_CLIENTS):
                tasks.create_task(_request_pages(self._web_port))

    async def _handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        match connection.request.path.partition("?")[2].partition("&")[0]:
            case "measured":
                await _Conversation(connection, self).run()
            case "bare":
                await _send_deltas_alone(connection)
            case "button":
                self._button = connection
                await connection.wait_closed()
            case _:
                await self._talk.give(connection)

    def press(self) -> None:
        """Press the button: the client's application interrupts the reply."""
        assert self._button is not None
        _send(self._button, {"pressed_at": time.monotonic()})


class _Conversation:
    """Messages one after the other, which the user or the application interrupts by turns."""

    def __init__(self, connection: ServerConnection, server: _Server) -> None:
        self._connection = connection
        self._server = server
        self._cancelled = asyncio.Event()
        self._noise = _noise()
        self._random = random.Random(1)

    async def run(self) -> None:
        self._send({"type": "session.created", "session": SESSION})
        reading = asyncio.create_task(self._answer())
        numbers = count()
        while self._connection.state is State.OPEN:
            number = next(numbers)
            await asyncio.sleep(PAUSE_SECONDS * (1 + self._random.random()))
            await self._speak(SpokenResponse(number, "So it goes on."), by_user=bool(number % 2))
        await reading

    async def _speak(self, response: SpokenResponse, *, by_user: bool) -> None:
        for event in response.beginning:
            self._send(event)
        self._send({"type": "response.output_audio_transcript.delta", **response.ids, "delta": response.text})
        began = time.monotonic()
        for number in range(DELTAS):
            await asyncio.sleep(began + number * DELTA_SECONDS - time.monotonic())
            self._send(_delta(response, number, self._noise))
        await asyncio.sleep(DELTA_SECONDS * self._random.random())
        self._cancelled.clear()
        user = {"item_id": f"user_{response.number}"}
        if by_user:
            started = {"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, **user}
            self._send(started | {"event_id": f"event_{time.monotonic_ns()}"})
        else:
            self._server.press()
            with anyio.move_on_after(ANSWER_TIMEOUT):  # where the client is still there
                await self._cancelled.wait()
        for event in response.cancelled:
            self._send(event)
        if by_user:
            for kind in ("speech_stopped", "committed"):
                self._send({"type": f"input_audio_buffer.{kind}", **user})
            item = {"id": user["item_id"], "type": "message", "role": "user", "content": [{"type": "input_audio"}]}
            self._send({"type": "conversation.item.added", "item": item})

    async def _answer(self) -> None:
        """Do what the client asks for, until it leaves."""
        async for frame in self._connection:
            event = json.loads(frame)
            match event["type"]:
                case "response.cancel":
                    self._cancelled.set()
                case "conversation.item.truncate" | "conversation.item.delete" as kind:
                    self._send({**event, "type": f"{kind}d"})
                case "session.update":
                    self._send({"type": "session.updated", "session": SESSION})

    def _send(self, event: Event) -> None:
        _send(self._connection, {"event_id": f"event_{id(event)}", **event})


async def _send_deltas_alone(connection: ServerConnection) -> None:
    """Send deltas like those of the messages, at the same pace."""
    noise, response, began = _noise(), SpokenResponse(0, ""), time.monotonic()
    for number in count():
        await asyncio.sleep(began + number * DELTA_SECONDS - time.monotonic())
        if connection.state is not State.OPEN:
            break
        _send(connection, _delta(response, number % DELTAS, noise))


def _send(connection: ServerConnection, event: Event) -> None:
    if connection.state is State.OPEN:
        connection.transport.write(scale_server.on_the_wire(event))


def _noise() -> Pcm:
    return np.random.default_rng(1).normal(0, 1000, to_frames(DELTA_SECONDS)).astype(np.int16)


def _delta(response: SpokenResponse, number: int, pcm: Pcm) -> dict[str, Any]:
    audio = pybase64.b64encode_as_string(to_bytes(stamped(number, pcm)))
    return {"type": "response.output_audio.delta", **response.ids, "delta": audio}


async def _request_pages(port: int) -> None:
    """Request one page after the other over one connection; the client may serve none yet, or none any more."""
    request = b"GET /calls HTTP/1.1\r\nHost: localhost\r\n\r\n"
    pause = random.Random(port)
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
                await asyncio.sleep(pause.expovariate(1 / WEB_PAUSE))
        except (OSError, asyncio.IncompleteReadError):
            await asyncio.sleep(0.1)
