"""The messages of the gateways, as their documentation has them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio import AudioFormat
from realtime_sdk.lines import (
    Audio,
    CountedDialect,
    DigitPressed,
    FramesPlayed,
    LineDialect,
    MalformedMessage,
    MarkReached,
    PlivoDialect,
    Started,
    Stopped,
    TelnyxDialect,
    TwilioDialect,
    VonageDialect,
)

from ..effort import tries

PCMU, PCMA, PCM16 = AudioFormat("audio/pcmu", 8000), AudioFormat("audio/pcma", 8000), AudioFormat("audio/pcm", 16_000)

SOUND = bytes(range(160))
BASE64 = base64.b64encode(SOUND).decode()

TWILIO, TELNYX, PLIVO, VONAGE, COUNTED = (
    TwilioDialect(), TelnyxDialect(), PlivoDialect(), VonageDialect(), CountedDialect(),
)  # fmt: skip

DIALECTS: list[LineDialect] = [TWILIO, TELNYX, PLIVO, VONAGE, COUNTED]

TWILIO_START = {
    "streamSid": "MZ1", "callSid": "CA1", "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
}  # fmt: skip
PLIVO_START = {"streamId": "s-1", "callId": "c-1", "mediaFormat": {"encoding": "audio/x-l16", "sampleRate": 16_000}}
TELNYX_START = {"call_control_id": "v3:1", "media_format": {"encoding": "PCMA", "sample_rate": 8000, "channels": 1}}
VONAGE_START = {"event": "websocket:connected", "content-type": "audio/l16;rate=16000", "caller": "447700900000"}
COUNTED_START = {"type": "start", "input_rate": 16_000, "output_rate": 48_000}


@pytest.mark.parametrize(
    ("dialect", "message", "event"),
    [
        (TWILIO, {"event": "connected", "protocol": "Call", "version": "1.0.0"}, None),
        (TWILIO, {"event": "start", "start": TWILIO_START}, Started(PCMU, PCMU, "MZ1", TWILIO_START)),
        (TWILIO, {"event": "media", "media": {"track": "inbound", "chunk": "2", "payload": BASE64}}, Audio(SOUND)),
        (TWILIO, {"event": "media", "media": {"track": "outbound", "payload": BASE64}}, None),
        (TWILIO, {"event": "mark", "streamSid": "MZ1", "mark": {"name": "7"}}, MarkReached("7")),
        (TWILIO, {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "#"}}, DigitPressed("#")),
        (TWILIO, {"event": "stop", "stop": {"callSid": "CA1"}}, Stopped()),
        (TWILIO, {"event": "of another year"}, None),
        (
            TELNYX,
            {"event": "start", "stream_id": "32DE", "start": TELNYX_START},
            Started(PCMA, PCMA, "32DE", TELNYX_START),
        ),
        (TELNYX, {"event": "media", "media": {"track": "inbound", "chunk": "2", "payload": BASE64}}, Audio(SOUND, 2)),
        (TELNYX, {"event": "mark", "stream_id": "32DE", "mark": {"name": "7"}}, MarkReached("7")),
        (TELNYX, {"event": "dtmf", "dtmf": {"digit": "1"}}, DigitPressed("1")),
        (TELNYX, {"event": "stop", "stop": {}}, Stopped()),
        (PLIVO, {"event": "start", "start": PLIVO_START}, Started(PCM16, PCM16, "s-1", PLIVO_START)),
        (PLIVO, {"event": "media", "media": {"track": "inbound", "payload": BASE64}}, Audio(SOUND)),
        (PLIVO, {"event": "playedStream", "streamId": "s-1", "name": "7"}, MarkReached("7")),
        (PLIVO, {"event": "clearedAudio", "streamId": "s-1"}, None),
        (PLIVO, {"event": "dtmf", "dtmf": {"digit": "1"}}, DigitPressed("1")),
        (VONAGE, VONAGE_START, Started(PCM16, PCM16, call=VONAGE_START)),
        (VONAGE, SOUND, Audio(SOUND)),
        (VONAGE, {"event": "websocket:notify", "payload": {"mark": "7"}}, MarkReached("7")),
        (VONAGE, {"event": "websocket:cleared"}, None),
        (VONAGE, {"event": "websocket:dtmf", "digit": "5", "duration": 260}, DigitPressed("5")),
        (COUNTED, COUNTED_START, Started(PCM16, AudioFormat("audio/pcm", 48_000), call=COUNTED_START)),
        (COUNTED, SOUND, Audio(SOUND)),
        (COUNTED, {"type": "played", "clear": 3, "frames": 960}, FramesPlayed(3, 960)),
        (COUNTED, {"type": "the application's own"}, None),
        (COUNTED, {"type": "stop"}, Stopped()),
    ],
)
def test_a_message_is_an_event(dialect: LineDialect, message: Any, event: Any) -> None:
    assert dialect.decode(message if isinstance(message, bytes) else json.dumps(message)) == event


@pytest.mark.parametrize(
    ("dialect", "audio", "mark", "clear"),
    [
        (
            TWILIO,
            {"event": "media", "streamSid": "S", "media": {"payload": BASE64}},
            {"event": "mark", "streamSid": "S", "mark": {"name": "7"}},
            {"event": "clear", "streamSid": "S"},
        ),
        (
            TELNYX,
            {"event": "media", "media": {"payload": BASE64}},
            {"event": "mark", "mark": {"name": "7"}},
            {"event": "clear"},
        ),
        (
            PLIVO,
            {
                "event": "playAudio",
                "streamId": "S",
                "media": {"contentType": "audio/x-mulaw", "sampleRate": 8000, "payload": BASE64},
            },
            {"event": "checkpoint", "streamId": "S", "name": "7"},
            {"event": "clearAudio", "streamId": "S"},
        ),
        (VONAGE, SOUND, {"action": "notify", "payload": {"mark": "7"}}, {"action": "clear"}),
        (COUNTED, SOUND, None, {"type": "clear", "number": 3}),
    ],
)
def test_a_command_is_a_message(dialect: LineDialect, audio: Any, mark: Any, clear: Any) -> None:
    start = Started(PCMU, PCMU, "S")
    made = [dialect.audio(SOUND, start), dialect.mark("7", start), dialect.clear(3, start)]
    assert [json.loads(message) if isinstance(message, str) else message for message in made] == [audio, mark, clear]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("no JSON", "no JSON"),
        ("[1]", "no JSON object"),
        ('{"event": "media", "media": {"payload": "not base64!"}}', "no base64: 'not base64!'"),
        ('{"event": "media", "media": {}}', "'payload' holds base64, not None"),
        ('{"event": "mark", "mark": "7"}', "'name' holds a text, not None"),
        ('{"event": "start", "start": {}}', "'streamSid' holds a text, not None"),
        ('{"event": "start", "start": {"streamSid": "S", "mediaFormat": {"encoding": "opus"}}}', "'opus'"),
    ],
)
def test_a_message_that_cannot_be_read_says_why(message: str, fault: str) -> None:
    with pytest.raises(MalformedMessage, match=fault):
        TWILIO.decode(message)


names = st.sampled_from([
    "event", "type", "start", "media", "payload", "mark", "name", "dtmf", "digit", "stop", "streamSid", "streamId",
    "stream_id", "mediaFormat", "media_format", "encoding", "sampleRate", "chunk", "clear", "frames", "input_rate",
    "content-type", "track",
])  # fmt: skip
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=8,
)
kinds = st.sampled_from([
    "start", "media", "mark", "dtmf", "stop", "playedStream", "websocket:connected", "websocket:notify", "played",
])  # fmt: skip


@pytest.mark.slow
@settings(max_examples=tries(300))
@given(st.dictionaries(names, json_values), kinds, st.binary(max_size=20))
def test_nothing_that_a_stranger_sends_does_more_than_to_be_refused(
    fields: dict[str, Any], kind: str, data: bytes
) -> None:
    for dialect in DIALECTS:
        for message in (json.dumps({**fields, "event": kind, "type": kind}), json.dumps(fields), data):
            try:
                dialect.decode(message)
            except MalformedMessage as error:
                assert str(error)
