"""A recorded talk that has everything a report shows."""

from __future__ import annotations

from pathlib import Path

import anyio

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, noise, run_virtual

QUESTION = "How far is the moon?"
HOSTILE = "It is </script><b>far</b> & away."
STORY = "Once upon a time there was a king who counted every star that he could see from his tower."


def measure(body: str, unit: str = "km") -> str:
    """Measure how far a body is."""
    return f'{{"distance": 384400, "unit": "{unit}"}}'


def record_talk(folder: Path, *, cut_after: float = 2.0) -> None:
    """Record a question that needs a tool, and a story that is cut; in between the connection is lost."""

    async def main() -> None:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(message("Let me look.", phase="commentary", seconds=1.0), call("measure", {"body": "moon"}))
        server.reply(message(HOSTILE, phase="final_answer", seconds=2.0))
        server.reply(message(STORY, seconds=8.0), message("The end.", seconds=1.0))
        talk = connect(
            endpoint=server, microphone=microphone, speaker=VirtualSpeaker(), tools=[measure], record=folder,
            transcription={"model": "any"},
        )  # fmt: skip
        async with server, talk as session:
            microphone.say(noise(1.5, seed=1))
            await server.user_speaks(QUESTION, seconds=1.5)
            await anyio.sleep(0.5)
            await session.drained()
            server.hang_up(1001, "going away")
            await anyio.sleep(2.0)
            session.send_text("Tell me a story.")
            await anyio.sleep(1.0 + cut_after)
            await session.interrupt()
            await anyio.sleep(1.0)

    run_virtual(main)
