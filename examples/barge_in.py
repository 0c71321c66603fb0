"""What happens when the user speaks over the reply: choose a policy, and try it.

    python examples/barge_in.py pause         # a cough pauses the reply; who goes on speaking takes the floor
    python examples/barge_in.py never         # the reply is heard to its end, then the user is answered

Ctrl-C ends.
"""

import asyncio
import sys
from contextlib import suppress
from typing import Any

from realtime_sdk import BargeIn, PlayoutFinished, UserSpeechStarted, connect

POLICIES = {
    "server": BargeIn.by_server(),  # the default: the server decides
    "immediate": BargeIn.immediate(),
    "pause": BargeIn.pause_then_decide(0.8),  # seconds of speech that take the floor
    "duck": BargeIn.duck_then_decide(0.8),
    "delay": BargeIn.delay(0.8),
    "never": BargeIn.never(),
}


async def talk(policy: BargeIn, **options: Any) -> None:
    """Talk until the connection ends, and tell what was cut; `options` are those of `connect`."""
    async with connect(instructions="Tell long stories.", barge_in=policy, **options) as session:
        print("Ask for a story, and speak over it; Ctrl-C ends.")
        async for event in session.events(UserSpeechStarted, PlayoutFinished):
            match event:
                case UserSpeechStarted():
                    print(f"you speak ({session.state})")
                case PlayoutFinished(item=item, playout=playout) if playout.interrupted:
                    print(f"cut at {playout.position:.1f} of {playout.duration:.1f} s: {item.heard} —")
                case PlayoutFinished(item=item):
                    print(f"heard to its end: {item.heard}")


if __name__ == "__main__":
    chosen = sys.argv[1] if sys.argv[1:] else "pause"
    if chosen not in POLICIES:
        sys.exit(__doc__)
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(POLICIES[chosen]))
