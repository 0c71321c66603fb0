"""`connect_live` and `connect_translation`: endpoint, devices, recorder and session put together."""

from __future__ import annotations

import inspect
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, Final

from typing_extensions import Unpack

from .._runtime.arguments import check_seconds, check_text
from .._runtime.credentials import concealed
from ..audio._formats import AudioFormat
from ..audio._session_formats import Formats
from ..capture.echo._canceller import EchoCanceller
from ..devices._protocols import InputDevice, OutputDevice
from ..errors import UsageError
from ..protocol._codec import dump
from ..protocol._models import LIVE_MODEL, TRANSLATION_MODEL
from ..recording._recorder import Recorder
from ..session._arguments import SHARED_KINDS, check_arguments
from ..session._defaults import DEFAULT, TIMEOUT, Default
from ..session.connection._access import Key, concealed_access
from ..session.opening._default_devices import canceller_of, microphone_of, speaker_of
from ..tools._tool import Function, Tool
from ..tools._toolbox import Toolbox
from ..transports._azure import AzureEndpoint
from ..transports._endpoints import UrlEndpoint, base_address, endpoint_from
from ..transports._keys import ApiKey
from ..transports._protocol_names import check_protocol
from ..transports._services import OPENAI_API, OpenAIEndpoint, XaiEndpoint
from ..transports._transport import Endpoint, Transport
from ._fields import LiveFields, check_fields, live_session, translation_session
from ._live_session import LiveSession
from ._owner import StreamOwner
from ._plan import StreamPlan
from ._protocols import GPT_LIVE, TRANSLATION, StreamProtocol
from ._transcript import LiveTranscript
from ._translation_session import TranslationSession


def connect_live(
    model: str | None = None, *, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    microphone: InputDevice | Default | None = DEFAULT, speaker: OutputDevice | Default | None = DEFAULT,
    tools: Iterable[Tool | Function | Mapping[str, Any]] = (), record: str | Path | None = None,
    echo_canceller: EchoCanceller | Default | None = DEFAULT, timeout: float = TIMEOUT,
    **session_fields: Unpack[LiveFields],
) -> AbstractAsyncContextManager[LiveSession, None]:  # fmt: skip
    """Open a spoken conversation with GPT-Live: microphone in, speaker out.

    `async with` gives the session once the server has opened it. A session does not survive its connection: it ends
    with a `Disconnected` event, and `captions()` raises `ConnectionLost`; `LiveSession.history` begins another one.

    Args:
        model: left out, `gpt-live-1.1`.
        endpoint: an `Endpoint`, or a `ws://` or `wss://` address; left out, it comes from the environment
            (`OPENAI_BASE_URL`), else it is OpenAI's service.
        api_key: a string, or a function (async or not) that is called for the connection; left out, OPENAI_API_KEY of
            the environment where no endpoint is given. It goes only into the handshake's header.
        microphone: an `InputDevice`; None: the application may send audio itself. Silence is sent where it sends none.
        speaker: an `OutputDevice`; None: the application takes the audio from `audio()`, and what it takes counts as
            heard. `NullSpeaker()` plays in silence, for captions alone.
        tools: functions that the backend model may call, as `connect` takes them; they need a `delegation` with one.
        record: a folder for the sound, the captions and the events (docs/recording.md): whole after a crash, and for
            this user alone.
        echo_canceller: as `connect` takes it.
        timeout: seconds within which the server answers a command.
        **session_fields: `instructions`, `voice`, `delegation`, `input`, `store`; and `format`, which is `"audio/pcm"`
            (24 kHz), `"audio/pcmu"`, `"audio/pcma"` or `{"type": "audio/pcm", "rate": 16000}`.

    Raises:
        ConnectionFailed: no connection came about, or the server did not open a session.
        ServerRefused: the server refused the configuration.
        DeviceError: an audio device is missing or refused.
        UsageError: an unknown keyword, an impossible value, a device that another session uses, or a key that would
            travel in the clear.

    """
    key, endpoint = concealed_access(endpoint, api_key)
    del api_key  # from here on a traceback that shows variables shows neither it nor the address
    tools = concealed(tools)
    key.check()
    check_text("model", model or LIVE_MODEL)
    check_fields(session_fields, _LIVE_PARAMETERS)
    toolbox, wire_tools = Toolbox().replaced_by(tools)
    audio_format = AudioFormat.of(session_fields.get("format", "audio/pcm"))
    session = live_session(model or LIVE_MODEL, session_fields, audio_format, wire_tools)
    open_connection = partial(_connect, _endpoint(GPT_LIVE, endpoint, key), None, key)
    plan = _plan(
        GPT_LIVE, open_connection, session, microphone, speaker, toolbox, audio_format, echo_canceller, record, timeout,
    )  # fmt: skip
    return StreamOwner(plan, LiveSession, "connect_live")


