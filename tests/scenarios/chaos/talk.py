"""Holds the talk of a schedule on the virtual clock, and keeps all that can be known of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import Awaitable
from typing import Any, Final

import anyio

from realtime_sdk import RealtimeError, Reconnect, Response, connect
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.testing import (
    FakeConnection,
    FakeItem,
    FakeServer,
    Silence,
    VirtualMicrophone,
    call,
    message,
    noise,
    run_virtual,
)
from realtime_sdk.transports._transport import Transport
from realtime_sdk.transports._websocket import PING_INTERVAL, PING_TIMEOUT

from ..schedules.scheduled_talk import ScheduledTalk
from . import schedule as s
from .ears import Ears

AFTERTHOUGHTS: Final = 40
"""Short answers to the responses for which the schedule has none."""

SETTLING: Final = PING_INTERVAL + PING_TIMEOUT + 5.0
"""Seconds between two looks at whether all is over: more than it takes to find out that a server is silent."""

LOOKS: Final = 20


class Wire:
    """An endpoint that keeps what its clients received: the sound of each item, and the tokens of the responses."""

    def __init__(self, server: FakeServer) -> None:
        self.name = server.name
        self.received: Counter[str] = Counter()  # bytes of base64 of each item's sound that arrived
        self.tokens = 0  # of the responses whose end arrived
        self._server = server

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        transport = await self._server.connect(model, api_key)
        return _End(transport, self, self._server.connections[-1])

    def frames(self, item_id: str) -> int:
        """Frames of an item's sound that arrived."""
        return self.received[item_id] // 2


class _End:
    def __init__(self, transport: Transport, wire: Wire, server: FakeConnection) -> None:
        self.server = server  # the other end
        self._transport = transport
        self._wire = wire

    async def send(self, text: str) -> None:
        await self._transport.send(text)

    async def receive(self) -> bytes | str:
        frame = await self._transport.receive()
        event = json.loads(frame)
        if event["type"] == "response.output_audio.delta":
            delta = event["delta"]
            self._wire.received[event["item_id"]] += len(delta) * 3 // 4 - delta.count("=")
        elif event["type"] == "response.done":
            self._wire.tokens += event["response"]["usage"]["total_tokens"]
        return frame

    async def close(self) -> None:
        await self._transport.close()


