"""Draws the picture of `realtime-sdk talk`, `docs/talk.svg`: `python docs/make_talk.py`.

The conversation runs on the fakes and the virtual clock, so that the picture is the same each time.
"""

from __future__ import annotations

import io
from pathlib import Path

import anyio
from rich.console import Console

from realtime_sdk import CaptionShown, PlayoutFinished, Prices, Session, UserTranscript, connect
from realtime_sdk.cli.display._bill import Bill
from realtime_sdk.cli.display._controls import Controls
from realtime_sdk.cli.display._display import Details
from realtime_sdk.cli.display._svg import svg
from realtime_sdk.cli.screen._screen_display import ScreenDisplay
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, noise, run_virtual

PICTURE = Path(__file__).with_name("talk.svg")

WIDTH, HEIGHT = 80, 24

PRICES = Prices(
    text_in=4, text_out=16, audio_in=32, audio_out=64,
    transcription_text_in=1.25, transcription_audio_in=3, transcription_text_out=5,
)  # fmt: skip
"""Those of an example."""

DETAILS = Details(
    greeting="Speak at any time; a goodbye ends the conversation.",
    recording=Path("talks/2026-11-27_16-20-00"),
    bill=Bill(PRICES, "USD"),
)

TURNS = (
    ("How much disk is free?", None),
    ("Tell me a story.", "and"),
    ("Stop. What is 17 times 23?", "is"),
)
"""What the user says, and the word of the answer at which it goes on; None: its end. The last is in the picture."""


def how_much_disk_is_free() -> str:
    """Say how much disk space is free on this computer."""
    return "12 of 20 gigabytes are free."


def server() -> FakeServer:
    """Return the server that answers, with a latency that a service has."""
    scripted = FakeServer()
    scripted.reply(message("I'll have a look.", phase="commentary"), call("how_much_disk_is_free"), thinking=0.64)
    scripted.reply(message("Twelve of twenty gigabytes are free.", phase="final_answer"), thinking=0.4)
    scripted.reply(
        message("Let me think of one.", phase="commentary"),
        message(
            "On a rock far out at sea stood a lighthouse, and its keeper wished every passing ship a good night. No "
            "ship ever answered.",
            phase="final_answer",
        ),
        thinking=0.71,
    )
    scripted.reply(
        message("Let me work that out.", phase="commentary"),
        message("17 times 23 is 391, since 17 times 20 is 340, and 17 times 3 is 51.", phase="final_answer"),
        thinking=0.58,
    )
    return scripted


async def draw() -> str:
    """Talk until the picture is to be taken."""
    display = ScreenDisplay(Console(file=io.StringIO(), width=WIDTH), (WIDTH, HEIGHT))
    microphone = VirtualMicrophone()
    async with (
        server() as endpoint,
        connect(
            "gpt-realtime-2.1", endpoint=endpoint, microphone=microphone, speaker=VirtualSpeaker(),
            tools=[how_much_disk_is_free], transcription={"model": "gpt-4o-mini-transcribe"},
        ) as session,
        display.showing(Controls(session, lambda: None), DETAILS),
    ):  # fmt: skip
        microphone.say(noise(120.0, seed=1) // 32)  # a quiet room
        for said, last_word in TURNS:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(endpoint.user_speaks, said)
                await _show(session, display, said, last_word)
        return svg(display.lines(WIDTH, HEIGHT), WIDTH)


async def _show(session: Session, display: ScreenDisplay, said: str, last_word: str | None) -> None:
    """Show the events until this word of the answer to what the user said is heard, or its end."""
    answers = False
    async for event in session.events():
        display.on_event(event)
        match event:
            case UserTranscript(text=text):
                answers = text == said
            case CaptionShown(item=item, caption=caption) if answers and item.phase == "final_answer":
                if caption.text.strip() == last_word:
                    return
            case PlayoutFinished(item=item) if answers and item.phase == "final_answer":
                return


if __name__ == "__main__":
    PICTURE.write_text(run_virtual(draw, limit=120.0), encoding="utf-8")
