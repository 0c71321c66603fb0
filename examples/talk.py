"""Talk to a realtime model: microphone in, speaker out, and every word on the screen when it is heard.

    python examples/talk.py                                    # OpenAI's service, with OPENAI_API_KEY
    python examples/talk.py ws://127.0.0.1:8080/v1/realtime    # any other server, such as `realtime-sdk serve`

Ctrl-C ends.
"""

import asyncio
import sys
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
    """A line for each utterance; what happens in the middle of one is printed after it."""

    def __init__(self) -> None:
        self.sounding = False
        self.waiting: list[str] = []

    def show(self, event: SdkEvent) -> None:
        """Print what a person would notice."""
        match event:
            case UserTranscript(text=text, final=True):  # recognised while the answer sounds already
                self.waiting.append(f"  you: {text}")
            case ToolFinished(call=call):
                self.waiting.append(f" tool: {call.name} → {call.output}")
            case ServerError(message=message):
                self.waiting.append(f"error: {message}")
            case PlayoutStarted(item=item):  # what only leads up to the answer is grey
                print(GREY if item.phase == "commentary" else PLAIN, end="voice: ")
                self.sounding = True
            case CaptionShown(caption=caption):
                print(caption.text, end="", flush=True)
            case PlayoutFinished(playout=playout) if self.sounding:
                print(PLAIN + (f" — cut at {playout.position:.2f} s" if playout.interrupted else ""))
                self.sounding = False
            case _:
                pass  # a level meter or a button would be drawn from the others
        while self.waiting and not self.sounding:
            print(self.waiting.pop(0))


async def talk(**options: Any) -> None:
    """Talk until the connection ends; `options` are those of `connect`."""
    async with connect(
        instructions="Be brief and friendly.",
        tools=[what_day_is_it],
        transcription={"model": "gpt-4o-mini-transcribe"},
        **options,
    ) as session:
        screen = Screen()
        async for event in session.events():
            screen.show(event)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(endpoint=sys.argv[1] if sys.argv[1:] else None))
