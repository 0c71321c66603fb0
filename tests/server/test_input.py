"""The user's side: audio appended, turns detected and committed, and transcribed."""

from __future__ import annotations

import numpy as np

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.server._actions import Listen, Respond, Stop, Transcribe
from realtime_sdk.server._input_buffer import InputBuffer
from realtime_sdk.server._rules import ServerSession

from .helpers import append, detection, kinds, new_session, refusal, respond, speak, update

COMMIT = {"type": "input_audio_buffer.commit"}
ADDED = ["conversation.item.added", "conversation.item.done"]


def manual() -> ServerSession:
    return new_session(**detection(None))


def transcribed(session: ServerSession) -> Transcribe:
    [work] = [work for work in session.take_actions() if isinstance(work, Transcribe)]
    return work


def test_an_append_is_not_answered() -> None:
    session = new_session()
    assert session.receive(append(0.1)) == []
    [listen] = session.take_actions()
    assert isinstance(listen, Listen)
    assert len(listen.pcm) == 2400


def test_a_commit_makes_an_item_of_the_audio() -> None:
    session = manual()
    session.receive(append(0.2))
    session.receive(append(0.3))
    committed, added, done = session.receive(COMMIT)
    assert kinds([committed, added, done]) == ["input_audio_buffer.committed", *ADDED]
    assert (committed["item_id"], committed["previous_item_id"]) == ("item_1", None)
    assert added["item"] == done["item"] == {
        "id": "item_1", "type": "message", "status": "completed", "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    assert session.conversation.find("item_1").seconds == 0.5
    work = transcribed(session)
    assert (work.item_id, len(work.pcm)) == ("item_1", 12_000)
    assert session.responses == {}, "who commits by hand asks for a response by hand"


def test_a_commit_names_its_predecessor() -> None:
    session = manual()
    for expected in (None, "item_1"):
        session.receive(append(0.2))
        committed, added, _ = session.receive(COMMIT)
        assert committed["previous_item_id"] == added["previous_item_id"] == expected


def test_a_commit_of_next_to_nothing_is_refused() -> None:
    session = manual()
    error = refusal(session.receive({**COMMIT, "event_id": "mine"}))
    assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "mine")
    assert error["message"].endswith("Expected at least 100ms of audio, but buffer only has 0.00ms of audio.")
    session.receive(append(0.0995))
    assert refusal(session.receive(COMMIT))["message"].endswith("has 99.50ms of audio.")
    session.receive(append(0.0005))
    assert kinds(session.receive(COMMIT))[0] == "input_audio_buffer.committed"
    assert refusal(session.receive(COMMIT))["code"] == "input_audio_buffer_commit_empty"


def test_a_clear_drops_the_audio() -> None:
    session = manual()
    session.receive(append(1.0))
    assert kinds(session.receive({"type": "input_audio_buffer.clear"})) == ["input_audio_buffer.cleared"]
    assert refusal(session.receive(COMMIT))["code"] == "input_audio_buffer_commit_empty"


# Turn detection


def frame(seconds: float) -> int:
    return to_frames(seconds)


def test_a_turn_from_speech_to_response() -> None:
    session = new_session()
    session.receive(append(3.0))
    [started] = session.speech_started(frame(1.0))
    assert (started["type"], started["audio_start_ms"]) == ("input_audio_buffer.speech_started", 700)
    assert session.interrupt() == []
    session.take_actions()
    stopped, committed, added, done, created = session.speech_stopped(frame(2.0))
    assert (stopped["type"], stopped["audio_end_ms"]) == ("input_audio_buffer.speech_stopped", 2500)
    assert kinds([committed, added, done, created]) == ["input_audio_buffer.committed", *ADDED, "response.created"]
    announced = started["item_id"]
    assert [stopped["item_id"], committed["item_id"], added["item"]["id"]] == [announced] * 3
    transcribe, respond_ = session.take_actions()
    assert isinstance(transcribe, Transcribe)
    assert transcribe.pcm.tolist() == np.arange(frame(0.7), frame(2.5)).astype(np.int16).tolist()
    assert isinstance(respond_, Respond)


def test_audio_after_a_turn_belongs_to_the_next_turn() -> None:
    session = new_session(**detection({"type": "server_vad", "create_response": False, "silence_duration_ms": 0}))
    session.receive(append(3.0))
    session.speech_started(frame(1.0))
    session.speech_stopped(frame(2.0))
    [started] = session.speech_started(frame(2.1))
    assert started["audio_start_ms"] == 2000, "the padding does not reach into what is committed"


def test_the_turn_ends_no_later_than_the_audio() -> None:
    session = new_session()
    session.receive(append(2.0))
    session.speech_started(frame(1.0))
    assert session.speech_stopped(frame(1.9))[0]["audio_end_ms"] == 2000


