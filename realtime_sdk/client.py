"""`connect`: endpoint, devices, recorder and session put together."""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio

from .acoustics import AlignerName, acoustics
from .devices import InputDevice, Microphone, OutputDevice, Speaker
from .echo import EchoCanceller, default_canceller
from .events import SessionUpdate
from .formats import Formats
from .idle import WhenIdle
from .recording import Recorder
from .session import Session
from .tap import Tap
from .tools import Toolbox
from .transports import Endpoint, OpenAIEndpoint, Transport, endpoint_from
from .turns import BargeIn, Turns


class _Default(Enum):
    DEFAULT = "the machine's default device"


DEFAULT: Final = _Default.DEFAULT
"""The machine's default microphone or speaker."""

SILENCE_TIMEOUT: Final = 0.3
"""Seconds for what the device can't take back any more to be heard: the fade, and what the driver holds."""

CLOSE_TIMEOUT: Final = 0.6
"""Seconds for devices and connection to close: a session is left within a second, whatever hangs."""

ApiKey: TypeAlias = str | Callable[[], str | Awaitable[str]]


@asynccontextmanager
async def connect(
    model: str | None = None, *, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    microphone: InputDevice | _Default | None = DEFAULT, speaker: OutputDevice | _Default | None = DEFAULT,
    tools: Iterable[Callable[..., Any]] = (), record: str | Path | None = None, turns: Turns | None = None,
    barge_in: BargeIn | None = None, echo_canceller: EchoCanceller | _Default | None = DEFAULT,
    idle: WhenIdle | None = None, aligner: AlignerName = "auto", **session_fields: Any,
) -> AsyncIterator[Session]:  # fmt: skip
    """Open a session with a realtime voice model: microphone in, speaker out.

    The session is yielded once the server has opened it and its configuration is sent. Leaving the block from any state
    ends every task and thread of it within a second.

    Args:
        model: what to talk to, e.g. `"gpt-realtime-2"`; left out, the endpoint's own default.
        endpoint: an `Endpoint`, or a `ws://` or `wss://` address; left out, it comes from the environment
            (`OPENAI_REALTIME_URL`, `OPENAI_BASE_URL`), else it is OpenAI's service.
        api_key: a string, or a function (async or not) that is asked at every connect; left out, OPENAI_API_KEY is used
            where the endpoint comes from the environment. It goes into the handshake's header and nowhere else.
        microphone: an `InputDevice`; None switches the input side off.
        speaker: an `OutputDevice`; None: the application takes the sound from `MessageItem.audio`, and what it takes
            counts as heard. What nobody takes is never heard, so its captions and its playout wait.
        tools: functions the model may call. Their signatures and docstrings are their descriptions.
        turns: who decides when the user's turn begins and ends; left out, the server's turn detection.
        barge_in: what the user's speech does to a reply that is playing; left out, it stops at once.
        echo_canceller: removes the speaker's sound from the microphone's, and is made for the rate of the input format;
            None: no canceller. Left out, there is one if both are sound cards.
        aligner: how captions are timed: "acoustic" finds each word by its sound (the extra `align`), and where that is
            unsure goes by the signal; "signal" goes by pauses and syllables alone. Left out, acoustic if the extra is
            installed and somebody watches the captions; if asked for, also for the `transcript` of a `Playout` that
            nobody watched.
        idle: what happens when nobody has spoken for some time; left out, nothing.
        record: a folder for `events.jsonl`, `conversation.wav` and `captions.vtt`.
        **session_fields: those of the wire's session object: `instructions`, `voice`, `turn_detection`, `reasoning`, …
            `input_format` and `output_format` are `"audio/pcm"` (24 kHz), `"audio/pcmu"`, `"audio/pcma"`, or the wire's
            object, such as `{"type": "audio/pcm", "rate": 16000}`: the session's sound runs at that rate.

    Raises:
        ConnectionFailed: no connection came about, or the server did not open a session.
        ExtraMissing: the acoustic aligner is asked for, and not installed.
        DeviceError: a sound device is missing or refused (`PortAudioMissing`: the library is).
        UsageError: an impossible value, or a key that would travel in the clear.

    """
    target = endpoint_from(endpoint, os.environ)
    toolbox = Toolbox(tools)
    if len(toolbox):
        session_fields["tools"] = [*session_fields.get("tools", ()), *toolbox.wire()]
    told = turns or Turns.by_server()
    session_fields = told.session_fields(session_fields, barge_in)
    formats = Formats.of(SessionUpdate.of(session_fields).session)
    from_environment = endpoint is None or isinstance(endpoint, OpenAIEndpoint)
    key = _Key(os.environ.get("OPENAI_API_KEY") if api_key is None and from_environment else api_key)
    del api_key  # from here on a traceback that shows variables shows it nowhere

    speaker = Speaker() if speaker is DEFAULT else speaker
    microphone = Microphone() if microphone is DEFAULT else microphone
    async with _open(
        partial(_connect, target, model, key),
        partial(
            Session, tools=toolbox, formats=formats, turns=told, barge_in=barge_in or BargeIn.at_once(),
            idle=idle, canceller=_canceller(echo_canceller, microphone, speaker, formats.input.rate),
            acoustics=acoustics(aligner, formats.output.rate),
        ),
        formats,
        speaker=speaker,
        microphone=microphone,
        recording=partial(Recorder, record, formats) if record is not None else None,
        session_fields=session_fields,
    ) as session:
        yield session


