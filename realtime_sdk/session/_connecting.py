"""`connect`, and what its arguments mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from typing_extensions import Unpack

from .._runtime.credentials import concealed
from ..capture._turns import Turns
from ..capture.echo._canceller import EchoCanceller
from ..conversation._budget import Budget
from ..devices._protocols import InputDevice, OutputDevice
from ..protocol._fields import SessionFields
from ..tools._tool import Function, Tool
from ..transports._keys import ApiKey
from ..transports._transport import Endpoint
from ..turns._idle import IdlePolicy
from ..turns._policies import BargeIn
from ._access import concealed_access
from ._alignment import AlignerName
from ._defaults import DEFAULT, RECONNECT, TIMEOUT, Default
from ._planning import plan_session
from ._reconnect import Reconnect
from ._session import Session
from ._tap import Tap


def connect(
    model: str | None = None, *, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    microphone: InputDevice | Default | None = DEFAULT, speaker: OutputDevice | Default | None = DEFAULT,
    tools: Iterable[Tool | Function | Mapping[str, Any]] = (), record: str | Path | None = None,
    turns: Turns | None = None, barge_in: BargeIn | None = None,
    echo_canceller: EchoCanceller | Default | None = DEFAULT, idle: IdlePolicy | None = None,
    aligner: AlignerName | None = "auto", timeout: float = TIMEOUT, reconnect: Reconnect | None = RECONNECT,
    tap: Tap | Sequence[Tap] | None = None, budget: Budget | None = None,
    **session_fields: Unpack[SessionFields],
) -> AbstractAsyncContextManager[Session, None]:  # fmt: skip
    """Open a session with a realtime voice model: microphone in, speaker out.

    `async with` gives the session once the server has opened it and confirmed its configuration; where a server answers
    neither way within 2 s, it goes on with a warning, and a later refusal is a `ServerError`. Leaving the block from
    any state sends the queued events, and ends every task and thread of it within a second; a warning in the log names
    events that can't be sent by then. Entering and leaving may be done by different tasks of one event loop, such as a
    web server's. An exception of the block is raised unchanged; a failure of the session's background tasks is logged,
    ends the session, and is raised on leaving if the block itself raised nothing.

    Args:
        model: what to talk to, e.g. `"gpt-realtime-2.1"`; left out, the endpoint's own default.
        endpoint: an `Endpoint`, or a `ws://` or `wss://` address; left out, it comes from the environment
            (`OPENAI_REALTIME_URL`, `OPENAI_BASE_URL`), else it is OpenAI's service. One with a `call_id` joins that
            call, which has its own audio: microphone and speaker are left out.
        api_key: a string, or a function (async or not) that is called at every connect; left out, the endpoint's own,
            or that of the environment: OPENAI_API_KEY where no endpoint is given, else the variable of the service.
            It goes only into the handshake's header.
        microphone: an `InputDevice`; None switches the input side off.
        speaker: an `OutputDevice`. Left out, the machine's own; none with `output_modalities=["text"]`, which makes no
            audio. None: the application takes the audio from `MessageItem.audio`, and what it takes
            counts as heard. Audio that is not taken is never heard, so its captions and its playout wait.
        tools: functions the model may call, whose signatures and docstrings are their descriptions; `Tool`s; and the
            wire's objects, such as `{"type": "mcp", …}`.
        turns: who decides when the user's turn begins and ends; left out, the server's turn detection.
        barge_in: the effect of the user's speech on a reply that is playing; left out, the reply stops at once, unless
            `turn_detection` has `interrupt_response: false`.
        echo_canceller: removes the speaker's audio from the microphone's, and is made for the rate of the input format;
            None: no canceller. Left out, there is one if both are sound cards.
        aligner: how captions are timed: "acoustic" adds a phoneme recogniser (the extra `align`) to the phone model of
            the package; "signal" uses that alone. Left out, acoustic if the extra is installed and captions are read;
            if asked for, also for the `transcript` of a `Playout` whose captions were not. None: words are not timed,
            which saves their cost: a message has one caption, once it was heard.
        idle: what happens after a time in which neither the user nor a reply was heard; left out, nothing.
        timeout: seconds within which the server answers a request.
        reconnect: how the session goes on after its connection was lost, and before the server's session expires; None:
            it ends with the connection.
        tap: observes everything that the session does, as a recorder does; closed with the session. Or a list of them.
        budget: a limit on what the session may cost; beyond it, the session emits a `BudgetExceeded`, once.
        record: a folder for the sound, the captions and the events (docs/recording.md): whole after a crash, and for
            this user alone.
        **session_fields: those of the wire's session object: `instructions`, `voice`, `turn_detection`, `reasoning`, …
            `input_format` and `output_format` are `"audio/pcm"` (24 kHz), `"audio/pcmu"`, `"audio/pcma"`, or the wire's
            object, such as `{"type": "audio/pcm", "rate": 16000}`: the session's audio has that rate.

    Raises:
        ConnectionFailed: no connection came about, or the server did not open a session.
        ServerRefused: the server refused the configuration.
        ExtraMissing: the acoustic aligner is requested, and not installed.
        DeviceError: an audio device is missing or refused (`PortAudioMissing`: the library is).
        UsageError: an unknown keyword, an impossible value, a key that would travel in the clear, or no asyncio loop.

    """
    key, endpoint = concealed_access(endpoint, api_key)
    tools = concealed(tools)
    del api_key  # from here on a traceback that shows variables shows no key, address or credentials of tools
    key.check()
    return plan_session(
        model, endpoint, key, microphone=microphone, speaker=speaker, tools=tools, record=record, turns=turns,
        barge_in=barge_in, echo_canceller=echo_canceller, idle=idle, aligner=aligner, timeout=timeout,
        reconnect=reconnect, tap=tap, budget=budget, session_fields=session_fields,
    )  # fmt: skip