class Talk(ScheduledTalk):
    """A session that goes as a schedule says, and all that can be known of it once it is over."""

    def __init__(self, schedule: s.Schedule) -> None:
        server = FakeServer(lifetime=schedule.lifetime, latency=schedule.latency, ears=lambda: Ears(self.utterances))
        super().__init__(server, schedule.device)
        self.schedule = schedule
        self.utterances: dict[str, Pcm] = {}  # what the user said, by name
        self.texts: list[str] = []  # what the application sent, in order
        self.runs: Counter[int] = Counter()  # runs of the tool, by the number of the call
        self.failures: list[BaseException] = []  # exceptions that nothing caught
        self.unanswered: list[str] = []  # what the application still awaited in the end
        self.refused: list[RealtimeError] = []  # what the application was refused
        self.ended: RealtimeError | None = None  # what came out of `connect`; None: nothing
        self.opened = False
        self.state = ""  # of the session, in the end
        self.held: list[FakeItem] = []  # by the last server, in the end
        self.wire = Wire(self.server)
        self._microphone = VirtualMicrophone() if self._speaks else None
        self._awaited: dict[asyncio.Task[None], str] = {}  # by the application
        seeds, calls = itertools.count(1), itertools.count(1)
        self._reply(
            schedule.answers, seeds,
            lambda called: call("work", {"seconds": called.seconds, "number": next(calls)}),
        )  # fmt: skip
        for _ in range(AFTERTHOUGHTS):
            self.server.reply(message("Yes.", seconds=0.2, pcm=noise(0.2, next(seeds))))

    async def __call__(self) -> None:
        """Let it all happen."""
        asyncio.get_running_loop().set_exception_handler(
            lambda _loop, context: self.failures.append(context.get("exception") or RuntimeError(context["message"]))
        )
        async with self.server:
            try:
                async with self._connecting() as self._session:
                    self.opened = True
                    await self._use()
            except RealtimeError as error:
                self.ended = error
            self.unanswered = [name for task, name in self._awaited.items() if not task.done()]
            for task in self._awaited:
                task.cancel()
            await asyncio.sleep(0)
        mine = {asyncio.current_task(), *self._awaited}
        self.tasks_left = [task.get_name() for task in asyncio.all_tasks() if task not in mine]

    def _connecting(self) -> Any:
        return connect(
            endpoint=self.wire, speaker=self.speaker, microphone=self._microphone, tools=[self._work()],
            transcription={"model": "gpt-transcribe"}, instructions="Be brief.", aligner="signal",
            reconnect=Reconnect(hold_audio=60.0),  # more than it takes to find out that a server is silent
        )  # fmt: skip

    @property
    def _speaks(self) -> bool:
        return any(isinstance(step.act, s.Say) for step in self.schedule.steps)

    async def _use(self) -> None:
        self._start("responses()", self._follow(self._await_end))
        self._start("events()", self._listen())
        for fail in self.schedule.fails:
            self.server.fail(fail.fault, at=fail.at, nth=fail.nth, after=fail.after)
        for step in self.schedule.steps:
            await self._reach(step)
            try:
                self._do(step.act)
            except RealtimeError as error:
                self.refused.append(error)
        await self._settle()
        self.state = self.session.state
        self.held = self._present.items

    @property
    def _present(self) -> FakeConnection:
        """The connection that carries the session: another may be about to take its place."""
        end: Any = self.session._runtime.link.connection._transport
        assert isinstance(end, _End)
        return end.server

    async def _settle(self) -> None:
        """Wait until all is over, whatever happens."""
        self.session.resume()
        if self._microphone is not None:
            spoken = sum(step.act.seconds for step in self.schedule.steps if isinstance(step.act, s.Say))
            await anyio.sleep(spoken + 2.0)  # a turn ends with silence
            self._microphone.hang_up()
        for _ in range(LOOKS):
            await anyio.sleep(SETTLING)
            if self._is_over():
                return

    def _is_over(self) -> bool:
        """Whether the session has nothing more to do, and no caller waits."""
        silent = isinstance(self._present._connection._fault, Silence)  # the session will notice, and take another one
        waiting = {name for task, name in self._awaited.items() if not task.done()} - {"responses()", "events()"}
        return self.session.state in ("listening", "closed") and not silent and not waiting

    def _do(self, act: s.Act) -> None:
        match act:
            case s.Ask("respond"):
                self._start("respond()", self.session.respond())
            case s.Ask(how):
                self.texts.append(f"Text {len(self.texts) + 1}.")
                sent = self.session.send_text(
                    self.texts[-1], respond=how != "note", interrupt=how == "interrupting"
                )
                self._start("send_text()", sent)
            case s.Say(seconds) if self._microphone is not None:
                name = f"utterance{len(self.utterances) + 1}"
                self.utterances[name] = noise(seconds, 1000 + len(self.utterances))
                self._microphone.say(self.utterances[name])
            case s.Interrupt():
                self._start("interrupt()", self.session.interrupt())
            case s.Cancel():
                if self.responses:
                    self._start("cancel()", self.responses[-1].cancel())
            case s.Hold():
                self.session.pause()
            case s.GoOn():
                self.session.resume()
            case s.Update():
                self._start("update()", self.session.update(instructions="Be very brief."))
            case s.Break(fault):
                self.server._current().strike(fault)
            case s.Deny(refusal, count):
                self.server.refuse_connections(count, refusal)

    def _work(self) -> Any:
        async def work(seconds: float, number: int) -> str:
            """Do something that takes a while."""
            self.runs[number] += 1
            await anyio.sleep(seconds)
            return f"done {number}"

        return work

    # The application

    def _start(self, name: str, awaitable: Awaitable[Any]) -> None:
        task = asyncio.create_task(self._answered(awaitable), name=name)
        self._awaited[task] = name

    async def _answered(self, awaitable: Awaitable[Any]) -> None:
        """Await what may be refused; anything else is a failure."""
        try:
            await awaitable
        except RealtimeError as error:
            self.refused.append(error)
        except Exception as error:
            self.failures.append(error)

    def _await_end(self, response: Response) -> None:
        self._start(f"{response.id}.done()", response.done())
        self._start(f"{response.id}.played()", self._wait_for(response))


def hold(schedule: s.Schedule) -> Talk:
    """Hold the talk of a schedule to its end."""
    talk = Talk(schedule)
    random.seed(schedule.luck)
    run_virtual(talk)
    return talk
