"""G.711 by the standard, and formats by their names on the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk import UsageError
from realtime_sdk.audio._formats import AudioFormat, to_wire
from realtime_sdk.audio._pcm import from_bytes, to_bytes
from realtime_sdk.audio._session_formats import SERVICE_FORMATS, Formats, format_difference, formats_of

ULAW, ALAW = AudioFormat("audio/pcmu", 8000), AudioFormat("audio/pcma", 8000)
LEVELS = np.arange(-32768, 32768).astype(np.int16)


def ulaw_level(code: int) -> int:
    """G.711, table 2: 14 bits, here the upper ones of 16."""
    code ^= 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def alaw_level(code: int) -> int:
    """G.711, table 1: 13 bits, here the upper ones of 16."""
    code ^= 0x55
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


@pytest.mark.parametrize(("format", "level"), [(ULAW, ulaw_level), (ALAW, alaw_level)], ids=["ulaw", "alaw"])
def test_every_code_has_the_level_of_the_standard(format: AudioFormat, level: object) -> None:
    assert callable(level)
    assert from_bytes(format.decode(bytes(range(256)))).tolist() == [level(code) for code in range(256)]


@pytest.mark.parametrize("format", [ULAW, ALAW], ids=["ulaw", "alaw"])
def test_a_code_that_is_decoded_and_encoded_is_the_same(format: AudioFormat) -> None:
    codes = bytes(range(256))
    again = format.encode(format.decode(codes))
    # μ-law has two zeros, and only one is ever written.
    assert [code for code in range(256) if again[code] != code] == ([0x7F] if format is ULAW else [])


@pytest.mark.parametrize("format", [ULAW, ALAW], ids=["ulaw", "alaw"])
def test_decoded_audio_is_within_a_quantisation_step(format: AudioFormat) -> None:
    decoded = from_bytes(format.decode(format.encode(to_bytes(LEVELS)))).astype(int)
    assert np.all(np.diff(decoded) >= 0)
    steps = np.diff(np.unique(decoded))
    step = np.maximum(np.append(steps, steps[-1])[np.unique(decoded, return_inverse=True)[1]], 8)
    error = np.abs(decoded - LEVELS)
    inside = np.abs(LEVELS.astype(int)) < decoded.max()
    assert np.all(error[inside] <= step[inside])
    assert np.all(error <= 1024)


@given(st.lists(st.integers(-32768, 32767), max_size=400), st.sampled_from([ULAW, ALAW, AudioFormat()]))
def test_frames_are_encoded_independently(levels: list[int], format: AudioFormat) -> None:
    pcm = np.array(levels, np.int16)
    cut = len(pcm) // 3
    whole = format.encode(to_bytes(pcm))
    assert format.encode(to_bytes(pcm[:cut])) + format.encode(to_bytes(pcm[cut:])) == whole
    assert len(from_bytes(format.decode(whole))) == len(pcm)


def test_pcm_is_left_as_it_is() -> None:
    assert AudioFormat().encode(b"\x01\x02") == AudioFormat().decode(b"\x01\x02") == b"\x01\x02"


@pytest.mark.parametrize(
    ("value", "format"),
    [
        ("audio/pcm", AudioFormat("audio/pcm", 24_000)),
        ("audio/pcmu", ULAW),
        ({"type": "audio/pcma"}, ALAW),
        ({"type": "audio/pcm", "rate": 16_000}, AudioFormat("audio/pcm", 16_000)),
        ("pcm16", AudioFormat()),
        ("g711_ulaw", ULAW),
        ("g711_alaw", ALAW),
        (ULAW, ULAW),
    ],
)
def test_a_format_is_meant_by_the_names_of_the_wire(value: AudioFormat | str, format: AudioFormat) -> None:
    assert AudioFormat.of(value) == format
    assert AudioFormat.of(to_wire(format)) == format


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("audio/opus", "unknown audio format 'audio/opus': choose one of audio/pcm, audio/pcmu"),
        ({"rate": 8000}, "unknown audio format"),
        (None, "unknown audio format None"),
        ({"type": "audio/pcmu", "rate": 24_000}, "audio/pcmu has a sample rate of 8000 Hz, not 24000"),
        ({"type": "audio/pcm", "rate": 4000}, "audio/pcm has a sample rate of 8000 to 48000 Hz, not 4000"),
        ({"type": "audio/pcm", "rate": "16000"}, "a sample rate is a whole number of Hz, not '16000'"),
    ],
)
def test_an_unknown_format_is_refused(value: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        AudioFormat.of(value)


def test_a_session_object_says_its_formats_as_either_dialect_does() -> None:
    ga = {"audio": {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcma"}}}}
    assert formats_of(ga) == Formats(ULAW, ALAW)
    assert formats_of({"input_audio_format": "g711_ulaw", "output_audio_format": "g711_alaw"}) == Formats(ULAW, ALAW)
    assert formats_of({"audio": {"input": {}}}) == SERVICE_FORMATS


@pytest.mark.parametrize(
    "session",
    [
        {},
        {"audio": None},
        {"audio": {"output": {"format": None}}},
        {"audio": {"output": {"format": {"type": "audio/pcm"}}}},
        {"output_audio_format": "not specified"},
        {"audio": {"output": {"format": {"type": ["audio/pcmu"]}}}},
    ],
)
def test_a_format_that_is_not_given_is_no_difference(session: dict[str, object]) -> None:
    assert format_difference(Formats(output=AudioFormat("audio/pcm", 16_000)), session) == ""


def test_a_difference_is_described() -> None:
    session = {"audio": {"output": {"format": {"type": "audio/pcma"}}}}
    expected = "the output would be {'type': 'audio/pcma'}, and the session was opened with audio/pcmu at 8000 Hz"
    assert format_difference(Formats(output=ULAW), session) == expected


@pytest.mark.parametrize("rate", [None, "24000", True])
def test_a_rate_that_is_no_number_is_refused(rate: Any) -> None:
    with pytest.raises(UsageError, match=r"rate is a sample rate in Hz, such as 24000, not "):
        AudioFormat(rate=rate)
