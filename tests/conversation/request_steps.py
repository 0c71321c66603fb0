"""Steps of the tests of requests: turns of the user, callers, servers that detect turns or send metadata back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import anyio

from realtime_sdk.conversation._completion import Completion
from realtime_sdk.conversation.requests._requests import Request, RequestState
from realtime_sdk.testing import run_virtual

from .wire import Wire

T = TypeVar("T")

COLLISION: Final = "conversation_already_has_active_response"


def value_of(answer: Completion[T]) -> T:
    """What a caller gets that awaits the answer, or what it raises."""
    return run_virtual(answer.wait)


async def keep_failure(wait: Callable[[], Awaitable[object]], failures: list[Exception]) -> None:
    try:
        await wait()
    except Exception as error:
        failures.append(error)


def failures_of(act: Callable[[], object], *answers: Completion[Any]) -> list[Exception]:
    """What callers raise that await these answers while something happens."""
    failures: list[Exception] = []

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for answer in answers:
                tasks.start_soon(keep_failure, answer.wait, failures)
            await anyio.sleep(0.1)
            act()

    run_virtual(main)
    return failures


def state_of(request: Request[Any]) -> RequestState:
    """Its state; a type checker would take an attribute for what it was compared with last."""
    return request.state


def speak(wire: Wire, item: str = "user_1") -> None:
    """The user says something, which becomes a message; what the server does then depends on its turn detection."""
    wire.receive("input_audio_buffer.speech_started", item_id=item)
    wire.receive("input_audio_buffer.speech_stopped", item_id=item)
    wire.receive("input_audio_buffer.committed", item_id=item, previous_item_id=None)


def detecting(**detection: Any) -> Wire:
    """A session whose server detects turns."""
    wire = Wire()
    wire.open(audio={"input": {"turn_detection": {"type": "server_vad", **detection}}})
    return wire


def echoing() -> Wire:
    """A session whose server has shown that it sends metadata back."""
    wire = Wire()
    request, _ = wire.submit()
    wire.begin("resp_0", request=request.event_id)
    wire.done("resp_0")
    wire.sent.clear()
    return wire
