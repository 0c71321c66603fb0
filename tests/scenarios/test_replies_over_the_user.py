"""A reply that would begin while the user speaks does not: the user is heard out, and answered exactly once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from realtime_sdk import BargeIn, Interrupted, Session, Turns, UsageError
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, noise, run_virtual
from realtime_sdk.testing._clock import EPOCH
from realtime_sdk.turns._policies import decides_locally

from ..capture.sounds import Loudness
from .observing import after, count, errors, is_answered, remembered, seconds, talk

pytestmark = pytest.mark.usefixtures("unguarded")

FROM, UNTIL = 2.0, 6.0
"""Seconds from the beginning between which the user speaks."""

TO_BE_SURE = 0.2
"""Seconds that a detector on this side takes."""

CROSSINGS = {"conversation_already_has_active_response", "response_cancel_not_active"}
"""What a server refuses that has begun, or ended, a response before it hears of what is asked."""

USER = "By the way, one more thing."


async def slow() -> str:
    """Take so long that the user speaks when it is done."""
    await anyio.sleep(3.0)
    return "done"


@dataclass
class Scene:
    """The user speaks from 2 s to 6 s, and something happens meanwhile."""

    speaking: str  # how the user's turn is found: by the server, a voice detector, or a key
    policy: BargeIn | None = None
    pace: float = math.inf
    latency: float = 0.0
    server: FakeServer = field(init=False)
    speaker: VirtualSpeaker = field(default_factory=VirtualSpeaker)
    microphone: VirtualMicrophone = field(default_factory=VirtualMicrophone)
    said: list[str] = field(default_factory=list)  # what the server remembers in the end
    responses: int = 0  # that the server made

    def __post_init__(self) -> None:
        self.server = FakeServer(latency=self.latency)

    async def hold(self, meanwhile: Callable[[Session], Coroutine[Any, Any, object]], until: float = 30.0) -> Session:
        """Hold the talk; `meanwhile` runs beside it."""
        parameters: dict[str, Any] = {"tools": [slow], "barge_in": self.policy}
        if self.speaking != "by server":
            turns = Turns.push_to_talk() if self.speaking == "by key" else Turns.by_voice(Loudness())
            parameters |= {"turns": turns, "microphone": self.microphone}
        async with self.server, talk(self.server, self.speaker, **parameters) as session:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(meanwhile, session)
                await self._speak(session)
            await anyio.sleep_until(until)
            assert {error["code"] for error in self.server.refused} <= CROSSINGS
            said = remembered(self.server)
            assert await is_answered(self.server, session)
        self.said = said
        self.responses = len([event for event in self.server.sent if event["type"] == "response.created"]) - 1
        return session

    async def _speak(self, session: Session) -> None:
        match self.speaking:
            case "by server":
                await anyio.sleep_until(FROM)
                await self.server.user_speaks(USER, UNTIL - FROM)
            case "by key":
                await anyio.sleep_until(FROM)
                session.press()
                await anyio.sleep_until(UNTIL)
                session.release()
            case "by voice":
                self.microphone.say(noise(UNTIL - FROM - 0.5, seed=99), at=FROM)
                await anyio.sleep_until(UNTIL)

    @property
    def asks(self) -> bool:
        """Whether the session asks for the answer to the user's turn; else the server answers by itself."""
        return self.speaking != "by server" or (self.policy is not None and decides_locally(self.policy))

    @property
    def silent_meanwhile(self) -> bool:
        """Whether nothing was played while the user spoke."""
        sounds = [(s.at - EPOCH, s.at - EPOCH + len(s.pcm) / self.speaker.rate) for s in self.speaker.timeline]
        return not [True for begin, end in sounds if begin < UNTIL - 0.01 and end > FROM + TO_BE_SURE]


ALL: dict[str, tuple[str, BargeIn | None]] = {
    "default": ("by server", None), "at once": ("by server", BargeIn.immediate()),
    "duck": ("by server", BargeIn.duck_then_decide(1.0)), "pause": ("by server", BargeIn.pause_then_decide(1.0)),
    "wait": ("by server", BargeIn.delay(1.0)), "never": ("by server", BargeIn.never()),
    "push to talk": ("by key", None), "by voice": ("by voice", None),
    "by voice, wait": ("by voice", BargeIn.delay(1.0)),
}  # fmt: skip

however = pytest.mark.parametrize(("speaking", "policy"), ALL.values(), ids=ALL)


def user(scene: Scene) -> str:
    return f"user: {USER}" if scene.speaking == "by server" else "user"


# A tool that is done while the user speaks


@however
@pytest.mark.parametrize("pace", [math.inf, 1.2])
def test_the_result_of_a_slow_tool_is_not_spoken_over_the_user(
    speaking: str, policy: BargeIn | None, pace: float
) -> None:
    scene = Scene(speaking, policy)
    scene.server.reply(call("slow"))
    scene.server.reply(message("It is done, and what else?", seconds=3.0), pace=pace)

    async def main() -> None:
        session = await scene.hold(lambda session: session.respond())
        assert scene.silent_meanwhile
        assert scene.said == [
            "function_call", "function_call_output", user(scene), "assistant: It is done, and what else?"
        ]  # fmt: skip
        assert scene.responses == 2
        assert await errors(session) == []

    run_virtual(main)


