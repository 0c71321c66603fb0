"""Speech of three synthesisers with known word onsets, delivered as a service does."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm, from_bytes
from realtime_sdk.captions._aligner import TranscriptAligner

from .speech import RATE

SPEECH = Path(__file__).parents[3] / "shared" / "speech"
CLIPS = sorted(SPEECH.glob("*.json"))

pytestmark = pytest.mark.skipif(not CLIPS, reason=f"needs speech with known word onsets, not shipped: {SPEECH}")

SPEED, LEAD, DELTA = 4.0, 0.3, 0.2
"""Audio arrives at 4 times its speed, text 0.3 s ahead of it, 0.2 s of audio in a piece."""


def shown(clip: dict[str, Any], pcm: Pcm) -> list[float]:
    """The position at which each character of the transcript is shown."""
    aligner = TranscriptAligner(RATE)
    positions: list[float] = []
    words: list[tuple[float, str]] = []
    step = round(DELTA * RATE)
    sound = [(at / RATE, pcm[at : at + step]) for at in range(0, len(pcm), step)]
    onset = 0.0
    for word in clip["words"]:
        onset = onset if word["onset"] is None else word["onset"]
        words.append((onset - LEAD, (" " if words else "") + word["text"]))
    for position in np.arange(0.0, len(pcm) / RATE, 0.01):
        is_arriving = bool(words or sound)
        while words and words[0][0] <= position * SPEED:
            aligner.push_text(words.pop(0)[1])
        while sound and sound[0][0] <= position * SPEED:
            aligner.push_audio(sound.pop(0)[1])
        if is_arriving and not words and not sound:
            aligner.end_text(clip["text"])
            aligner.end_audio()
        for caption in aligner.due(float(position)):
            positions += [float(position)] * len(caption.text)
    assert aligner.shown == clip["text"]
    return positions


def test_words_are_shown_as_they_are_heard() -> None:
    errors: list[float] = []
    for path in CLIPS:
        clip = json.loads(path.read_text(encoding="utf-8"))
        with wave.open(str(path.with_suffix(".wav"))) as file:
            positions = shown(clip, from_bytes(file.readframes(file.getnframes())))
        errors += [positions[w["start"]] - w["onset"] for w in clip["words"] if w["onset"] is not None]
    median, nine_tenths = np.percentile(np.abs(errors), (50, 90))
    assert median < 0.06
    assert nine_tenths < 0.18
    assert np.mean(np.array(errors) < -0.2) < 0.02
