"""A wrong argument of the test kit fails where it is written, and the message says what to write."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from realtime_sdk.errors import UsageError
from realtime_sdk.testing import (
    Close,
    FakeLiveServer,
    FakeServer,
    Only,
    Pause,
    Phase,
    Raw,
    Refuse,
    Reset,
    SpokenSegment,
    VirtualMicrophone,
    VirtualSpeaker,
    _clock as virtual_clock,
    call,
    changed,
    drop,
    followed_by,
    instead,
    late,
    mcp_call,
    message,
    noise,
    replay,
    run_virtual,
    stall,
    without,
)

from ..shared import FIXTURES

FLOATS: Any = np.zeros(10, np.float32)
MAKER: Any = late
WORD: Any = "one"
ANY: Any = 3
ANY_FUNCTION: Any = lambda: 3  # noqa: E731


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FakeServer(done=WORD), "done is one of 'batched', .*, not 'one'"),
        (lambda: FakeServer(latency=-0.1), "latency is a number of seconds, 0 or more, not -0.1"),
        (lambda: FakeServer(lifetime=0), "lifetime is a positive number of seconds"),
        (lambda: FakeServer(ears=WORD), "pass its class or a function"),
        (lambda: FakeServer().reply(WORD), r"made of message\(…\), .*, not 'one'"),
        (lambda: FakeServer().reply(pace=0), "pace is seconds of audio per second, more than 0, not 0"),
        (lambda: FakeServer().reply(thinking=-1), "thinking is a number of seconds"),
        (lambda: FakeServer().reply(status="complete"), r"did you mean 'completed'\?"),  # type: ignore[arg-type]
        (lambda: FakeServer().tamper("*", MAKER), r"late makes a fault: call it, such as late\(1.0\)"),
        (lambda: FakeServer().tamper("*", WORD), "a fault is a function such as drop"),
        (lambda: FakeServer().inject(3), "frame is an event as a dict, or a frame as str or bytes, not 3"),  # type: ignore[arg-type]
        (lambda: FakeServer().hang_up(1005), "code is a close code that may be sent"),
        (lambda: FakeServer().hang_up(1006), r"no close frame has the code 1006: use break_off\(\)"),
        (lambda: Close(99), "code is a close code that may be sent"),
        (lambda: Refuse(200), "status is an HTTP status that refuses, 400 to 599, not 200"),
        (lambda: FakeServer().fail(drop, at=Phase.DONE), "a fault of a connection is Close"),  # type: ignore[arg-type]
        (lambda: FakeServer().fail(Reset(), at="done"), "at is a Phase, such as Phase.THINKING"),  # type: ignore[arg-type]
        (lambda: FakeServer().fail(Reset(), at=Phase.DONE, nth=0), "nth counts from 1"),
        (lambda: FakeServer().fail(Reset(), at=Phase.DONE, after=-1.0), "after is a number of seconds, 0 or more"),
        (lambda: FakeServer().refuse_connections(1, 503), "refusal is a Refuse"),  # type: ignore[arg-type]
        (lambda: FakeServer().refuse_connections(0), "count is a positive whole number, not 0"),
        (lambda: Only(0, drop), "nth counts from 1"),
        (lambda: late(-1.0), "seconds is a number of seconds, 0 or more"),
        (lambda: instead(WORD, 3), "each frame is an event as a dict"),  # type: ignore[arg-type]
        (lambda: followed_by(None), "each frame is an event as a dict"),  # type: ignore[arg-type]
        (lambda: Pause(-1.0), "Pause.seconds is a number of seconds, 0 or more"),
        (lambda: Raw(7), "Raw.frame is an event as a dict"),  # type: ignore[arg-type]
        (lambda: message(3), "text is a string, not 3"),  # type: ignore[arg-type]
        (lambda: message("", seconds=-1.0), "seconds is a number of seconds, 0 or more"),
        (lambda: message("", pcm=FLOATS), "int16 array of shape .*, not float32"),
        (lambda: message("", text_spread=-1.0), "text_spread is a number, 0 or more"),
        (lambda: call("f", {"x": object()}), "the arguments of f can't be written as JSON"),
        (lambda: message("", text_spread=WORD), "text_spread is a number, 0 or more, not 'one'"),
        (lambda: message("", phase="comentary"), "did you mean 'commentary'"),
        (lambda: message("", seconds=1.0, pcm=noise(2.0, seed=1)), "pcm has 2 s of its own: leave seconds=1 out"),
        (lambda: call("f", ANY), "arguments is an object, or the JSON text of one, not 3"),
        (lambda: call(""), "the name of a tool is not empty"),
        (lambda: mcp_call("a", "b", error=ANY), "error is an object such as"),
        (lambda: FakeServer().reply(pace=WORD), "pace is seconds of audio per second, more than 0, not 'one'"),
        (lambda: FakeServer().reply(thinkin=1), "no argument 'thinkin' with .*: did you mean 'thinking'"),
        (lambda: FakeServer().reply(reason="x"), "it belongs to status='incomplete' and status='cancelled'"),
        (lambda: FakeServer().reply(status="failed", error="x"), "error is an object such as"),
        (lambda: FakeServer().offer_tools("a", {"name": "b", "input_schema": 3}), "a tool is a name, or an object"),
        (lambda: FakeServer().tamper("response.dnoe", drop), "did you mean 'response.done'"),
        (lambda: FakeServer().inject({"type": {1}}), "frame can't be written as JSON"),
        (lambda: FakeServer(call_id=ANY), "call_id is a string"),
        (lambda: changed(), r"changed\(\) names the fields"),
        (lambda: without(), r"without\(\) names the fields"),
        (lambda: SpokenSegment("a", "b", 2.0, 1.0), "a segment ends after its start"),
        (lambda: noise(1.0, seed=WORD), "seed is a whole number, 0 or more, not 'one'"),
        (lambda: run_virtual(ANY_FUNCTION), "this one returned 3"),
        (lambda: replay(ANY), "path is a folder, or a file, not 3"),
        (lambda: replay(FIXTURES / "one_item.jsonl", speaker=ANY), "speaker is an OutputDevice"),
        (lambda: replay(FIXTURES / "one_item.jsonl", tools=ANY), "tools is a list of functions, not 3"),
        (lambda: FakeLiveServer().say("Hi.", text_after=WORD), "text_after is a number of seconds, not 'one'"),
        (lambda: FakeLiveServer().delegate(WORD), r"calls are made by call\(name, arguments\), not 'one'"),
        (lambda: FakeLiveServer().answer(answer=ANY), "answer is a string"),
        (lambda: FakeLiveServer().inject(WORD), "event is an event as a dict"),
        (lambda: noise(-1.0, seed=1), "seconds is a number of seconds, 0 or more"),
        (lambda: VirtualSpeaker(latency=-1.0), "latency is a number of seconds"),
        (lambda: VirtualSpeaker(capacity=0.0), "capacity is a positive number of seconds"),
        (lambda: VirtualMicrophone(drift=WORD), "drift is a part of the rate"),
        (lambda: VirtualMicrophone().say(FLOATS), "int16 array"),
        (lambda: VirtualMicrophone().say(noise(0.1, seed=1), at=-1.0), "at is a number of seconds"),
        (lambda: run_virtual(WORD), "run_virtual takes a coroutine function, not 'one'"),
        (lambda: run_virtual(asyncio.Event().wait()), r"run_virtual\(main\), not run_virtual\(main\(\)\)"),  # type: ignore[arg-type]
        (lambda: run_virtual(asyncio.Event().wait, limit=0), "limit is a positive number of seconds, not 0"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_at_the_call(make: Callable[[], object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        make()


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda server: server.user_speaks("Hello.", seconds=1.0, cancel_after=2.0), "cancel_after is within the turn"),
        (lambda server: server.user_speaks("Hello.", 0), "seconds is a positive number of seconds"),
        (lambda server: server.user_speaks("Hello.", segments=[ANY]), "segments is a list of SpokenSegment"),
        (lambda server: server.user_speaks("Hello.", languages="en"), "languages is a list of codes"),
        (lambda server: server.wait_for("response.creat"), r"did you mean 'response.create'\?"),
        (lambda server: server.wait_for("response.create", 0), "count is a positive whole number, not 0"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_awaited(
    use: Callable[[FakeServer], Awaitable[object]], words: str
) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            await server.connect(None, None)
            with pytest.raises(UsageError, match=words):
                await use(server)

    run_virtual(main)


def test_a_stall_needs_a_virtual_loop() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="stall blocks a virtual loop only"):
            stall(1.0)

    asyncio.run(main())


def test_a_thread_that_does_not_return_is_a_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(virtual_clock, "THREAD_LIMIT", 0.05)
    released = threading.Event()

    async def main() -> None:
        try:
            await asyncio.to_thread(released.wait)
        finally:
            released.set()

    with pytest.raises(virtual_clock.Deadlock, match=r"a worker thread has not returned for 0.05 real seconds"):
        run_virtual(main)
