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
    FakeServer,
    Only,
    Pause,
    Phase,
    Raw,
    Refuse,
    Reset,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    drop,
    followed_by,
    instead,
    late,
    message,
    noise,
    run_virtual,
    stall,
)
from realtime_sdk.testing import _clock as virtual_clock

FLOATS: Any = np.zeros(10, np.float32)
MAKER: Any = late
WORD: Any = "one"


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
