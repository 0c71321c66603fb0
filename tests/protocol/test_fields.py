"""The fields of a session and of a response: typed, and a wrong name refused with the right one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Unpack, get_type_hints

import pytest

from realtime_sdk.errors import UsageError
from realtime_sdk.protocol import (
    ResponseFields,
    SessionFields,
    SessionUpdate,
    _fields as fields,
    check_response_fields,
    check_session_fields,
)
from realtime_sdk.protocol._session_object import _AUDIO_FIELDS
from realtime_sdk.server._client_events import ResponseFields as ServersResponse
from realtime_sdk.server._session_models import SessionFields as ServersSession

PARAMETERS = ("model", "endpoint", "api_key", "microphone", "speaker", "tools", "record", "timeout")


def connect(model: str | None = None, *, tools: object = (), **session_fields: Unpack[SessionFields]) -> dict[str, Any]:
    """Take the fields as an entry point does: that the type checker takes the calls below is part of the test."""
    check_session_fields(session_fields, also=PARAMETERS)
    return SessionUpdate.of(session_fields).session


def respond(*, timeout: float = 1.0, **overrides: Unpack[ResponseFields]) -> Mapping[str, object]:
    check_response_fields(overrides, also=("timeout",))
    return overrides


def test_the_fields_of_a_session_are_taken() -> None:
    session = connect(
        "gpt-realtime-2.1",
        instructions="Be brief.",
        voice={"id": "voice_1"},
        turn_detection={"type": "semantic_vad", "eagerness": "low"},
        transcription={"model": "gpt-live-transcribe", "keywords": ["sea"], "languages": ["en", "de"]},
        noise_reduction={"type": "far_field"},
        input_format="audio/pcmu",
        reasoning={"effort": "low"},
        max_output_tokens="inf",
        output_modalities=["audio"],
        tool_choice={"type": "function", "name": "look"},
        truncation={"type": "retention_ratio", "retention_ratio": 0.8},
        tracing="auto",
        include=["item.input_audio_transcription.logprobs"],
    )
    assert session["audio"]["input"]["turn_detection"] == {"type": "semantic_vad", "eagerness": "low"}
    assert session["audio"]["output"] == {"voice": {"id": "voice_1"}}


def test_the_fields_of_a_response_are_taken() -> None:
    overrides = respond(conversation="none", metadata={"for": "the sea"}, input=[{"type": "item_reference", "id": "i"}])
    assert set(overrides) == {"conversation", "metadata", "input"}


def test_none_clears_a_field() -> None:
    assert connect(turn_detection=None)["audio"] == {"input": {"turn_detection": None}}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("voise", "voice"),
        ("mic", "microphone"),
        ("modalities", "output_modalities"),
        ("max_tokens", "max_output_tokens"),
        ("turns_detection", "turn_detection"),
        ("key", "api_key"),
        ("tool", "tools"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=rf"^connect\(\) has no field '{name}': did you mean '{meant}'\?$"):
        check_session_fields({"instructions": "", name: 1}, also=PARAMETERS)


@pytest.mark.parametrize(
    ("name", "endpoint"), [("headers", "UrlEndpoint"), ("deployment", "AzureEndpoint"), ("project", "OpenAIEndpoint")]
)
def test_a_name_that_belongs_to_an_endpoint_is_refused_with_it(name: str, endpoint: str) -> None:
    with pytest.raises(UsageError, match=rf"^connect\(\) has no field '{name}'; {endpoint}\(…, {name}=…\) has it"):
        check_session_fields({name: "x"})


def test_a_name_like_no_other_is_refused_with_the_alternative() -> None:
    with pytest.raises(UsageError, match=r"^update\(\) has no field 'xyzzy'; extra_fields="):
        check_session_fields({"xyzzy": 1}, caller="update")


def test_a_wrong_name_of_a_response_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^respond\(\) has no field 'instruction': did you mean 'instructions'\?$"):
        check_response_fields({"instruction": "Be brief."})
    with pytest.raises(UsageError, match=r"^respond\(\) has no field 'time_out': did you mean 'timeout'\?$"):
        check_response_fields({"time_out": 5}, also=("timeout",))


@pytest.mark.parametrize("check", [check_session_fields, check_response_fields])
def test_no_fields_are_right_fields(check: Callable[[Mapping[str, object]], None]) -> None:
    check({})


def test_every_field_that_the_server_takes_is_known() -> None:
    check_session_fields(dict.fromkeys(ServersSession.model_fields))
    check_session_fields(dict.fromkeys(_AUDIO_FIELDS))
    check_response_fields(dict.fromkeys(ServersResponse.model_fields))


@pytest.mark.parametrize("name", sorted(name for name in vars(fields) if name.endswith("Fields") and name[0] != "_"))
def test_the_types_of_the_fields_can_be_resolved(name: str) -> None:
    if name != "TurnDetectionFields":
        assert get_type_hints(getattr(fields, name))


@pytest.mark.parametrize(("name", "advice"), [
    ("system_prompt", "instructions=…"), ("base_url", "endpoint=…"), ("push_to_talk", "turns=Turns.push_to_talk()"),
    ("language", 'transcription={"language": …} for what is recognised, instructions=… for what is spoken'),
])
def test_a_name_of_other_packages_is_answered_with_the_one_here(name: str, advice: str) -> None:
    with pytest.raises(UsageError) as refusal:
        check_session_fields({name: "x"}, also=PARAMETERS)
    assert str(refusal.value) == f"connect() has no field {name!r}; {advice}"
