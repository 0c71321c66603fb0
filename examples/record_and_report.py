"""Record a talk, and make a page of it: sound, words, interruptions, tools, latency, in one file.

    python examples/record_and_report.py      # Ctrl-C ends, and names the page

A recording holds what was said: tell people that it is made, and keep it where only they can read it.
"""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from realtime_sdk import PlayoutFinished, connect
from realtime_sdk.recording import read, report


async def talk(folder: Path, **options: Any) -> None:
    """Talk until the connection ends, into a new folder; `options` are those of `connect`."""
    async with connect(record=folder, transcription={"model": "gpt-transcribe"}, **options) as session:
        print("Speak; Ctrl-C ends, and a page is made of it.")
        async for event in session.events(PlayoutFinished):
            print(event.item.heard)


def write_report(folder: Path) -> Path:
    """Write the page, which needs nothing beside itself, and count what went over the wire."""
    page = folder / "report.html"
    page.write_text(report(folder), encoding="utf-8")
    print(f"{page}: {sum(1 for _ in read(folder))} frames")
    return page


if __name__ == "__main__":
    folder = Path(time.strftime("talk_%Y-%m-%d_%H-%M-%S"))  # one for each talk: nothing is overwritten
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(folder))
    write_report(folder)
