"""Human speech with its text, from packages of Debian and its kin; nothing of it is kept here.

    apt install asterisk-core-sounds-{en,fr,es,it,ru}{,-wav} pocketsphinx-testdata

The first hold the prompts of a telephone system, read by a person, and their texts; the last some sentences of an audio
book. No package is known that holds spontaneous speech with its text.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from clips import Clip, forced, read

PROMPTS = {
    "en": "en_US_f_Allison", "fr": "fr_CA_f_June", "es": "es_MX_f_Allison", "it": "it_IT_m_Carlo",
    "ru": "ru_RU_f_IvrvoiceRU",
}  # fmt: skip
"""Folders of the recordings."""

FEWEST_WORDS = 8
MOST_CLIPS = 40
"""Of a language."""


def humans(root: Path) -> list[Clip]:
    """Clips whose words were found by their sound; none where the packages are not installed under `root`."""
    clips: list[Clip] = []
    for language, folder in PROMPTS.items():
        prompts = list(_prompts(root / "usr/share", language, folder))
        clips += [
            Clip("human", language, "prompt", text, read(path), [])
            for text, path in prompts[:: len(prompts) // MOST_CLIPS + 1]
        ]
    clips += [Clip("human", "en", "audio book", text, read(path), []) for text, path in _book(root / "usr/share")]
    return [found for clip in clips if (found := forced(clip)) is not None]


def _prompts(share: Path, language: str, folder: str) -> Iterator[tuple[str, Path]]:
    texts = share / f"doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz"
    if not texts.exists():
        return
    seen = set()
    for line in gzip.decompress(texts.read_bytes()).decode(errors="replace").splitlines():
        told = re.fullmatch(r"([\w/-]+):\s*([^\[\]]+)", line.strip())
        if told is None or len(told[2].split()) < FEWEST_WORDS or told[2] in seen:
            continue
        seen.add(told[2])
        path = share / f"asterisk/sounds/{folder}/{told[1]}.wav"
        if path.exists():
            yield " ".join(told[2].split()), path


def _book(share: Path) -> Iterator[tuple[str, Path]]:
    folder = share / "pocketsphinx/test/data/librivox"
    texts = folder / "transcription"
    for line in texts.read_text().splitlines() if texts.exists() else ():
        told = re.fullmatch(r"<s> (.*) </s> \((.*)\)", line)
        if told is not None:
            yield told[1], folder / f"{told[2]}.wav"
