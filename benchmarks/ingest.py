"""A client's CPU time for the server's events: this package beside bare `websockets` + `json` + `pybase64`.

A server in a process of its own sends responses as fast as they are taken: each 140 audio deltas of 200 ms and 49
transcript deltas, with the events that begin and end them. Printed is the process time (user + system) from the first
event to the last, which hardly depends on what else the machine does, as the median of several runs in turn. With the
`openai` package installed (`pip install 'openai[realtime]'`) its client runs beside them.

    python benchmarks/ingest.py [--responses 50] [--runs 3]
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import statistics
import time
from collections.abc import Callable, Coroutine
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, TypeAlias

import pybase64
import server_process
from spoken_response import SpokenResponse
from websockets.asyncio.client import connect as connect_bare
from websockets.asyncio.server import ServerConnection

import realtime_sdk

Client: TypeAlias = Callable[[str, int], Coroutine[Any, Any, tuple[int, float]]]
"""Takes the server's address and the number of responses; gives the bytes of sound and the CPU seconds spent."""

DELTA_BYTES = 9600
DELTAS, WORDS = 140, 49


def response_frames(n: int) -> list[str]:
    """Give the frames of one response with one spoken message, in the service's order."""
    audio = pybase64.b64encode_as_string(os.urandom(DELTA_BYTES))
    response = SpokenResponse(n, "".join(f"word{w} " for w in range(WORDS)))
    events = response.beginning
    for k in range(DELTAS):
        if k < WORDS:
            events.append({"type": "response.output_audio_transcript.delta", **response.ids, "delta": f"word{k} "})
        events.append({"type": "response.output_audio.delta", **response.ids, "delta": audio})
    events += response.end
    return [json.dumps({"event_id": f"event_{n}_{k}", **event}) for k, event in enumerate(events)]


def run_server(responses: int, ready: Connection) -> None:
    """Serve, in a process of its own: a session, then the responses on the client's first frame."""
    frames = [frame for n in range(responses) for frame in response_frames(n)]
    session = json.dumps({"type": "session.created", "event_id": "event_0", "session": {"id": "sess_1"}})

    async def talk(connection: ServerConnection) -> None:
        await connection.send(session)
        await connection.recv()
        for frame in frames:
            await connection.send(frame)
        await connection.wait_closed()

    asyncio.run(server_process.serve_sockets(talk, ready))


async def bare(url: str, responses: int) -> tuple[int, float]:
    """Read the frames, decode the audio, do nothing else."""
    audio = done = 0
    async with connect_bare(url, compression=None, max_size=None) as connection:
        await connection.recv()
        await connection.send("{}")
        start = time.process_time()
        while done < responses:
            event = json.loads(await connection.recv())
            if event["type"] == "response.output_audio.delta":
                audio += len(pybase64.b64decode(event["delta"]))
            elif event["type"] == "response.done":
                done += 1
        return audio, time.process_time() - start


async def read_events(session: realtime_sdk.Session) -> None:
    """Read all events, captions among them."""
    async for _ in session.events():
        pass


async def ours(url: str, responses: int, *, reader: bool = False) -> tuple[int, float]:
    """Run the whole session; the application takes every item's sound and, with `reader`, reads the events."""
    audio = done = 0
    async with asyncio.TaskGroup() as tasks, realtime_sdk.connect(
        endpoint=url, microphone=None, speaker=None
    ) as session:
        start = time.process_time()
        if reader:
            tasks.create_task(read_events(session))
        await session.send({"type": "session.update", "session": {"type": "realtime"}})
        async for response in session.responses():
            async for item in response:
                assert isinstance(item, realtime_sdk.MessageItem)
                async for pcm in item.audio():
                    audio += pcm.nbytes
            done += 1
            if done == responses:
                break
        return audio, time.process_time() - start


async def openai_client(url: str, responses: int) -> tuple[int, float]:
    """Read typed events and decode the audio, as that package's documentation does."""
    import base64

    from openai import AsyncOpenAI  # type: ignore[import-not-found,unused-ignore]

    audio = done = 0
    base = url.removesuffix("/realtime")
    client = AsyncOpenAI(api_key="none", base_url=base.replace("ws:", "http:"), websocket_base_url=base)
    async with client.realtime.connect(model="any") as connection:
        await connection.recv()
        await connection.session.update(session={"type": "realtime"})
        start = time.process_time()
        async for event in connection:
            if event.type == "response.output_audio.delta":
                audio += len(base64.b64decode(event.delta))
            elif event.type == "response.done":
                done += 1
                if done == responses:
                    break
        return audio, time.process_time() - start


def main() -> None:
    """Run the clients in turn and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--responses", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    clients: dict[str, Client] = {"bare": bare, "realtime_sdk": ours, "its events read": partial(ours, reader=True)}
    if importlib.util.find_spec("openai"):
        clients["openai"] = openai_client
    seconds: dict[str, list[float]] = {name: [] for name in clients}
    with server_process.running(run_server, options.responses) as (url, _):
        for _ in range(options.runs):
            for name, client in clients.items():
                audio, spent = asyncio.run(client(url, options.responses))
                assert audio == options.responses * DELTAS * DELTA_BYTES, f"{name} lost sound: {audio} bytes"
                seconds[name].append(spent)
    events = options.responses * len(response_frames(0))
    floor = statistics.median(seconds["bare"])
    print(f"{events} events, {options.runs} runs, medians")
    for name, values in seconds.items():
        median = statistics.median(values)
        each = median / events * 1e6
        print(f"{name:>15}  {median:6.3f} s CPU  {each:6.1f} µs an event  {median / floor:5.2f} x bare")


if __name__ == "__main__":
    main()
