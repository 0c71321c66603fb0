"""`connect`: endpoint, devices, recorder and session put together."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import Unpack

from ..._runtime.arguments import check_seconds
from ..._runtime.credentials import concealed
from ...audio._session_formats import formats_of
from ...captions._making import make_aligner
from ...capture._turns import Turns
from ...capture.echo._canceller import EchoCanceller
from ...conversation._session_kind import SessionKind
from ...conversation.usage._budget import Budget
from ...devices._protocols import InputDevice, OutputDevice
from ...errors import UsageError
from ...protocol._field_names import check_session_fields
from ...protocol._fields import SessionFields
from ...protocol._session_object import session_object
from ...tools._toolbox import Toolbox
from ...transports._endpoints import endpoint_from
from ...transports._keys import ApiKey, refuse_key_as_model
from ...transports._transport import Endpoint
from ...turns._idle import IdlePolicy
from ...turns._policies import BargeIn, with_turns
from .._arguments import SHARED_KINDS, check_arguments
from .._defaults import DEFAULT, RECONNECT, RESPONSE_TIMEOUT, TIMEOUT, Default
from ..connection._access import concealed_access
from ..connection._reconnect import Reconnect
from ..connection._targets import targets_of
from ..observers._tap import Tap, taps_of
from ._aligner_name import AlignerName, check_aligner
from ._dialect_limits import check_dialect, with_rates
from ._owner import Plan, SessionOwner
from ._setup import Setup

if TYPE_CHECKING:
    from ...tools._tool import Function, Tool
    from .._runtime import SessionRuntime
    from .._session import Session


def connect(
    model: str | None = None, *, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    microphone: InputDevice | Default | None = DEFAULT, speaker: OutputDevice | Default | None = DEFAULT,
    tools: Iterable[Tool | Function | Mapping[str, Any]] = (), record: str | Path | None = None,
    turns: Turns | None = None, barge_in: BargeIn | None = None,
    echo_canceller: EchoCanceller | Default | None = DEFAULT, idle: IdlePolicy | None = None,
    aligner: AlignerName | None = "auto", timeout: float = TIMEOUT,
    response_timeout: float = RESPONSE_TIMEOUT, reconnect: Reconnect | None = RECONNECT,
    tap: Tap | Sequence[Tap] | None = None, budget: Budget | None = None,
    **session_fields: Unpack[SessionFields],
) -> AbstractAsyncContextManager[Session, None]:  # fmt: skip
    """Open a session with a realtime voice model: microphone in, speaker out.

    Devices and connection are opened at the same time; if one fails, the others are given up. `async with` gives the
    session once the server has opened it and confirmed its configuration; where a server answers neither way within 2
    s, it goes on with a warning, and a later refusal is a `ServerError`. Leaving the block from any state sends the
    queued events, and ends every task and thread of it within a second; a warning in the log names events that can't be
    sent by then. Entering and leaving may be done by different tasks of one event loop, such as a web server's. An
    exception of the block is raised unchanged; a failure of the session's background tasks is logged, ends the session,
    and is raised on leaving if the block itself raised nothing.

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
        timeout: seconds within which the server answers a request, and goes on with a message that it has begun: one
            that stalls for longer, and has been heard as far as it came, is ended as incomplete.
        response_timeout: seconds without a word from the server after which a response is ended as incomplete while the
            model may be reasoning: before its first words, and between its commentary and its answer.
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
        UsageError: an unknown keyword, an impossible value, a device that another session uses, a key that would
            travel in the clear, or no asyncio loop.

    """
    key, endpoint = concealed_access(endpoint, api_key)
    tools = concealed(tools)
    del api_key  # from here on a traceback that shows variables shows no key, address or credentials of tools
    key.check()
    check_kinds(
        model=model, microphone=microphone, speaker=speaker, record=record, turns=turns, barge_in=barge_in,
        echo_canceller=echo_canceller, idle=idle, reconnect=reconnect, budget=budget,
    )  # fmt: skip
    taps = taps_of(tap)
    check_seconds("timeout", timeout)
    check_seconds("response_timeout", response_timeout)
    check_aligner(aligner)
    _check_model(model)
    check_session_fields(session_fields, also=_PARAMETERS)
    if getattr(endpoint, "intent", None) is not None or session_fields.get("type") == "transcription":
        raise UsageError("transcribe(…) opens a session that only transcribes: connect(…) is for one that talks")
    toolbox, wire_tools = Toolbox().replaced_by(tools)

    chosen = endpoint_from(endpoint, os.environ)
    kind = SessionKind.TALK if getattr(chosen, "call_id", None) is None else SessionKind.SIDE_BAND
    if kind is SessionKind.SIDE_BAND:
        _check_call(
            microphone=microphone, speaker=speaker, turns=turns, barge_in=barge_in, idle=idle,
            echo_canceller=echo_canceller,
        )  # fmt: skip
        microphone = speaker = None
    targets = targets_of(chosen, model, key, reconnect)
    dialect = targets[0].dialect

    decider = turns or Turns.by_server()
    given = with_rates(session_fields, dialect) | ({"tools": wire_tools} if wire_tools else {})
    fields = with_turns(decider, barge_in, given)
    formats = formats_of(session_object(fields))
    for target in targets:
        check_dialect(target.dialect, fields, formats, decider, listens=microphone is not None)
    if reconnect is not None and dialect.capabilities.resumption:
        fields = {"resumption": {"enabled": True}, **fields}
    writes_only = speaker is DEFAULT and list(fields.get("output_modalities") or ()) == ["text"]
    setup = Setup(
        kind=kind, tools=toolbox, formats=formats, turns=decider, barge_in=barge_in or BargeIn.by_server(), idle=idle,
        budget=budget, aligner=aligner,
        make_aligner=None if aligner is None else getattr(chosen, "make_aligner", make_aligner),
        writes_only=writes_only, timeout=timeout, response_timeout=response_timeout,
        hold_audio=(reconnect or RECONNECT).hold_audio,
    )  # fmt: skip
    plan = Plan(
        targets=targets, reconnect=reconnect, session_fields=fields, setup=setup, microphone=microphone, taps=taps,
        record=record, speaker=None if writes_only else speaker, echo_canceller=echo_canceller,
    )  # fmt: skip
    return SessionOwner(plan, _kind, "connect", _shown)


def _kind() -> type[Session]:
    from .._session import Session  # a thread has loaded it once there is one

    return Session


def _shown(runtime: SessionRuntime) -> Session:
    return _kind()._on(runtime)


def _check_model(model: str | None) -> None:
    """Refuse a key, and a model of another kind of session: the service would refuse it, and not say why."""
    refuse_key_as_model(model)
    for name, opener in _OTHER_KINDS.items():
        if model is not None and model.startswith(name):
            raise UsageError(f"{model} has a protocol of its own: use {opener}(…) in place of connect(…)")


def _check_call(**given: object) -> None:
    """Refuse what a call that is joined has, or decides, by itself."""
    for name, value in given.items():
        if value is not None and value is not DEFAULT:
            raise UsageError(f"{name} is given, but a call that is joined has its own: leave it out")


def check_kinds(**arguments: object) -> None:
    """Refuse arguments of another class than a session takes."""
    check_arguments(_KINDS, **arguments)


_KINDS: Final[Mapping[str, tuple[Any, str]]] = {
    **SHARED_KINDS,
    "turns": (Turns, "a Turns, such as Turns.push_to_talk()"),
    "barge_in": (BargeIn, "a BargeIn, such as BargeIn.never()"),
    "idle": (IdlePolicy, "an IdlePolicy, such as IdlePolicy.notify(30.0)"),
    "budget": (Budget, "a Budget, such as Budget(0.50, Prices(text_in=4, …))"),
    "reconnect": (Reconnect, "a Reconnect, such as Reconnect(give_up_after=60.0), or None to end with the connection"),
}
"""The class of each argument of `connect`, and its description in messages."""

_OTHER_KINDS: Final = {"gpt-live": "connect_live", "gpt-realtime-translate": "connect_translation"}
"""The beginnings of the names of models that `connect` is not for, and the functions that are."""

_PARAMETERS: Final = frozenset(inspect.signature(connect).parameters) - {"session_fields"}
"""The parameters of `connect` beside the session's fields."""
