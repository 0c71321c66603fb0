"""What servers sent in whole sessions: recorded ones, and ones that a `FakeServer` makes.

Every message's sound is a noise of its own, so that what is heard can be attributed. A recorder may have cut the sound:
each delta of a recording is voiced again.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
import numpy as np
import numpy.typing as npt
import pybase64

from realtime_sdk import ConnectionLost
from realtime_sdk.testing import FakeServer, Pause, call, message, noise, run_virtual

from ...shared import FIXTURES, SHIPPED, shipped

Event: TypeAlias = dict[str, Any]
Pcm: TypeAlias = npt.NDArray[np.int16]

FOLDERS: Final = ("sessions", "compat", "beta")
"""Of recordings of real services."""

OWN: Final = tuple(sorted(f"fixtures/{path.stem}" for path in FIXTURES.glob("*.jsonl")))
"""Names of the recordings of this project."""

FOREIGN: Final = tuple(f"{folder}/{path.stem}" for folder in FOLDERS for path in shipped(folder))
"""Names of the recordings of real services."""

DELTA: Final = 0.05
"""Seconds of the sound in a delta that a recorder has cut."""

LONGEST_WAIT: Final = 1.0
"""Seconds between two frames of a recording, at most."""

SOUND: Final = ("response.output_audio.delta", "response.audio.delta")
TEXT: Final = (
    "response.output_audio_transcript", "response.audio_transcript", "response.output_text", "response.text"
)  # fmt: skip


@dataclass
class Said:
    """A message as the server sent it."""

    id: str
    response_id: str
    aside: bool = False  # its response is not of the conversation
    complete: bool = False  # its response was completed, and the deltas make up its text
    texts: dict[int, str] = field(default_factory=dict)  # of its deltas, by content index
    stated: dict[int, str] = field(default_factory=dict)  # as the server repeats them at their end
    pieces: list[Pcm] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its whole text."""
        return "".join(text for _, text in sorted(self.texts.items()))

    @property
    def sound(self) -> Pcm:
        """Its whole sound."""
        return np.concatenate([np.zeros(0, np.int16), *self.pieces])


@dataclass(frozen=True)
class Transcript:
    """What the server sent in a session."""

    name: str
    events: tuple[tuple[float, Event], ...]  # each with the seconds since the one before it
    messages: dict[str, Said]  # of the model, by id


@lru_cache(maxsize=64)
def named(name: str) -> Transcript:
    """Give the transcript of a name: `fixtures/one_item`, `sessions/…`, `generated/17`."""
    folder, _, stem = name.partition("/")
    if folder == "generated":
        events = _generated(int(stem))
    else:
        path = (FIXTURES if folder == "fixtures" else SHIPPED / folder) / f"{stem}.jsonl"
        events = _voiced(_recorded(path))
    if not events or events[0][1].get("type") != "session.created":
        events.insert(0, (0.0, {"type": "session.created", "session": {}}))
    return Transcript(name, tuple(events), _messages([event for _, event in events]))


def _recorded(path: Path) -> list[tuple[float, Event]]:
    events, last = [], 0.0
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if record["dir"] == "server" and isinstance(record.get("event"), dict):
            at = record.get("t") or last
            events.append((min(max(0.0, at - last), LONGEST_WAIT), _untagged(record["event"])))
            last = at
    return events


def _untagged(event: Event) -> Event:
    """Give an event without the metadata of a response, which name a request of the session that was recorded."""
    response = event.get("response")
    return {**event, "response": {**response, "metadata": None}} if isinstance(response, dict) else event


def _voiced(events: list[tuple[float, Event]]) -> list[tuple[float, Event]]:
    seeds = itertools.count(1)
    return [(wait, _with_noise(event, seeds) if event["type"] in SOUND else event) for wait, event in events]


def _with_noise(event: Event, seeds: Iterator[int]) -> Event:
    cut = len(event["delta"]) < 1000
    pcm = noise(DELTA if cut else len(event["delta"]) * 3 / 4 / 2 / 24_000, next(seeds))
    return {**event, "delta": pybase64.b64encode(pcm.tobytes()).decode()}


