"""The voices: real engines."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from realtime_sdk._runtime.extras import need
from realtime_sdk.audio._pcm import Pcm, to_seconds
from realtime_sdk.errors import ExtraMissing, UsageError
from realtime_sdk.local._recogniser import Recogniser
from realtime_sdk.local._voices import EspeakEngine, PiperEngine, open_engine

from .sounds import transcript

pytestmark = pytest.mark.real


def loudness(pcm: Pcm) -> float:
    """Root mean square in dB of full scale, of what is louder than -40 dB."""
    level = np.abs(pcm.astype(np.float64)) / 32768
    return float(20 * np.log10(np.sqrt(np.mean(level[level > 0.01] ** 2))))


@pytest.mark.parametrize("voice", ["joe", "en-us", "de", "fr"])
def test_every_voice_speaks_at_a_sane_volume_for_a_sane_time(voice: str) -> None:
    pcm = open_engine(voice).synthesise("Hello, I am the voice of this machine.")
    assert pcm.dtype == np.int16
    assert 1.5 < to_seconds(len(pcm)) < 5
    assert -26 < loudness(pcm) < -14
    assert np.abs(pcm.astype(np.int32)).max() < 32767


def test_a_short_word_is_not_louder_than_a_sentence() -> None:
    joe = open_engine("joe")
    assert abs(loudness(joe.synthesise("Yes.")) - loudness(joe.synthesise("The ships on the sea were silent."))) < 6


@pytest.mark.parametrize("voice", ["joe", "en-us"])
def test_an_empty_text_is_no_audio(voice: str) -> None:
    assert to_seconds(len(open_engine(voice).synthesise(""))) < 0.1


def test_numbers_are_spoken(recogniser: Recogniser) -> None:
    pcm = open_engine("joe").synthesise("17 times 23 is 391.")
    assert "391" in asyncio.run(transcript(recogniser, pcm))


def test_english_is_neural_and_other_languages_are_not() -> None:
    assert isinstance(open_engine(), PiperEngine)
    assert isinstance(open_engine(language="en-GB"), PiperEngine)
    assert isinstance(open_engine(language="de"), EspeakEngine)
    assert isinstance(open_engine("en-us"), EspeakEngine)


def test_without_piper_english_is_spoken_by_espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.local._voices.find_spec", lambda name: None)
    assert isinstance(open_engine(), EspeakEngine)


def test_a_voice_is_loaded_once() -> None:
    assert open_engine("joe") is open_engine()


def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(UsageError, match="no voice 'unknown': give 'joe' or a language"):
        open_engine("unknown")


def test_several_threads_speak_without_mixing_their_voices() -> None:
    voices = [open_engine(voice) for voice in ("en-us", "de", "fr", "es")] * 5
    text = "One two three four five."
    alone = [len(voice.synthesise(text)) for voice in voices]
    with ThreadPoolExecutor(4) as threads:
        together = [len(pcm) for pcm in threads.map(lambda voice: voice.synthesise(text), voices)]
    assert together == pytest.approx(alone, rel=0.02)
    assert len(set(alone)) >= 4  # each language takes a time of its own


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "piper", None)
    with pytest.raises(ExtraMissing, match=r"The neural voice is not installed: .*'realtime-voice-sdk\[local\]'"):
        need("piper", "The neural voice", "local")