def test_a_user_who_speaks_interrupts_the_response() -> None:
    session = new_session()
    session.receive(append(1.0))
    response_id = respond(session)
    speak(session, response_id, "One two three.", 1.0)
    session.take_actions()
    assert kinds(session.speech_started(frame(0.9))) == ["input_audio_buffer.speech_started"]
    *_, done, _ = session.interrupt()
    assert done["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert session.take_actions() == [Stop(response_id)]
    assert session.interrupt() == []


def test_an_interruption_spares_what_runs_out_of_band() -> None:
    session = new_session()
    respond(session, conversation="none")
    session.speech_started(0)
    assert session.interrupt() == []


def test_without_interrupt_response_the_reply_continues_and_a_new_one_collides() -> None:
    session = new_session(**detection({"type": "server_vad", "interrupt_response": False}))
    session.receive(append(1.0))
    response_id = respond(session)
    session.speech_started(frame(0.1))
    assert session.interrupt() == []
    *_, error = session.speech_stopped(frame(0.5))
    assert error["error"]["code"] == "conversation_already_has_active_response"
    assert error["error"]["event_id"] is None
    assert list(session.responses) == [response_id]


def test_without_create_response_the_turn_is_committed_and_that_is_all() -> None:
    session = new_session(**detection({"type": "semantic_vad", "create_response": False}))
    session.receive(append(1.0))
    session.speech_started(frame(0.1))
    assert kinds(session.speech_stopped(frame(0.5))) == [
        "input_audio_buffer.speech_stopped", "input_audio_buffer.committed", *ADDED,
    ]


def test_a_commit_by_hand_ends_the_turn_under_its_announced_id() -> None:
    session = new_session()
    session.receive(append(1.0))
    [started] = session.speech_started(frame(0.5))
    assert session.receive(COMMIT)[0]["item_id"] == started["item_id"]
    assert session.speech_stopped(frame(0.9)) == []
    assert session.speech_started(frame(0.9))[0]["item_id"] != started["item_id"]


def test_speech_is_announced_once() -> None:
    session = new_session()
    session.speech_started(0)
    assert session.speech_started(0) == []


def test_boundaries_mean_nothing_once_detection_is_off() -> None:
    session = new_session()
    session.receive(append(1.0))
    session.speech_started(0)
    session.receive(update(**detection(None)))
    assert session.speech_stopped(frame(0.5)) == []
    assert session.speech_started(frame(0.6)) == []


def test_a_long_silence_is_not_kept() -> None:
    session = new_session()
    for _ in range(30):
        session.receive(append(1.0))
    assert len(session.input) <= frame(11.0)
    assert session.input.end == frame(30.0)


def test_the_buffer_gives_each_frame_once() -> None:
    buffer = InputBuffer()
    for first in range(0, 100, 10):
        buffer.append(counted(first, first + 10))
    assert buffer.take(25, 40).tolist() == list(range(25, 40))
    assert (buffer.begin, buffer.end, len(buffer)) == (40, 100, 60)
    assert buffer.take(0, 45).tolist() == list(range(40, 45))
    buffer.append(counted(100, 110))
    buffer.drop_before(105)
    assert buffer.take(0, 1000).tolist() == list(range(100, 110))
    assert len(buffer) == 0


def counted(start: int, end: int) -> Pcm:
    return np.arange(start, end, dtype=np.int16)


# Transcripts


def spoken_turn(session: ServerSession) -> str:
    session.receive(append(1.4))
    item_id: str = session.receive(COMMIT)[0]["item_id"]
    return item_id


def test_a_transcript_in_pieces_and_whole() -> None:
    session = new_session(audio={"input": {"turn_detection": None, "transcription": {"model": "gpt-transcribe"}}})
    item_id = spoken_turn(session)
    [delta] = session.transcript_delta(item_id, " Hello")
    assert (delta["item_id"], delta["content_index"], delta["delta"]) == (item_id, 0, " Hello")
    [completed] = session.transcript_done(item_id, "Hello there.")
    assert completed["transcript"] == "Hello there."
    assert completed["usage"] == {
        "type": "tokens", "total_tokens": 17, "input_tokens": 14,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 14}, "output_tokens": 3,
    }  # fmt: skip
    assert session.request(respond(session)).items[0]["content"][0]["transcript"] == "Hello there."


def test_a_transcript_is_kept_and_not_sent_where_transcription_is_off() -> None:
    session = manual()
    item_id = spoken_turn(session)
    assert session.transcript_delta(item_id, "Hello") == session.transcript_done(item_id, "Hello") == []
    assert session.conversation.find(item_id).text == "Hello"


def test_a_transcription_that_failed_is_reported_with_its_item() -> None:
    session = new_session(audio={"input": {"turn_detection": None, "transcription": {"model": "gpt-transcribe"}}})
    item_id = spoken_turn(session)
    [failed] = session.transcript_failed(item_id)
    assert failed["type"] == "conversation.item.input_audio_transcription.failed"
    assert failed["error"]["message"] == f"Input transcription failed for item '{item_id}'."


def test_a_transcript_of_an_item_that_is_gone() -> None:
    session = new_session(audio={"input": {"turn_detection": None, "transcription": {"model": "gpt-transcribe"}}})
    item_id = spoken_turn(session)
    session.receive({"type": "conversation.item.delete", "item_id": item_id})
    assert session.transcript_done(item_id, "Hello") == session.transcript_failed(item_id) == []
