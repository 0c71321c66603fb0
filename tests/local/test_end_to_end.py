"""A question spoken into the local server over a real socket, and its answer heard by the same recogniser."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
import soundfile

from realtime_sdk import MessageItem, Response, Session, connect
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.cli.session._device_choice import ASSETS
from realtime_sdk.local import LocalServer
from realtime_sdk.local._recogniser import Recogniser
from realtime_sdk.local._voices import Engine

from .sounds import silence, transcript

pytestmark = pytest.mark.real


async def ask(session: Session, question: Pcm) -> None:
    """Speak a question, as a microphone would hear it: block by block, with silence around it."""
    sound = np.concatenate([silence(0.4), question, silence(0.8)])
    for start in range(0, len(sound), 2400):
        await session.send_audio(sound[start : start + 2400])


async def listen(response: Response) -> list[tuple[str | None, str, Pcm]]:
    """The phase, the transcript and the whole sound of each message."""
    messages = []
    async for item in response:
        if isinstance(item, MessageItem):
            sound = np.concatenate([pcm async for pcm in item.audio()])
            messages.append((item.phase, item.transcript, sound))
    return messages


def test_the_answer_to_a_spoken_question_is_heard(recogniser: Recogniser, joe: Engine) -> None:
    async def main() -> None:
        async with LocalServer() as server, connect(endpoint=server.url, microphone=None, speaker=None) as session:
            await ask(session, joe.synthesise("What is seventeen times twenty-three?"))
            response = await anext(aiter(session.responses()))
            (first, _, meanwhile), (second, text, answer) = await listen(response)
            assert (first, second) == ("commentary", "final_answer")
            assert text == "17 times 23 is 391."
            assert "work" in await transcript(recogniser, meanwhile)
            assert "391" in await transcript(recogniser, answer)

    asyncio.run(main())


@pytest.mark.parametrize(("file", "question", "answer"), [
    ("question", "17 times 23", "391"),
    ("story", "story", "Part one"),
    ("barge_in", "What time is it", "It is "),
])
def test_the_bundled_questions_are_understood(file: str, question: str, answer: str) -> None:
    async def main() -> None:
        async with (
            LocalServer() as server,
            connect(
                endpoint=server.url, microphone=None, speaker=None, output_modalities=["text"],
                transcription={"model": "gpt-transcribe"},
            ) as session,
        ):
            pcm, rate = soundfile.read(ASSETS / f"{file}.flac", dtype="int16")
            assert rate == 24_000
            await ask(session, pcm)
            response = await (await anext(aiter(session.responses()))).done()
            assert answer in "".join(item.transcript for item in response.items if isinstance(item, MessageItem))
            heard = next(item for item in session.conversation if isinstance(item, MessageItem))
            assert heard.role == "user"
            assert question in heard.transcript

    asyncio.run(main())


def get_weather(city: str) -> dict[str, object]:
    """Get the current weather in a city."""
    return {"city": city, "temperature": 21}


def test_a_function_of_the_client_is_called_and_its_result_is_reported() -> None:
    async def main() -> None:
        async with (
            LocalServer() as server,
            connect(
                endpoint=server.url, microphone=None, speaker=None, tools=[get_weather], output_modalities=["text"]
            ) as session,
        ):
            await session.send_text("What's the weather in Paris?")
            responses = aiter(session.responses())
            first, second = [await (await anext(responses)).done() for _ in range(2)]
            assert [item.type for item in first.items] == ["message", "function_call"]
            (answer,) = second.items
            assert isinstance(answer, MessageItem)
            assert (answer.phase, answer.transcript) == ("final_answer", "The city is Paris and the temperature is 21.")

    asyncio.run(main())
