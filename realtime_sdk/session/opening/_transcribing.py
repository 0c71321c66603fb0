"""`transcribe`: opens a session that only transcribes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..._runtime.arguments import check_seconds, check_text, shown
from ...audio._session_formats import formats_of
from ...capture._turns import Turns
from ...conversation._session_kind import SessionKind
from ...devices._protocols import InputDevice
from ...errors import UsageError
from ...protocol._fields import Format, NoiseReductionFields, TurnDetectionFields
from ...protocol._models import TRANSCRIPTION_MODEL
from ...protocol._session_object import session_object
from ...transports._azure import AzureVoiceLiveEndpoint
from ...transports._endpoints import endpoint_from
from ...transports._keys import ApiKey
from ...transports._services import XaiEndpoint
from ...transports._transport import Endpoint
from ...turns._policies import with_turns
from .._defaults import DEFAULT, RECONNECT, TIMEOUT, Default
from .._transcription import Transcription
from ..connection._access import concealed_access
from ..connection._reconnect import Reconnect
from ..connection._targets import targets_of
from ..observers._tap import Tap, taps_of
from ._connecting import check_kinds
from ._dialect_limits import check_rates, with_rates
from ._owner import Plan, SessionOwner
from ._setup import Setup

_LISTS: Final = ("languages", "keywords")


def transcribe(
    model: str = TRANSCRIPTION_MODEL, *, endpoint: Endpoint | str | None = None, api_key: ApiKey | None = None,
    microphone: InputDevice | Default | None = DEFAULT, language: str | None = None, languages: Sequence[str] = (),
    keywords: Sequence[str] = (), prompt: str | None = None, delay: str | None = None, turns: Turns | None = None,
    turn_detection: TurnDetectionFields | Default | None = DEFAULT, noise_reduction: NoiseReductionFields | None = None,
    input_format: Format | None = None, record: str | Path | None = None, timeout: float = TIMEOUT,
    reconnect: Reconnect | None = RECONNECT, tap: Tap | Sequence[Tap] | None = None,
) -> AbstractAsyncContextManager[Transcription, None]:  # fmt: skip
    """Open a session in which no model answers: the user's speech is transcribed.

    It is entered, left and reconnected as a session of `connect` is: turns that the lost server had not
    transcribed are given to the next one.

    Args:
        model: what transcribes, such as `"gpt-transcribe"`. `"gpt-live-transcribe"` writes as one speaks, and finds no
            turns by itself: give it `turns=Turns.by_voice(…)`, or `turn_detection=None`.
        endpoint: as for `connect`; the address of a server is given `?intent=transcription`.
        api_key: as for `connect`.
        microphone: an `InputDevice`; None: the application gives the audio to `Transcription.send_audio`.
        language: the language spoken, as ISO 639-1: `"en"`.
        languages: the languages that may be spoken, likewise (`gpt-transcribe`, `gpt-live-transcribe`).
        keywords: words and phrases to expect (`gpt-transcribe`, `gpt-live-transcribe`).
        prompt: the expected content, as text.
        delay: how long text may wait for more audio, which makes it more accurate: `"minimal"`, `"low"`, `"medium"`,
            `"high"` or `"xhigh"` (`gpt-realtime-whisper`).
        turns: who decides where an utterance begins and ends; left out, the server's turn detection.
        turn_detection: the server's, as the wire's object; None: `Transcription.commit_audio` ends each turn. Left out,
            the server's default.
        noise_reduction: the wire's object, such as `{"type": "far_field"}`; None: the server's default.
        input_format: as for `connect`.
        record: a folder for the events and the audio, as for `connect`.
        timeout: seconds within which the server answers a request.
        reconnect: as for `connect`.
        tap: as for `connect`.

    Raises:
        ConnectionFailed: no connection came about, or the server did not open a session.
        ServerRefused: the server refused the configuration.
        DeviceError: the microphone is missing or refused.
        UsageError: an impossible value, a microphone that another session uses, or an endpoint for something else.

    """
    key, endpoint = concealed_access(endpoint, api_key)
    del api_key  # from here on a traceback that shows variables shows neither it nor the address
    key.check()
    check_kinds(model=model, microphone=microphone, record=record, turns=turns, reconnect=reconnect)
    if not model:
        raise UsageError("model names what transcribes, such as 'gpt-transcribe': leave it out, or give a name")
    taps = taps_of(tap)
    check_seconds("timeout", timeout)
    spoken = _spoken(
        model=model, language=language, languages=languages, keywords=keywords, prompt=prompt, delay=delay
    )
    given: dict[str, Any] = {"type": "transcription", "transcription": spoken}
    given |= {} if turn_detection is DEFAULT else {"turn_detection": turn_detection}
    given |= {} if noise_reduction is None else {"noise_reduction": noise_reduction}
    given |= {} if input_format is None else {"input_format": input_format}
    if reconnect is not None and (fallback := reconnect.fallback_endpoint) is not None:
        reconnect = replace(reconnect, fallback=_transcribing(fallback))
    targets = targets_of(_transcribing(endpoint_from(endpoint, os.environ)), None, key, reconnect)
    decider = turns or Turns.by_server()
    rates = {name: value for name, value in with_rates(given, targets[0].dialect).items() if name != "output_format"}
    fields = with_turns(decider, None, rates)
    formats = formats_of(session_object(fields))
    for target in targets:
        if not target.dialect.capabilities.transcription:
            raise UsageError(f"the server's dialect, {target.dialect.name}, has no transcription")
        check_rates(formats, target.dialect)
    setup = Setup(
        kind=SessionKind.TRANSCRIPTION, formats=formats, turns=decider, timeout=timeout,
        hold_audio=(reconnect or RECONNECT).hold_audio, make_aligner=None,
    )  # fmt: skip
    plan = Plan(
        targets=targets, reconnect=reconnect, session_fields=fields, setup=setup, microphone=microphone, taps=taps,
        record=record,
    )  # fmt: skip
    return SessionOwner(plan, lambda: Transcription, "transcribe", Transcription._on)


def _spoken(**given: Any) -> dict[str, Any]:
    """The wire's object that says how speech is transcribed, of what was given."""
    for name, value in given.items():
        if name not in _LISTS and value is not None:
            check_text(name, value)
        elif name in _LISTS and not _is_list_of_strings(value):
            raise UsageError(f"{name} is a list of strings, not {shown(value)}: {name}=[…]")
    return {name: list(value) if name in _LISTS else value for name, value in given.items() if value}


def _is_list_of_strings(value: Any) -> bool:
    is_list = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    return is_list and all(isinstance(each, str) for each in value)


def _transcribing(endpoint: Endpoint) -> Endpoint:
    """The endpoint for sessions that only transcribe; one without a `transcribing` method is taken to be one."""
    if getattr(endpoint, "call_id", None) is not None:
        raise UsageError("an endpoint with a call_id joins that call: transcribe(…) needs one without")
    if isinstance(endpoint, XaiEndpoint | AzureVoiceLiveEndpoint):
        service = "xAI" if isinstance(endpoint, XaiEndpoint) else "Voice Live"
        raise UsageError(f"{service} has no sessions that only transcribe: connect(transcription=…) transcribes a talk")
    transcribing = getattr(endpoint, "transcribing", None)
    return endpoint if transcribing is None else transcribing()
