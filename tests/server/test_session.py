"""The session object: what it begins with, and what an update makes of it."""

from __future__ import annotations

from realtime_sdk.protocol import REALTIME_MODEL
from realtime_sdk.server._actions import Configure
from realtime_sdk.server._rules import ServerSession

from .helpers import detection, kinds, new_session, refusal, spoken_item, update


def test_a_session_opens_with_the_services_defaults() -> None:
    session = ServerSession(model="gpt-realtime-2.1", expires_at=1_790_726_624)
    [created] = session.opened()
    assert created["type"] == "session.created"
    assert created["session"]["model"] == "gpt-realtime-2.1"
    assert created["session"]["expires_at"] == 1_790_726_624
    assert created["session"]["audio"]["input"]["turn_detection"] == {
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
        "idle_timeout_ms": None, "create_response": True, "interrupt_response": True,
    }
    assert session.take_actions() == [Configure(session.turn_detection)]


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    session = new_session(instructions="Be brief.")
    [updated] = session.receive(update(audio={"output": {"voice": "marin"}}, reasoning={"effort": "low"}))
    assert updated["session"]["instructions"] == "Be brief."
    assert updated["session"]["audio"]["output"] == {
        "format": {"type": "audio/pcm", "rate": 24_000}, "voice": "marin", "speed": 1.0,
    }
    assert updated["session"]["reasoning"] == {"effort": "low"}


def test_null_and_nothing_restore_the_default() -> None:
    session = new_session(instructions="Be brief.", max_output_tokens=7, tool_choice="none")
    default = ServerSession().settings
    [updated] = session.receive(update(instructions="", max_output_tokens=None, tool_choice=None, tools=None))
    for field in ("instructions", "max_output_tokens", "tool_choice", "tools"):
        assert updated["session"][field] == default[field]


def test_transcription_settings_are_sent_in_full() -> None:
    session = new_session(audio={"input": {"transcription": {"model": "gpt-realtime-whisper"}}})
    assert session.settings["audio"]["input"]["transcription"] == {
        "model": "gpt-realtime-whisper", "language": None, "prompt": None,
    }


def test_a_changed_turn_detection_configures_the_speech_input() -> None:
    session = new_session()
    session.receive(update(instructions="Be brief."))
    assert session.take_actions() == []
    session.receive(update(**detection(None)))
    assert session.take_actions() == [Configure(None)]
    session.receive(update(**detection({"type": "semantic_vad"})))
    assert session.take_actions() == [Configure(session.turn_detection)]
    assert session.turn_detection == {
        "type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True,
    }


def test_the_model_is_fixed() -> None:
    [updated] = new_session().receive(update(model="another"))
    assert updated["session"]["model"] == REALTIME_MODEL


def test_the_voice_is_fixed_once_the_model_has_spoken() -> None:
    session = new_session()
    spoken_item(session)
    error = refusal(session.receive(update(audio={"output": {"voice": "marin"}}, instructions="Be brief.")))
    assert error["code"] == "cannot_update_voice"
    assert session.settings["instructions"] != "Be brief."
    assert kinds(session.receive(update(audio={"output": {"voice": "alloy"}}))) == ["session.updated"]


def test_what_was_sent_does_not_change_later() -> None:
    session = new_session()
    [created] = session.opened()
    session.receive(update(audio={"input": {"turn_detection": None}}))
    assert created["session"]["audio"]["input"]["turn_detection"] is not None


def test_an_expired_session_says_so() -> None:
    [error] = new_session().expired()
    assert error["error"]["code"] == "session_expired"
