"""Subtitle what the microphone hears, in another language, and keep the subtitles in a file.

    python examples/translate.py es            # into Spanish, with OPENAI_API_KEY
    python examples/translate.py es --speak    # and say it, too: use headphones

Ctrl-C ends.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from realtime_sdk import NullSpeaker, Utterance, connect_translation, to_srt


async def translate(language: str, said: list[Utterance], **options: Any) -> None:
    """Print the translation while it comes; in the end, `said` has what both sides said."""
    async with connect_translation(language, **options) as translation:
        print("Speak; Ctrl-C ends, and translation.srt has what was said.")
        try:
            async for caption in translation.captions("assistant"):
                print(caption.text, end="", flush=True)
        finally:
            said += translation.transcript


def main(language: str, speak: bool) -> None:
    """Translate until Ctrl-C, then write the subtitles."""
    said: list[Utterance] = []
    # Captions go with what is heard: without a voice, this speaker keeps their time.
    options: dict[str, Any] = {} if speak else {"speaker": NullSpeaker()}
    with suppress(KeyboardInterrupt):
        asyncio.run(translate(language, said, **options))
    Path("translation.srt").write_text(to_srt(said), encoding="utf-8")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    main(sys.argv[1], speak="--speak" in sys.argv)
