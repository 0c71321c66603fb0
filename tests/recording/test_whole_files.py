"""At any time each file is whole: what a crash leaves can be played and read."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
import webvtt
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.captions import Caption, Utterance, to_vtt
from realtime_sdk.recording._caption_file import CaptionFile
from realtime_sdk.recording._disk_file import DiskFile
from realtime_sdk.recording._sound_file import SoundFile
from realtime_sdk.recording._stereo import WRITE_FRAMES, Channel

from ..effort import tries

BLOCKS = st.tuples(
    st.sampled_from(Channel), st.floats(0.0, 1.5), st.integers(1, 2000),
)  # fmt: skip
"""The side, seconds since its last audio, and frames."""

WORDS = st.lists(st.text("abé漢 &<", min_size=1, max_size=8), min_size=1, max_size=12)


def refuse(error: OSError) -> None:
    raise error


@contextmanager
def new_file(folder: Path) -> Iterator[tuple[Path, DiskFile]]:
    path = folder / "file"
    path.unlink(missing_ok=True)
    with closing(DiskFile(path, refuse)) as file:
        yield path, file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.mark.slow
@given(st.lists(BLOCKS, min_size=1, max_size=20), st.sampled_from([8_000, 16_000, 24_000]))
@settings(max_examples=tries(300))
def test_the_sound_plays_to_the_last_half_second_at_any_time(
    folder: Path, blocks: list[tuple[Channel, float, int]], rate: int
) -> None:
    rates = {Channel.USER: 24_000, Channel.ASSISTANT: rate}
    ends = dict.fromkeys(Channel, 0.0)
    with new_file(folder) as (path, file):
        sound = SoundFile(file, rates)
        for channel, pause, frames in blocks:
            begin = ends[channel] + pause
            sound.place(channel, to_frames(begin, rates[channel]), np.full(frames, 7, np.int16))
            ends[channel] = begin + frames / rates[channel]
            with wave.open(str(path)) as wav:
                played = len(wav.readframes(wav.getnframes())) // 4
                assert played == wav.getnframes()
                late = WRITE_FRAMES + to_frames(0.1)  # the jitter, and what a resampler holds back
                assert played >= to_frames(max(ends.values())) - late
        sound.finish()
        with wave.open(str(path)) as wav:
            assert len(wav.readframes(wav.getnframes())) // 4 == wav.getnframes()
            assert abs(wav.getnframes() - to_frames(max(ends.values()))) <= to_frames(0.1)
        assert path.stat().st_size == 44 + 4 * wav.getnframes()


@pytest.mark.slow
@given(st.lists(st.tuples(st.booleans(), WORDS), min_size=1, max_size=8))
@settings(max_examples=tries(300))
def test_the_captions_are_a_file_after_every_step(folder: Path, steps: list[tuple[bool, list[str]]]) -> None:
    ended: list[Utterance] = []
    with new_file(folder) as (path, file):
        captions = CaptionFile(file)
        for number, (ends, words) in enumerate(steps):
            said = Utterance("user", number, number + 1.0, [Caption("", n, f" {w}", 0, 1) for n, w in enumerate(words)])
            if ends:
                ended.append(said)
            captions.update(said if ends else None, [] if ends else [said])
            written = path.read_bytes().decode()
            assert written == to_vtt(ended if ends else [*ended, said])
            webvtt.from_buffer(io.StringIO(written))
        captions.finish(ended)
        assert path.read_bytes().decode() == to_vtt(ended)


def test_between_two_steps_blank_lines_end_the_captions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash may come before the file is cut: what is left of a longer text is written over by then."""
    long, short = (
        Utterance("user", 0.0, 1.0, [Caption("", 0, text, 0.0, 1.0)]) for text in ("A long remark of many words.", "No")
    )
    with new_file(folder) as (path, file):
        captions = CaptionFile(file)
        captions.update(None, [long])
        monkeypatch.setattr(DiskFile, "cut", lambda self, size: None)
        captions.update(None, [short])
        assert path.read_bytes().decode().rstrip("\n") == to_vtt([short]).rstrip("\n")
