"""A wrong argument is refused at the call, by an error that names the value and what is expected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from realtime_sdk import (
    BargeIn,
    IdlePolicy,
    NullSpeaker,
    Response,
    Session,
    Tap,
    Turns,
    UsageError,
    WavMicrophone,
    connect,
)
from realtime_sdk.testing import FakeServer, VirtualSpeaker, run_virtual

TO_CONNECT: list[tuple[dict[str, Any], str]] = [
    ({"timeout": None}, "timeout is a positive number of seconds, such as 10.0, not None"),
    ({"timeout": "5"}, "timeout is a positive number of seconds, such as 10.0, not '5'"),
    ({"timeout": -1}, "timeout is a positive number of seconds, such as 10.0, not -1"),
    ({"timeout": float("nan")}, "timeout is a positive number"),
    ({"idle": 5}, "idle is an IdlePolicy, such as"),
    ({"idle": IdlePolicy}, "IdlePolicy is a class: pass an object"),
    ({"speaker": "default"}, "speaker is an OutputDevice, such as .*, not 'default'"),
    ({"speaker": NullSpeaker}, r"NullSpeaker is a class: pass NullSpeaker\(\)"),
    ({"microphone": "a.wav"}, "microphone is an InputDevice"),
    ({"microphone": NullSpeaker()}, "microphone is an InputDevice.* has no read"),
    ({"barge_in": "never"}, "barge_in is a BargeIn, such as"),
    ({"barge_in": BargeIn.never}, r"BargeIn.never is a function, call it: BargeIn.never\(\)"),
    ({"turns": "push_to_talk"}, "turns is a Turns, such as"),
    ({"turns": Turns.push_to_talk}, r"call it: Turns.push_to_talk\(\)"),
    ({"record": True}, "record is the path of a folder"),
    ({"tap": print}, "tap is a Tap, an object with the methods"),
    ({"tap": Tap}, "Tap is a class"),
    ({"tap": [print]}, "tap is a Tap, an object with the methods"),
    ({"echo_canceller": print}, "echo_canceller is an EchoCanceller"),
    ({"model": print}, "model is the name of a model"),
    ({"audio": True}, "audio is an object of fields, such as {…}, not True"),
    ({"audio": {"input": "loud"}}, "audio.input is an object of fields, such as {…}, not 'loud'"),
    ({"extra_fields": ["x"]}, "extra_fields is an object of fields, such as {…}, not a list"),
    ({"extra_fields": {1: 2}}, "extra_fields is an object whose names are strings, not 1"),
]


@pytest.mark.parametrize(("given", "said"), TO_CONNECT, ids=lambda value: repr(value)[:40])
def test_connect_refuses_a_wrong_argument_before_anything_is_opened(given: dict[str, Any], said: str) -> None:
    async def main() -> None:
        server = FakeServer()
        devices: dict[str, Any] = {"speaker": VirtualSpeaker(), "microphone": None}
        async with server:
            with pytest.raises(UsageError, match=said):
                connect(endpoint=server, **{**devices, **given})
        assert server.received == []

    run_virtual(main)


IN_A_SESSION: list[tuple[Callable[[Any], Any], str]] = [
    (lambda session: session.respond(timeout="3"), "timeout is a positive number of seconds, such as 10.0, not '3'"),
    (lambda session: session.respond(timeout=0), "timeout is a positive number"),
    (lambda session: session.update(voice="marin", timeout=-1), "timeout is a positive number"),
    (lambda session: session.send_text(5), "text is a string, not 5"),
    (lambda session: session.send_text(b"hello"), "text is a string"),
    (lambda session: session.send_tool_output("call_1", "x"), "call is a FunctionCallItem"),
    (lambda session: session.events("CaptionShown"), "did you mean CaptionShown"),
    (lambda session: session.events(str), "not the class str"),
    (lambda session: session.events(Response), "did you mean ResponseStarted|classes of events"),
    (lambda session: session.events([Response]), "classes of events, each an argument of its own"),
    (lambda session: session.send_image("nofile.png"), "nofile.png' can't be read: No such file"),
    (lambda session: session.conversation.restore(None), r"give what `export\(\)` returned, not None"),
]


@pytest.mark.parametrize(("call", "said"), IN_A_SESSION)
def test_a_session_refuses_a_wrong_argument_and_continues(call: Callable[[Session], Any], said: str) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            with pytest.raises(UsageError, match=said):
                result = call(session)
                if asyncio.iscoroutine(result):
                    await result
            assert (await session.update(instructions="Be brief."))["instructions"] == "Be brief."

    run_virtual(main)


def test_a_session_that_was_not_entered_explains_how_to_enter_it() -> None:
    opening: Any = connect(endpoint=FakeServer(), speaker=None, microphone=WavMicrophone())
    with pytest.raises(UsageError, match=r"use: async with connect\(…\) as session"):
        opening.send_text("Hello?")
