"""Talk to a realtime model: microphone in, speaker out, each word printed when it is heard.

    python examples/talk.py

Ctrl-C ends.
"""

import asyncio
from contextlib import suppress
from datetime import date
from typing import Any

from realtime_sdk import (
    CaptionShown,
    PlayoutFinished,
    PlayoutStarted,
    SdkEvent,
    ServerError,
    ToolFinished,
    UserTranscript,
    connect,
)

GREY, PLAIN = "\033[90m", "\033[0m"


def what_day_is_it() -> str:
    """Say which day it is where the user is."""
    return f"{date.today():%A, %d %B %Y}"


class Screen:
    """Prints one line per utterance; lines that arrive during a message are printed after it."""

    def __init__(self) -> None:
        self.playing = False
        self.pending: list[str] = []

    def show(self, event: SdkEvent) -> None:
        """Print an event that has words."""
        match event:
            case UserTranscript(text=text, final=True):  # may arrive while the answer plays
                self.pending.append(f"  you: {text}")
            case ToolFinished(call=call):
                self.pending.append(f" tool: {call.name} → {call.output}")
            case ServerError(message=message):
                self.pending.append(f"error: {message}")
            case PlayoutStarted(item=item):  # a preamble is grey
                print(GREY if item.phase == "commentary" else PLAIN, end="voice: ")
                self.playing = True
            case CaptionShown(caption=caption):
                print(caption.text, end="", flush=True)
            case PlayoutFinished(playout=playout) if self.playing:
                print(PLAIN + (f" — cut at {playout.position:.2f} s" if playout.interrupted else ""))
                self.playing = False
            case _:
                pass  # the other events would feed a level meter or a button
        while self.pending and not self.playing:
            print(self.pending.pop(0))


async def talk(**options: Any) -> None:
    """Talk until the connection ends; `options` are those of `connect`."""
    async with connect(
        instructions="Be brief and friendly.",
        tools=[what_day_is_it],
        transcription={"model": "gpt-transcribe"},
        **options,
    ) as session:
        screen = Screen()
        print("Speak; Ctrl-C ends.")
        async for event in session.events():
            screen.show(event)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(talk())
