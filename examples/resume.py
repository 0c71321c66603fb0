"""Go on with yesterday's talk: what was said is kept in a file, and given to the next session.

    python examples/resume.py                 # Ctrl-C ends, and keeps the talk in talk.json

The model is given what was heard of its messages, and nothing that it wrote and that was not heard.
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from realtime_sdk import MessageItem, PlayoutFinished, Session, UserTranscript, connect


async def talk(path: Path, **options: Any) -> None:
    """Talk until the connection ends, from where the file left off; `options` are those of `connect`."""
    async with connect(transcription={"model": "gpt-transcribe"}, **options) as session:
        if (earlier := load(path)) is not None:
            await session.conversation.restore(earlier)
        for item in session.conversation:
            if isinstance(item, MessageItem):
                print(f"{item.role}, earlier: {item.heard}")
        print("Speak; Ctrl-C ends, until the next time.")
        try:
            async for event in session.events(UserTranscript, PlayoutFinished):
                if isinstance(event, PlayoutFinished) or event.final:
                    print(f"{event.item.role}: {event.item.heard}")
        finally:
            save(session, path)


def load(path: Path) -> dict[str, Any] | None:
    """Read the conversation that was kept in the file; None: there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def save(session: Session, path: Path) -> None:
    """Write the conversation to the file."""
    path.write_text(json.dumps(session.conversation.export(), indent=2), encoding="utf-8")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(Path("talk.json")))