# A text, while the user speaks


@however
def test_text_sent_while_the_user_speaks_is_answered_with_or_after_the_users_turn(
    speaking: str, policy: BargeIn | None
) -> None:
    scene = Scene(speaking, policy)
    answers = ["To both of you."] if scene.asks else ["Server's own answer.", "And to the text."]
    for answer in answers:
        scene.server.reply(message(answer, seconds=2.0))

    async def text(session: Session) -> None:
        await anyio.sleep_until(4.0)
        session.send_text("And in writing.")

    async def main() -> None:
        session = await scene.hold(text)
        assert scene.silent_meanwhile
        assert scene.said == ["user: And in writing.", user(scene), *(f"assistant: {answer}" for answer in answers)]
        assert scene.responses == len(answers)
        assert await errors(session) == []

    run_virtual(main)


# A response that is asked for while the user speaks


@however
@pytest.mark.parametrize("pace", [math.inf, 1.2])
def test_a_response_requested_while_the_user_speaks_follows_the_answer_to_the_user(
    speaking: str, policy: BargeIn | None, pace: float
) -> None:
    scene = Scene(speaking, policy)
    scene.server.reply(message("First the answer.", seconds=2.0), pace=pace)
    scene.server.reply(message("Then the rest.", seconds=2.0), pace=pace)

    async def ask(session: Session) -> None:
        await anyio.sleep_until(4.0)
        response = await session.respond(instructions="Tell the rest.")
        (playout,) = await response.played()
        assert not playout.interrupted

    async def main() -> None:
        session = await scene.hold(ask)
        assert scene.silent_meanwhile
        assert seconds(scene.speaker) == 2.0 + 2.0 + 0.5
        answers = [text for text in scene.said if text.startswith("assistant")]
        assert sorted(answers) == ["assistant: First the answer.", "assistant: Then the rest."]
        assert scene.responses == 2
        assert await errors(session) == []

    run_virtual(main)


# A response that has begun, but is not heard yet, when the user speaks


@pytest.mark.parametrize("speaking", ["by server", "by key", "by voice"])
@pytest.mark.parametrize("pace", [math.inf, 1.2])
def test_a_response_that_crosses_the_beginning_of_the_users_turn_is_dropped_and_leaves_nothing(
    speaking: str, pace: float
) -> None:
    scene = Scene(speaking, latency=0.2)
    scene.server.reply(message("It crossed what you said.", seconds=9.0), pace=pace)
    scene.server.reply(message("The answer.", seconds=2.0), pace=pace)

    async def cross(session: Session) -> None:
        await anyio.sleep_until(FROM - 0.05 if speaking == "by server" else FROM - 0.3)
        if speaking == "by key":  # which calls off all that was asked for
            with pytest.raises(UsageError, match="was interrupted before the server began"):
                await session.respond()
        else:
            await session.respond()

    async def main() -> None:
        session = await scene.hold(cross)
        assert scene.silent_meanwhile
        assert [text for text in scene.said if text != user(scene)] == ["assistant: The answer."]
        assert seconds(scene.speaker) == 2.0 + 0.5
        assert await errors(session) == []

    run_virtual(main)


# The floor is given back


def test_clear_audio_frees_the_floor_and_the_held_response_plays() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("The reply that waited.", seconds=2.0))
        async with server, talk(server, speaker) as session:
            speaking = asyncio.create_task(server.user_speaks("Hm.", seconds=60.0))
            await anyio.sleep(1.0)
            waiting = asyncio.create_task(session.respond())
            await anyio.sleep(5.0)
            assert not waiting.done() and count(server, "response.create") == 0
            session.clear_audio()
            (playout,) = await (await waiting).played()
            assert (playout.transcript, playout.interrupted) == ("The reply that waited.", False)
            speaking.cancel()

    run_virtual(main)


def test_after_clear_audio_the_next_barge_in_works_under_every_policy() -> None:
    async def main(policy: BargeIn) -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long story.", seconds=10.0))
        server.reply(message("Yes?", seconds=1.0))
        async with server, talk(server, speaker, barge_in=policy) as session:
            cough = asyncio.create_task(server.user_speaks("", seconds=0.5))
            await anyio.sleep(0.3)
            session.clear_audio()
            await anyio.sleep(0.1)
            cough.cancel()
            server.connections[-1]._connection.session._speech = None
            story = await session.respond()
            await anyio.sleep(2.0)
            await server.user_speaks("Stop, please!", seconds=2.5)
            (playout,) = await story.played()
            assert playout.interrupted
            await anyio.sleep(3.0)
            assert remembered(server)[-1] == "assistant: Yes?"
        assert len(await after(session, Interrupted)) == 1

    undecided = (BargeIn.duck_then_decide(1.0), BargeIn.pause_then_decide(1.0), BargeIn.delay(1.0))
    for policy in (BargeIn.immediate(), *undecided):
        run_virtual(lambda policy=policy: main(policy))  # type: ignore[misc]
