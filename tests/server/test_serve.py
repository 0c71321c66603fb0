"""An application's backend behind the server: what it may do, and what its exceptions cause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import pytest

from realtime_sdk import Session, connect, server as server_room, transcribe
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.protocol import REALTIME_MODEL
from realtime_sdk.server import (
    Audio,
    Backend,
    Message,
    Output,
    Request,
    SpeechInput,
    SpeechStarted,
    SpeechStopped,
    Text,
    serve,
)
from realtime_sdk.testing import noise

pytestmark = pytest.mark.real


class Echo:
    """Repeats the user's last words."""

    async def respond(self, request: Request) -> AsyncIterator[Output]:
        part = request.items[-1]["content"][0]
        yield Message()
        yield Text(part.get("text") or part["transcript"])


class TurnAfterASecond:
    """One turn, from the first sample to a second later."""

    def __init__(self) -> None:
        self.frames = 0

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        before, self.frames = self.frames, self.frames + len(pcm)
        started = [SpeechStarted(0)] if before == 0 else []
        stopped = [SpeechStopped(to_frames(1.0))] if before < to_frames(1.0) <= self.frames else []
        return [*started, *stopped]

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        pass

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        yield "Good "
        yield "morning."


class Deaf(TurnAfterASecond):
    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        raise RuntimeError("no model")


def talk(
    backend: Backend, use: Callable[[Session], Awaitable[None]], speech_input: Callable[[], SpeechInput] | None = None
) -> None:
    async def main() -> None:
        async with (
            serve(backend, speech_input=speech_input) as url,
            connect(endpoint=url, microphone=None, speaker=None, reconnect=None) as session,
        ):
            await use(session)

    asyncio.run(main())


def test_a_client_that_types_is_answered() -> None:
    async def use(session: Session) -> None:
        assert session.settings["model"] == REALTIME_MODEL
        await session.send_text("Hello.")
        response = await (await anext(aiter(session.responses()))).done()
        assert [item.transcript for item in response.items] == ["Hello."]  # type: ignore[union-attr]

    talk(Echo(), use)


def test_a_client_that_speaks_is_answered_by_its_transcript() -> None:
    async def use(session: Session) -> None:
        await session.send_audio(np.zeros(to_frames(1.2), np.int16))
        response = await (await anext(aiter(session.responses()))).done()
        assert [item.transcript for item in response.items] == ["Good morning."]  # type: ignore[union-attr]

    talk(Echo(), use, TurnAfterASecond)


def test_a_client_that_only_transcribes_is_given_transcripts_and_no_answer() -> None:
    async def main() -> None:
        async with (
            serve(Echo(), speech_input=TurnAfterASecond) as url,
            transcribe(endpoint=url, microphone=None, reconnect=None) as session,
        ):
            await session.send_audio(np.zeros(to_frames(1.2), np.int16))
            transcript = await anext(aiter(session))
            assert transcript.text == "Good morning."

    asyncio.run(main())


class Yields:
    """A backend that yields one thing."""

    def __init__(self, output: Any) -> None:
        self.output = output

    async def respond(self, request: Request) -> AsyncIterator[Output]:
        yield self.output


@pytest.mark.parametrize("output", ["Hello.", None, Text])
def test_a_backend_that_yields_something_else_fails_its_response(output: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def use(session: Session) -> None:
        await session.send_text("Hello.")
        assert (await (await anext(aiter(session.responses()))).done()).status == "failed"

    talk(Yields(output), use)
    assert "a backend yields Message, Part, Text, Audio or Call, not" in caplog.text


def test_turn_detection_that_fails_closes_the_connection_with_1011(caplog: pytest.LogCaptureFixture) -> None:
    async def use(session: Session) -> None:
        await session.send_audio(noise(0.1, seed=1))
        async for _ in session.responses():
            raise AssertionError("no response can begin")

    with pytest.raises(ConnectionFailed, match="1011"):
        talk(Echo(), use, Deaf)
    assert "the turn detection failed" in caplog.text


def test_audio_of_another_type_is_refused_where_it_is_made() -> None:
    with pytest.raises(UsageError, match="int16 array of shape"):
        Audio(np.zeros(100, np.float32))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"backend": "echo"}, r"backend is an object with respond\(request\)"),
        ({"backend": Echo}, r"pass Echo\(\)"),
        ({"backend": Echo(), "speech_input": TurnAfterASecond()}, "pass its class or a function"),
        ({"backend": Echo(), "lifetime": 0}, "lifetime is a positive number of seconds"),
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any], words: str) -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match=words):
            async with serve(**arguments):
                pass

    asyncio.run(main())


def test_a_port_in_use_is_named() -> None:
    async def main() -> None:
        async with serve(Echo()) as url:
            port = int(url.split(":")[2].split("/")[0])
            with pytest.raises(ConnectionFailed, match=f"at 127.0.0.1, port {port}: [^:]+; choose another port"):
                async with serve(Echo(), port=port):
                    pass

    asyncio.run(main())


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_this_machine_does_not_have_is_refused_with_those_that_it_has(host: str) -> None:
    async def main() -> None:
        with pytest.raises(ConnectionFailed, match=f"at {host}, port 0: .*; listen at 127.0.0.1 for programs of this"):
            async with serve(Echo(), host=host):
                pass

    asyncio.run(main())


def test_the_package_exports_exactly_its_public_names() -> None:
    assert sorted(vars(server_room)["__all__"]) == [name for name in dir(server_room) if name[0].isalpha()]
    assert vars(server_room)["__all__"] == [
        "Audio", "Backend", "Call", "Message", "Output", "Part", "Request", "SpeechInput", "SpeechStarted",
        "SpeechStopped", "Text", "UnfinishedResponse", "serve",
    ]  # fmt: skip
