"""`realtime-sdk talk`: a spoken conversation, shown as it is heard."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio

from .._runtime import clock
from ..conversation._sdk_events import Disconnected
from ..errors import RealtimeError
from ..session._connecting import connect
from ..session._session import Session
from ..transports._transport import Endpoint
from ._demo_tools import how_much_disk_is_free
from ._render import summary
from ._screen import Screen
from ._script import Conductor
from ._serve import local_voice
from ._sound import choose_sound

INSTRUCTIONS: Final = (
    "You are a friendly voice. Speak briefly. If a question takes work, first say in one short sentence what you are "
    "going to do."
)

TRANSCRIPTION: Final = {"model": "gpt-4o-mini-transcribe"}
"""How the service recognises what the user says, for the screen."""

SERVICE: Final = ("OPENAI_API_KEY", "OPENAI_REALTIME_URL")
"""The environment variables of which any says that there is a server to talk to."""

TICK: Final = 0.1
"""Seconds between two looks at the clock by whoever knows when to speak and when to leave."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command was told."""

    local: bool = False
    endpoint: Endpoint | str | None = None  # None: the environment's, or this machine
    model: str | None = None
    llm: str | None = None
    voice: str | None = None
    instructions: str | None = None
    input: Path | None = None
    output: Path | None = None  # None: a new folder under `talks`
    device_in: str | None = None
    device_out: str | None = None
    record: bool = True
    seconds: float | None = None


async def hold_talk(options: Options, screen: Screen) -> None:
    """Hold a talk until somebody ends it; however it ends, say what it came to.

    Raises `RealtimeError` if it can't begin.
    """
    folder = options.output or Path("talks") / f"{datetime.fromtimestamp(clock.wall()):%Y-%m-%d_%H-%M-%S}"
    sound = choose_sound(folder, spoken=options.input, device_in=options.device_in, device_out=options.device_out)
    async with AsyncExitStack() as stack:
        endpoint = await _endpoint(options, screen, stack)
        screen.remark(sound.remark)
        stack.push(partial(_name_files, screen, folder))  # once they are closed
        session = await stack.enter_async_context(
            connect(
                options.model, endpoint=endpoint, microphone=sound.microphone, speaker=sound.speaker,
                tools=[how_much_disk_is_free], record=folder if options.record else None, **_session_fields(options),
            )
        )  # fmt: skip
        stack.callback(_sum_up, screen)
        with screen, anyio.move_on_after(options.seconds):
            await _attend(session, screen, sound.conductor)


async def _attend(session: Session, screen: Screen, conductor: Conductor) -> None:
    """Show what happens until the talk is over."""
    events = session.events()
    while not conductor.over:
        with anyio.move_on_after(TICK):
            event = await anext(events)
            screen.show(event)
            conductor.notice(event)
            if isinstance(event, Disconnected):
                return
        conductor.tick(clock.wall())


async def _endpoint(options: Options, screen: Screen, stack: AsyncExitStack) -> Endpoint | str | None:
    """Give the server to talk to; None: what the environment names. The local server runs as long as `stack`."""
    if options.endpoint is not None:
        return options.endpoint
    if not options.local and any(os.environ.get(name) for name in SERVICE):
        return None
    settings = {"llm": options.llm, "llm_model": options.model, "voice": options.voice}
    return await stack.enter_async_context(local_voice(screen, **settings))


def _session_fields(options: Options) -> dict[str, Any]:
    fields = {"instructions": options.instructions or INSTRUCTIONS, "transcription": TRANSCRIPTION}
    return fields if options.voice is None else fields | {"voice": options.voice}


def _sum_up(screen: Screen) -> None:
    screen.remark(summary(screen.view.tally))


def _name_files(
    screen: Screen, folder: Path, kind: type[BaseException] | None, error: BaseException | None, trace: object
) -> None:
    """Say what the talk leaves behind, if there was one."""
    if folder.is_dir() and not isinstance(error, RealtimeError):
        screen.remark(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