def _messages(events: list[Event]) -> dict[str, Said]:
    """Collect what the server said in each message of a response."""
    messages: dict[str, Said] = {}
    asides = {
        event["response"]["id"] for event in events
        if event["type"] == "response.created" and event["response"].get("conversation_id", "") is None
    }  # fmt: skip
    for event in events:
        kind, response_id = event["type"], event.get("response_id", "")
        if kind == "response.output_item.added" and event["item"]["type"] == "message":
            item_id = event["item"]["id"]
            messages[item_id] = Said(item_id, response_id, response_id in asides)
        elif kind == "response.done" and event["response"]["status"] == "completed":
            for said in messages.values():
                if said.response_id == event["response"]["id"]:
                    said.complete = all(said.texts.get(n) == text for n, text in said.stated.items())
        elif (said_now := messages.get(event.get("item_id", ""))) is not None:
            _collect(said_now, event)
    return messages


def _collect(said: Said, event: Event) -> None:
    part, _, step = event["type"].rpartition(".")
    index = event.get("content_index", 0)
    if event["type"] in SOUND:
        said.pieces.append(np.frombuffer(pybase64.b64decode(event["delta"]), np.int16))
    elif part in TEXT and step == "delta":
        said.texts[index] = said.texts.get(index, "") + event["delta"]
    elif part in TEXT and step == "done":
        said.stated[index] = str(event.get("transcript", event.get("text", "")))


# Made by the fake server


def _generated(seed: int) -> list[tuple[float, Event]]:
    """Let a `FakeServer` hold a talk of some responses, most of them with several spoken messages."""
    return run_virtual(partial(_talk, random.Random(seed)))


async def _talk(dice: random.Random) -> list[tuple[float, Event]]:
    server = FakeServer(done=dice.choice(["batched", "batched", "per_item", "response_first", "missing", "duplicated"]))
    words = _words(dice)
    responses = dice.randint(1, 3)
    for _ in range(responses):
        _script(server, dice, words)
    heard: list[tuple[float, Event]] = []
    async with server:
        transport = await server.connect(None, None)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_listen, transport, heard)
            for _ in range(responses):
                if dice.random() < 0.1:
                    await server.user_speaks("Well, well.", dice.uniform(0.2, 1.0))
                else:
                    aside = {"conversation": "none"} if dice.random() < 0.1 else {}
                    await transport.send(json.dumps({"type": "response.create", "response": aside}))
                await anyio.sleep(dice.uniform(2.0, 8.0))
            await transport.close()
    return heard


async def _listen(transport: Any, heard: list[tuple[float, Event]]) -> None:
    last = anyio.current_time()
    try:
        while True:
            event = json.loads(await transport.receive())
            heard.append((min(anyio.current_time() - last, LONGEST_WAIT), event))
            last = anyio.current_time()
    except ConnectionLost:
        return


def _script(server: FakeServer, dice: random.Random, words: Iterator[str]) -> None:
    items: list[Any] = []
    for n in range(dice.choice([1, 2, 2, 3, 4])):
        kind = dice.random()
        if kind < 0.15:
            items.append(call("divide", {"dividend": n + 1, "divisor": 2}))
        elif kind < 0.25:
            items.append(Pause(dice.uniform(0.1, 1.0)))
        else:
            text = " ".join(itertools.islice(words, dice.randint(0, 6))) + dice.choice(["", ".", "! \U0001f600", "?"])
            phase, spread = dice.choice([None, "commentary", "final_answer"]), dice.choice([0.0, 0.5, 1.0])
            items.append(message(text, seconds=dice.choice([0.0, 0.1, 0.4, 0.7]), phase=phase, text_spread=spread))
    pace = dice.choice([1.0, 3.0, 1000.0])
    if dice.random() < 0.08:
        server.reply(*items, pace=pace, status="incomplete", reason="max_output_tokens")
    else:
        server.reply(*items, pace=pace)


def _words(dice: random.Random) -> Iterator[str]:
    """Give words that no two messages share."""
    syllables = ["".join(pair) for pair in itertools.product("bdfgklmnprstvz", "aeiou")]
    dice.shuffle(syllables)
    for three in itertools.product(syllables, repeat=3):
        yield "".join(three[::-1])