@asynccontextmanager
async def _open(
    connecting: Callable[[], Awaitable[Transport]], making: Callable[..., Session], formats: Formats, *,
    speaker: OutputDevice | None, microphone: InputDevice | None, recording: Callable[[], Tap] | None,
    session_fields: Mapping[str, Any],
) -> AsyncIterator[Session]:  # fmt: skip
    """Open the devices and the connection, run a session over them, and close all of it within a second.

    `connecting` opens the transport, `making` makes the session over it; `recording` makes what keeps the talk, once
    there is a transport. What the caller's block raises comes out as it is, not in a group.
    """
    failure: Exception | None = None
    transport: Transport | None = None
    tap: Tap | None = None
    try:
        if speaker is not None:
            await speaker.open(formats.output.rate)
        transport = await connecting()
        tap = recording() if recording is not None else None
        async with anyio.create_task_group() as tasks:
            session = making(transport, tasks, speaker=speaker, microphone=microphone, tap=tap)
            try:
                if microphone is not None:
                    await microphone.open(formats.input.rate)
                await session.start(session_fields)
                yield session
            except Exception as error:
                failure = error
            finally:
                session.leave()
                tasks.cancel_scope.cancel()
                with anyio.move_on_after(SILENCE_TIMEOUT, shield=True):
                    await session.fall_silent()
    finally:
        await _close([part for part in (microphone, speaker, transport) if part is not None])
        if tap is not None:
            tap.close()
    if failure is not None:
        raise failure


async def _close(parts: Iterable[InputDevice | OutputDevice | Transport]) -> None:
    """Close all of them at once; one that does not come to an end is given up."""
    with anyio.move_on_after(CLOSE_TIMEOUT, shield=True):
        async with anyio.create_task_group() as closing:
            for part in parts:
                closing.start_soon(part.close)


def _canceller(
    chosen: EchoCanceller | _Default | None, microphone: InputDevice | None, speaker: OutputDevice | None,
    rate: int,
) -> EchoCanceller | None:
    """The canceller of a session; only sound cards are known to share a room."""
    if microphone is None or speaker is None:
        return None
    if chosen is not DEFAULT:
        return chosen
    share_a_room = isinstance(microphone, Microphone) and isinstance(speaker, Speaker)
    return default_canceller(rate) if share_a_room else None


class _Key:
    """A key, or whoever holds it, that does not show itself."""

    def __init__(self, api_key: ApiKey | None) -> None:
        self._api_key = api_key

    def __repr__(self) -> str:
        return "<API key>" if self._api_key else "<no API key>"

    async def ask(self) -> str | None:
        """Give the key of the moment."""
        if not callable(self._api_key):
            return self._api_key
        key = self._api_key()
        return await key if inspect.isawaitable(key) else key


async def _connect(endpoint: Endpoint, model: str | None, key: _Key) -> Transport:
    return await endpoint.connect(model, await key.ask())
