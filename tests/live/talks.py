"""A conversation with GPT-Live on the fakes, and what a test looks at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from realtime_sdk import (
    LiveCaption,
    LiveSession,
    connect_live,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.testing import (
    FakeLiveServer,
    VirtualMicrophone,
    VirtualSpeaker,
    run_virtual,
)

BACKEND: dict[str, Any] = {"type": "responses", "responses": {"model": "gpt-5.5"}}
SECRET = "sk-very-secret"
HELLO = ["Hello", " there,", " how", " are", " you?"]


def talk(
    server: FakeLiveServer, script: Callable[[LiveSession], Awaitable[None]], *, speaker: VirtualSpeaker | None = None,
    microphone: VirtualMicrophone | None = None, **arguments: Any,
) -> VirtualSpeaker:  # fmt: skip
    """Run a script in a session; return the speaker."""
    speaker = VirtualSpeaker() if speaker is None else speaker

    async def main() -> None:
        async with server, connect_live(endpoint=server, speaker=speaker, microphone=microphone, **arguments) as live:
            await script(live)

    run_virtual(main)
    return speaker


async def shown(live: LiveSession, count: int) -> list[tuple[float, LiveCaption]]:
    """Wait for this many captions of the model's; return each with the wall-clock time at which it came."""
    captions, came = live.captions("assistant"), list[tuple[float, LiveCaption]]()
    for _ in range(count):
        caption = await anext(captions)
        came.append((clock.wall(), caption))
    return came


def sounded_at(speaker: VirtualSpeaker, seconds: float) -> float:
    """The wall-clock time at which a frame of the stream was heard."""
    frame = to_frames(seconds)
    for sound in speaker.timeline:
        if frame < sound.pcm.size:
            return sound.at + frame / speaker.rate
        frame -= sound.pcm.size
    raise AssertionError(f"{seconds} s of the session were not heard")
