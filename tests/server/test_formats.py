"""G.711 on the wire: the server hears and speaks at 24 kHz, and counts what it was sent and what it sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pybase64
import pytest

from realtime_sdk.audio._formats import AudioFormat
from realtime_sdk.audio._pcm import from_bytes, to_bytes, to_frames
from realtime_sdk.server._actions import Listen
from realtime_sdk.server._backend import Audio, Call, Part
from realtime_sdk.server._items import Event
from realtime_sdk.server._response import Status

from .helpers import kinds, new_session, refusal, respond, speak, truncate, update

ULAW = {"type": "audio/pcmu"}
COMMIT = {"type": "input_audio_buffer.commit"}


def hears(format: dict[str, Any]) -> dict[str, Any]:
    return {"audio": {"input": {"format": format, "turn_detection": None}}}


def speaks(format: dict[str, Any]) -> dict[str, Any]:
    return {"audio": {"output": {"format": format}}}


def append(frames: int) -> Event:
    """So many frames of G.711, one byte each."""
    return {"type": "input_audio_buffer.append", "audio": pybase64.b64encode_as_string(b"\x80" * frames)}


def sound_of(events: list[Event]) -> dict[int, bytes]:
    """What the deltas among the events hold, by content index."""
    sound: dict[int, bytes] = {}
    for event in events:
        if event["type"] == "response.output_audio.delta":
            index = event["content_index"]
            sound[index] = sound.get(index, b"") + pybase64.b64decode(event["delta"])
    return sound


@pytest.mark.parametrize("format", [ULAW, {"type": "audio/pcma"}, {"type": "audio/pcm", "rate": 24_000}])
def test_the_session_says_what_was_agreed(format: dict[str, Any]) -> None:
    [updated] = new_session().receive(update(**speaks(format)))
    assert updated["session"]["audio"]["output"]["format"] == format


def test_a_commit_needs_100_ms_of_it() -> None:
    session = new_session(**hears(ULAW))
    session.receive(append(799))
    assert refusal(session.receive(COMMIT))["message"].endswith("has 99.88ms of audio.")
    session.receive({"type": "input_audio_buffer.clear"})
    session.receive(append(800))
    assert kinds(session.receive(COMMIT))[0] == "input_audio_buffer.committed"
    assert session.conversation.find("item_1").seconds == 0.1


def test_the_speech_input_gets_all_of_it_at_24_khz() -> None:
    session = new_session(**hears(ULAW))
    tone = (8000 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype(np.int16)
    codes = AudioFormat.of(ULAW).encode(to_bytes(tone))
    for start in range(0, 8000, 160):
        audio = pybase64.b64encode_as_string(codes[start : start + 160])
        session.receive({"type": "input_audio_buffer.append", "audio": audio})
    session.receive(COMMIT)
    heard = np.concatenate([work.pcm for work in session.take_actions() if isinstance(work, Listen)]).astype(int)
    assert len(heard) == 24_000
    expected = 8000 * np.sin(2 * np.pi * 300 * np.arange(24_000) / 24_000)
    assert np.abs(heard - expected)[600:-600].max() < 300


def test_audio_in_one_format_is_processed_before_the_next_begins() -> None:
    session = new_session(**hears(ULAW))
    session.receive(append(800))
    session.receive(update(**hears({"type": "audio/pcm", "rate": 24_000})))
    assert len(session.input) == 2400


def test_an_item_of_the_clients_is_in_the_format_of_the_input() -> None:
    session = new_session(**hears(ULAW))
    content = [{"type": "input_audio", "audio": append(4000)["audio"]}]
    session.receive(
        {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}}
    )
    assert session.conversation.find("item_1").seconds == 0.5


def test_each_part_is_sent_to_its_end_before_the_next_begins() -> None:
    session = new_session(**speaks(ULAW))
    response_id = respond(session)
    events = speak(session, response_id, "One", 0.5)
    events += session.output(response_id, Part())
    assert {index: len(sound) for index, sound in sound_of(events).items()} == {0: 4000}
    events += session.output(response_id, Audio(np.ones(to_frames(0.25), np.int16)))
    events += session.output(response_id, Call("look", "{}"))
    assert {index: len(sound) for index, sound in sound_of(events).items()} == {0: 4000, 1: 2000}
    item = session.responses[response_id].items[0]
    assert item.part_frames == {0: 12_000, 1: 6000}
    assert sound_of(session.finish(response_id)) == {}


def test_a_response_is_sent_to_its_end_unless_it_is_cancelled() -> None:
    session = new_session(**speaks(ULAW))
    lengths = []
    for status in (Status.COMPLETED, Status.CANCELLED):
        response_id = respond(session)
        events = speak(session, response_id, "Hello there.", 1.0)
        events += session.finish(response_id, status)
        [sound] = sound_of(events).values()
        assert session.conversation.find(events[0]["item"]["id"]).frames == len(sound) * 3
        lengths.append(len(sound))
    assert lengths[0] == 8000 > lengths[1]


def test_the_audio_of_the_backend_is_sent() -> None:
    session = new_session(**speaks(ULAW))
    response_id = respond(session)
    tone = (8000 * np.sin(2 * np.pi * 300 * np.arange(24_000) / 24_000)).astype(np.int16)
    events = [event for start in range(0, 24_000, 2400)
              for event in session.output(response_id, Audio(tone[start : start + 2400]))]
    events += session.finish(response_id)
    sent = from_bytes(AudioFormat.of(ULAW).decode(sound_of(events)[0])).astype(int)
    assert np.abs(sent - tone[::3])[200:-200].max() < 300


def test_a_truncation_is_held_against_what_was_sent() -> None:
    session = new_session(**speaks(ULAW))
    response_id = respond(session)
    item_id = speak(session, response_id, "Hello there.", 1.0)[0]["item"]["id"]
    session.finish(response_id)
    error, truncated = session.receive(truncate(item_id, 1001))
    assert error["error"]["message"] == "Audio content of 1000ms is already shorter than 1001ms"
    assert truncated["audio_end_ms"] == 1000


def test_a_format_that_the_service_does_not_have_is_refused() -> None:
    session = new_session()
    error = refusal(session.receive(update(**speaks({"type": "audio/opus"}))))
    assert (error["code"], error["param"]) == ("invalid_value", "session.audio.output.format.type")
    error = refusal(session.receive(update(**speaks({"type": "audio/pcmu", "rate": 8000}))))
    assert (error["code"], error["param"]) == ("unknown_parameter", "session.audio.output.format.rate")
