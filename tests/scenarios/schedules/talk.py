"""Runs a schedule on the virtual clock, and keeps all that can be known of it."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import anyio
from anyio.abc import TaskGroup

from realtime_sdk import BargeIn, RealtimeError, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import (
    FakeItem,
    FakeServer,
    Only,
    call,
    late,
    run_virtual,
    stall,
)
from realtime_sdk.transports._transport import Transport

from . import schedule as s
from .scheduled_talk import ScheduledTalk

QUIET = 300.0
"""Seconds after which everything is over, whatever the schedule."""

POLICIES = {
    "duck": BargeIn.duck_then_decide(0.4),
    "pause": BargeIn.pause_then_decide(0.4),
    "wait": BargeIn.delay(0.4),
    "never": BargeIn.never(),
    "client": BargeIn.immediate(),
}

DETECTION: dict[str, dict[str, Any]] = {
    "client": {
        "turn_detection": {"type": "server_vad", "interrupt_response": False},
    },
    "manual": {"turn_detection": None},
}


@dataclass(frozen=True)
class Passed:
    """An event of the wire at the client's end."""

    at: float  # wall clock
    sent: bool  # else received
    event: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.event["type"])


class Watched:
    """An endpoint, and the transport to it, that keeps what passes."""

    def __init__(self, server: FakeServer) -> None:
        self.name = server.name
        self.passed: list[Passed] = []
        self._server = server
        self._transport: Transport

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        self._transport = await self._server.connect(model, api_key)
        return self

    async def send(self, text: str) -> None:
        self.passed.append(Passed(clock.wall(), True, json.loads(text)))
        await self._transport.send(text)

    async def receive(self) -> bytes | str:
        frame = await self._transport.receive()
        self.passed.append(Passed(clock.wall(), False, json.loads(frame)))
        return frame

    async def close(self) -> None:
        await self._transport.close()


class Talk(ScheduledTalk):
    """A session that goes as a schedule says, and all that can be known of it once it is over."""

    def __init__(self, schedule: s.Schedule) -> None:
        network = schedule.network
        super().__init__(FakeServer(done=network.done, latency=network.latency), schedule.device)
        self.schedule = schedule
        self.held: list[FakeItem] | None = None  # by the server when all was quiet; None: the session was left before
        self._wire = Watched(self.server)
        self._user_speaks = False
        self._reply(schedule.answers, itertools.count(1), lambda called: call("work", {"seconds": called.seconds}))
        for nth, seconds in network.jolts:
            self.server.tamper("*", Only(nth, late(seconds)))

    @property
    def wire(self) -> list[Passed]:
        """What passed the client's end of the connection, in order."""
        return self._wire.passed

    async def __call__(self) -> None:
        """Let it all happen."""
        connecting = connect(
            endpoint=self._wire, speaker=self.speaker, microphone=None, tools=[work], aligner="signal",
            barge_in=POLICIES.get(self.schedule.turns), **DETECTION.get(self.schedule.turns, {}),
        )  # fmt: skip
        async with self.server, anyio.create_task_group() as tasks, connecting as self._session:
            tasks.start_soon(self._listen)
            tasks.start_soon(self._follow, lambda response: tasks.start_soon(self._wait_for, response))
            if await self._go_through(tasks):
                self.session.resume()
                await anyio.sleep(QUIET)
                with anyio.fail_after(0.001):  # all is over
                    await self.session.drained()
                self.held = self.server.items
        self.tasks_left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    async def _go_through(self, tasks: TaskGroup) -> bool:
        """Take the steps; returns whether the session is still to be followed to its end."""
        for step in self.schedule.steps:
            await self._reach(step)
            if isinstance(step.act, s.Leave):
                return False
            self._do(step.act, tasks)
        return True

    def _do(self, act: s.Act, tasks: TaskGroup) -> None:
        match act:
            case s.Ask("spoken" | "interrupting" as how):
                self.session.send_text("Go on.", interrupt=how == "interrupting")
            case s.Ask("text"):
                tasks.start_soon(self._ask, {"output_modalities": ["text"]})
            case s.Ask("aside"):
                tasks.start_soon(self._ask, {"conversation": "none"})
            case s.Speak():
                tasks.start_soon(self._speak, act)
            case s.Interrupt():
                tasks.start_soon(self.session.interrupt)
            case s.Cancel():
                if self.responses:
                    tasks.start_soon(self.responses[-1].cancel)
            case s.Hold():
                self.session.pause()
            case s.GoOn():
                self.session.resume()
            case s.Stall(seconds):
                stall(seconds)

    async def _ask(self, overrides: dict[str, Any]) -> None:
        # It may be interrupted, or the session may end: any answer will do, but one has to come.
        with suppress(RealtimeError):
            await self.session.respond(**overrides)

    async def _speak(self, act: s.Speak) -> None:
        if not self._user_speaks and self.schedule.turns != "manual":
            self._user_speaks = True
            await self.server.user_speaks("Well.", act.seconds, cancel_after=min(act.cancel_after, act.seconds))
            self._user_speaks = False


def hold(schedule: s.Schedule) -> Talk:
    """Hold the talk of a schedule to its end."""
    talk = Talk(schedule)
    # Without a ramp every frame heard is one that was sent, or exactly the ducked one: that tells them apart.
    with patch("realtime_sdk.audio._gain.RAMP_SECONDS", 1 / WIRE_RATE):
        run_virtual(talk)
    return talk


async def work(seconds: float) -> str:
    """Do something that takes a while."""
    await anyio.sleep(seconds)
    return "done"