def connect_translation(
    language: str, *, model: str | None = None, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    microphone: InputDevice | Default | None = DEFAULT, speaker: OutputDevice | Default | None = DEFAULT,
    transcription: str | None = None, noise_reduction: str | None = None, record: str | Path | None = None,
    echo_canceller: EchoCanceller | Default | None = DEFAULT, timeout: float = TIMEOUT,
) -> AbstractAsyncContextManager[TranslationSession, None]:  # fmt: skip
    """Open a live translation: what the microphone hears is spoken in another language.

    The exceptions are those of `connect_live`.

    Args:
        language: to translate into, such as `"es"`. The language that is spoken is recognised.
        model: left out, `gpt-realtime-translate`.
        endpoint: as `connect_live` takes it.
        api_key: as `connect_live` takes it.
        microphone: as `connect_live` takes it.
        speaker: as `connect_live` takes it.
        transcription: the model that transcribes what the user says, such as `"gpt-realtime-whisper"`; left out, the
            user has no captions.
        noise_reduction: `"near_field"` or `"far_field"`, by the kind of microphone; left out, none.
        record: as `connect_live` takes it.
        echo_canceller: as `connect_live` takes it.
        timeout: as `connect_live` takes it.

    """
    key, endpoint = concealed_access(endpoint, api_key)
    del api_key  # from here on a traceback that shows variables shows neither it nor the address
    key.check()
    check_text("model", model or TRANSLATION_MODEL)
    session = translation_session(language, transcription, noise_reduction)
    open_connection = partial(_connect, _endpoint(TRANSLATION, endpoint, key), model or TRANSLATION_MODEL, key)
    plan = _plan(
        TRANSLATION, open_connection, session, microphone, speaker, Toolbox(), AudioFormat(), echo_canceller, record,
        timeout,
    )  # fmt: skip
    return StreamOwner(plan, TranslationSession, "connect_translation")


def _plan(
    protocol: StreamProtocol, open_connection: Callable[[], Awaitable[Transport]], session: Mapping[str, Any],
    microphone: InputDevice | Default | None, speaker: OutputDevice | Default | None, tools: Toolbox,
    audio_format: AudioFormat, echo_canceller: EchoCanceller | Default | None, record: str | Path | None,
    timeout: float,
) -> StreamPlan:  # fmt: skip
    check_arguments(
        SHARED_KINDS, microphone=microphone, speaker=speaker, record=record, echo_canceller=echo_canceller
    )
    check_seconds("timeout", timeout)
    dump({"type": protocol.configure, "session": session})  # before anything is opened
    output, input = speaker_of(speaker), microphone_of(microphone)
    return StreamPlan(
        protocol=protocol, connect=open_connection, fields=session, speaker=output, microphone=input, tools=tools,
        format=audio_format, canceller=canceller_of(echo_canceller, input, output, audio_format.rate),
        make_recorder=partial(_recorder, record, audio_format), timeout=timeout,
    )  # fmt: skip


def _recorder(record: str | Path | None, audio_format: AudioFormat) -> Recorder | None:
    formats = Formats(audio_format, audio_format)
    return None if record is None else Recorder(record, formats, make_lines=LiveTranscript)


def _endpoint(protocol: StreamProtocol, endpoint: Endpoint | str | None, key: Key) -> Endpoint:
    if isinstance(endpoint, OpenAIEndpoint | AzureEndpoint | XaiEndpoint):
        raise UsageError(
            f"{type(endpoint).__name__} is an endpoint of the Realtime API; {protocol.name} has an address of its own: "
            f"leave it out for OpenAI's service, or pass UrlEndpoint('wss://…{protocol.path}', headers=…)"
        )
    if endpoint is not None:
        given = endpoint_from(endpoint, os.environ)
        check_protocol(given, protocol.key)
        return given
    base = base_address(os.environ)
    if base is None and not key.is_given:
        raise UsageError("OpenAI's service wants an API key: pass api_key=… or set OPENAI_API_KEY")
    return UrlEndpoint(f"{base or OPENAI_API}{protocol.path}")


async def _connect(endpoint: Endpoint, model: str | None, key: Key) -> Transport:
    return await endpoint.connect(model, await key.resolve())


_LIVE_PARAMETERS: Final = frozenset(inspect.signature(connect_live).parameters) - {"session_fields"}
"""The parameters of `connect_live` beside the session's fields."""
