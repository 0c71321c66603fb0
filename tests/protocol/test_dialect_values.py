"""Whatever stands in an event, a dialect translates it without raising, and does not change what it is given."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.protocol.dialects import DIALECTS, Dialect

from ..effort import tries
from .json_values import JSON, at_any_speed

NAMES = st.sampled_from([
    "type", "audio", "input", "output", "format", "rate", "voice", "turn_detection", "tools", "function", "name",
    "modalities", "output_modalities", "input_audio_format", "output_audio_format", "input_audio_sampling_rate",
    "noise_reduction", "instructions", "input", "content", "event_id", "code", "status", "id",
])  # fmt: skip

OBJECTS = st.recursive(
    JSON | st.sampled_from(["audio/pcm", "pcm16", "message", "function", "inference_failed"]),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=2), max_leaves=6,
)  # fmt: skip

WRITTEN = {"session.update": "session", "response.create": "response", "conversation.item.create": "item"}
READ = {
    "session.created": "session", "session.updated": "session", "response.created": "response",
    "response.done": "response", "error": "error", "conversation.item.created": "item",
}  # fmt: skip


def translated(dialect: Dialect, event: dict[str, Any], *, written: bool) -> None:
    before = copy.deepcopy(event)
    after = dialect.encode(event) if written else dialect.decode(event)
    assert isinstance(after["type"], str)
    assert repr(event) == repr(before)  # NaN is not equal to itself


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@settings(at_any_speed, max_examples=tries(200))
@given(value=OBJECTS, kind=st.sampled_from(sorted(WRITTEN)))
def test_any_event_can_be_written(dialect: Dialect, value: Any, kind: str) -> None:
    translated(dialect, {"type": kind, WRITTEN[kind]: value}, written=True)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@settings(at_any_speed, max_examples=tries(200))
@given(value=OBJECTS, kind=st.sampled_from(sorted(READ)))
def test_any_event_can_be_read(dialect: Dialect, value: Any, kind: str) -> None:
    translated(dialect, {"type": kind, READ[kind]: value}, written=False)
