"""A session that only transcribes: it has no model, and makes no responses."""

from __future__ import annotations

from typing import Any

from realtime_sdk.server._ids import CountedIds
from realtime_sdk.server._rules import ServerSession

from .helpers import append, kinds, new_session, refusal, update, user_message

MODEL = {"model": "gpt-transcribe"}


def configure(**audio_input: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "transcription", "audio": {"input": audio_input}}}


def transcribing(**audio_input: Any) -> ServerSession:
    session = ServerSession(new_id=CountedIds(), transcribes=True)
    assert kinds(session.receive(configure(transcription=MODEL, **audio_input))) == ["session.updated"]
    return session


def test_its_session_object_is_of_its_own_kind() -> None:
    [created] = ServerSession(new_id=CountedIds(), transcribes=True, expires_at=3600).opened()
    session = created["session"]
    assert created["type"] == "session.created"
    assert (session["type"], session["object"]) == ("transcription", "realtime.transcription_session")
    assert set(session) == {"type", "object", "id", "expires_at", "audio", "include"}
    assert set(session["audio"]) == {"input"}


def test_it_takes_the_fields_of_its_transcription() -> None:
    fields = {"model": "gpt-transcribe", "languages": ["en", "de"], "keywords": ["Opus"], "delay": "low"}
    session = ServerSession(transcribes=True)
    noise = {"type": "near_field", "strength": 0.5}
    [updated] = session.receive(configure(transcription=fields, noise_reduction=noise))
    heard = updated["session"]["audio"]["input"]
    assert heard["transcription"] == {"prompt": None, "language": None, **fields}
    assert heard["noise_reduction"] == noise


def test_a_turn_that_ends_is_committed_and_not_answered() -> None:
    session = transcribing()
    session.receive(append(1.0))
    session.speech_started(4800)
    assert kinds(session.speech_stopped(20_000)) == [
        "input_audio_buffer.speech_stopped", "input_audio_buffer.committed", "conversation.item.added",
        "conversation.item.done",
    ]  # fmt: skip


def test_a_transcript_has_its_speakers_and_languages() -> None:
    session = transcribing(turn_detection=None)
    session.receive(append(1.0))
    item_id = session.receive({"type": "input_audio_buffer.commit"})[0]["item_id"]
    [segment] = session.transcript_segment(item_id, {"text": "Hello.", "speaker": "A", "start": 0.0, "end": 0.5})
    assert {key: value for key, value in segment.items() if key != "event_id"} == {
        "type": "conversation.item.input_audio_transcription.segment", "item_id": item_id, "content_index": 0,
        "id": "seg_1", "text": "Hello.", "speaker": "A", "start": 0.0, "end": 0.5,
    }  # fmt: skip
    [completed] = session.transcript_done(item_id, "Hello.", ["en"])
    assert completed["languages"] == [{"code": "en"}]
    assert completed["usage"]["type"] == "tokens"


def test_a_model_that_is_billed_by_time_reports_seconds() -> None:
    session = transcribing(turn_detection=None)
    session.receive(configure(transcription={"model": "gpt-realtime-whisper"}))
    session.receive(append(2.0))
    item_id = session.receive({"type": "input_audio_buffer.commit"})[0]["item_id"]
    [completed] = session.transcript_done(item_id, "Hello.")
    assert completed["usage"] == {"type": "duration", "seconds": 2}


def test_it_makes_no_responses() -> None:
    session = transcribing()
    session.receive(user_message("Hello."))
    assert refusal(session.receive({"type": "response.create"}))["param"] == "type"
    assert refusal(session.receive({"type": "response.cancel"}))["code"] == "response_cancel_not_active"


def test_a_session_keeps_its_kind() -> None:
    assert refusal(transcribing().receive(update()))["message"] == (
        "Passing a realtime session update event to a transcription session is not allowed."
    )
    assert refusal(new_session().receive(configure(transcription=MODEL)))["param"] == "session.type"
