"""WAV files whose header does not say how long they are."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.audio._wav_file import native_path, readable
from realtime_sdk.devices import WavMicrophone
from realtime_sdk.testing import noise, run_virtual

RATE = 24_000
SOUND = noise(1.0, seed=1)


def wav(size: int, *, more: bytes = b"", sound: Pcm = SOUND) -> bytes:
    """A WAV that says that its audio has so many bytes."""
    form = struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)
    parts = b"WAVEfmt " + struct.pack("<I", 16) + form + more + b"data" + struct.pack("<I", size) + sound.tobytes()
    return b"RIFF" + struct.pack("<I", min(size + 36, 0xFFFFFFFF)) + parts


def read(path: Path) -> Pcm:
    pcm: Pcm
    pcm, _ = soundfile.read(readable(path), dtype="int16")
    return pcm


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 2 * len(SOUND)])
@pytest.mark.parametrize("more", [b"", b"LIST" + struct.pack("<I", 4) + b"INFO"], ids=["", "with a list before"])
def test_the_audio_is_read_to_its_end_whatever_the_header_says(tmp_path: Path, size: int, more: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(size, more=more))
    assert np.array_equal(read(path), SOUND)


@pytest.mark.parametrize("after", [b"", b"LIST" + struct.pack("<I", 4) + b"INFO"], ids=["at the end", "before a list"])
def test_a_wav_that_is_really_empty_stays_empty(tmp_path: Path, after: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(0, sound=SOUND[:0]) + after)
    assert not len(read(path))


def test_a_flac_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, SOUND, RATE)
    assert readable(path) == native_path(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_stream_that_comes_through_a_pipe_is_captured(tmp_path: Path, size: int) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(wav(size),))
    writer.start()

    async def main() -> Pcm:
        microphone = WavMicrophone(pipe)
        await microphone.open(RATE)
        blocks = [await microphone.read() for _ in range(50)]
        await microphone.close()
        return np.concatenate(blocks)

    captured = run_virtual(main)
    writer.join()
    assert np.array_equal(captured, SOUND)


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_no_utf8_is_read(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    path.write_bytes(wav(2 * len(SOUND)))
    assert read(path).tolist() == SOUND.tolist()
