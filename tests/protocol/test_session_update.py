"""An application names the fields of audio at the top; the wire has them under `audio`."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.errors import UsageError
from realtime_sdk.protocol import SessionUpdate


def test_fields_of_audio_go_where_the_wire_has_them() -> None:
    update = SessionUpdate.of({"instructions": "Be brief.", "voice": "marin", "turn_detection": None})
    assert update.session == {
        "type": "realtime",
        "instructions": "Be brief.",
        "audio": {"input": {"turn_detection": None}, "output": {"voice": "marin"}},
    }


def test_what_the_application_puts_under_audio_itself_is_kept() -> None:
    given: dict[str, Any] = {"audio": {"output": {"speed": 1.2}, "input": {"format": {"type": "audio/pcmu"}}}}
    update = SessionUpdate.of({**given, "voice": "marin"})
    assert update.session["audio"] == {
        "output": {"speed": 1.2, "voice": "marin"},
        "input": {"format": {"type": "audio/pcmu"}},
    }
    assert given == {"audio": {"output": {"speed": 1.2}, "input": {"format": {"type": "audio/pcmu"}}}}


@pytest.mark.parametrize("audio", ["pcm16", {"output": "marin"}, [1]])
def test_an_audio_that_is_no_object_of_objects_is_refused(audio: object) -> None:
    with pytest.raises(UsageError, match="is an object of fields, not"):
        SessionUpdate.of({"audio": audio, "voice": "marin"})


def test_a_side_of_the_audio_may_be_null() -> None:
    update = SessionUpdate.of({"audio": {"output": None}, "voice": "marin"})
    assert update.session["audio"] == {"output": {"voice": "marin"}}


def test_without_fields_of_audio_there_is_no_audio_object() -> None:
    assert SessionUpdate.of({"tools": []}).session == {"type": "realtime", "tools": []}
