"""Write the package's readings of Chinese characters: in Japanese, and the syllables of Mandarin.

The Japanese readings are those of UniDic's words (the source distribution of `unidic-lite`), each of which is split
among its characters; the likeliest reading counts, by the costs of the words. The syllables are pypinyin's. The
licences of both are beside the files.

    python benchmarks/make_readings.py UNIDIC_SYS_DIC PYPINYIN_FOLDER
"""

from __future__ import annotations

import argparse
import json
import math
import re
import struct
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from realtime_sdk.captions.text._chinese import SYLLABLES
from realtime_sdk.captions.text._japanese import ALONE, READINGS

KANJI = 2500
_HEADER = struct.Struct("<10I32s")  # of MeCab's dictionaries
_TOKEN = struct.Struct("<HHHhII")
_WORD = re.compile(r"(?=.*[\u4e00-\u9fff])[\u4e00-\u9fff\u3041-\u309f]{1,6}$")
_KATAKANA = {hiragana: hiragana + 0x60 for hiragana in range(0x3041, 0x3097)}
_ALONE = ("名詞", "代名詞", "副詞")
_PROPER = "固有名詞"
_COST_SCALE = 1000.0  # by which the likelihood of a word falls to 1 / e; its context costs as well
_LONGEST_READING = 5
_INNER = 0.1  # weight of an ending within a longer word: "行っ" is more than a part of "執り行っ"
_ROUNDS = 4
_LEAST_SHARE = 0.002  # of a character's occurrences, for a reading before certain kana

Reading: TypeAlias = tuple[str, str]
"""Of a character: the kana after it, `ALONE` or nothing, and how it is read."""

Weights: TypeAlias = defaultdict[tuple[str, str], float]


class Word(NamedTuple):
    """A word as it is written and read, and how frequent it is."""

    written: str
    read: str  # katakana
    weight: float
    alone: float  # the weight of its uses as a word of its own, not a part of one


def unidic_words(path: Path) -> list[Word]:
    """The words with Chinese characters, but names."""
    data = path.read_bytes()
    *_, dictionary_bytes, token_bytes, _, _, _ = _HEADER.unpack_from(data)
    at = _HEADER.size + dictionary_bytes
    tokens, features = data[at : at + token_bytes], data[at + token_bytes :]
    weights: Weights = defaultdict(float)
    alone: Weights = defaultdict(float)
    for _, _, _, cost, begin, _ in _TOKEN.iter_unpack(tokens):
        fields = features[begin : features.index(b"\0", begin)].decode().split(",")
        if fields[1] != _PROPER and len(fields) > 9 and _WORD.match(fields[8]):
            weight = math.exp(-cost / _COST_SCALE)
            weights[fields[8], fields[9]] += weight
            alone[fields[8], fields[9]] += weight * (fields[0] in _ALONE)
    return [Word(*word, weight, alone[word]) for word, weight in weights.items()]


def _is_hiragana(character: str) -> bool:
    return "\u3041" <= character <= "\u309f"


def splits(written: str, read: str) -> Iterator[tuple[str, ...]]:
    """All ways to split how a word is read among its characters."""
    if not written or not read:
        if not written and not read:
            yield ()
        return
    character, rest = written[0], written[1:]
    if _is_hiragana(character):
        if read[0] in (character.translate(_KATAKANA), "ー"):
            yield from ((read[0], *others) for others in splits(rest, read[1:]))
        return
    for end in range(1, min(_LONGEST_READING, len(read) - len(rest)) + 1):
        if end == len(read) or read[end] not in "ーンャュョァィェォ":
            yield from ((read[:end], *others) for others in splits(rest, read[end:]))


def japanese_readings(words: list[Word]) -> dict[str, Weights]:
    """How often each character is read in which way: expectation and maximisation over the ways to split words."""
    ways = [(word, list(splits(word.written, word.read))) for word in words]
    share: defaultdict[tuple[str, str], float] = defaultdict(lambda: 1e-9)
    share |= {(w.written, w.read): 1.0 for w in words if len(w.written) == 1}
    readings: dict[str, Weights] = {}
    for _ in range(_ROUNDS):
        readings = defaultdict(lambda: defaultdict(float))
        for word, all_ways in ways:
            scores = [math.prod(share[pair] for pair in zip(word.written, way, strict=True)) for way in all_ways]
            if len(word.written) == 1:
                readings[word.written][ALONE, word.read] += word.alone
                readings[word.written]["", word.read] += word.weight - word.alone
                continue
            for way, score in zip(all_ways, scores, strict=True):
                weight = word.weight * score / sum(scores)
                for at, (character, read) in enumerate(zip(word.written, way, strict=True)):
                    after = word.written[at + 1 : at + 2]
                    after = after if _is_hiragana(after) else ""
                    readings[character][after, read] += weight * (_INNER if at and after else 1.0)
        share = defaultdict(lambda: 1e-9)
        for character, counts in readings.items():
            total = sum(counts.values())
            for (_, read), weight in counts.items():
                share[character, read] += weight / total
    return {character: counts for character, counts in readings.items() if character >= "\u4e00"}


def japanese_line(character: str, counts: Weights) -> str:
    """A character, its usual reading, and the kana before which it has another reading, with that."""
    by_weight = sorted(counts.items(), key=lambda count: -count[1])
    best: dict[str, Reading] = {}
    weights: defaultdict[str, float] = defaultdict(float)
    for (after, read), weight in by_weight:
        best.setdefault(after, (after, read))
        weights[after] += weight
    usual = best.get("", ("", ""))[1] or by_weight[0][0][1]
    others: defaultdict[str, str] = defaultdict(str)
    for after, (_, read) in sorted(best.items()):
        is_frequent = after == ALONE or weights[after] > _LEAST_SHARE * sum(counts.values())
        if after and read != usual and is_frequent and weights[after]:
            others[read] += after
    return character + usual + "".join(after + read for read, after in others.items())


def mandarin_syllables(folder: Path) -> dict[str, str]:
    """The usual syllable of the characters in the first levels of GB 2312 and Big5, without its tone."""
    found = {}
    for code, readings in json.loads((folder / "pinyin_dict.json").read_text("utf-8")).items():
        character = chr(int(code))
        if _is_usual(character):
            plain = unicodedata.normalize("NFD", readings.split(",")[0]).replace("u\u0308", "v")
            found[character] = re.sub(r"[^a-z]", "", plain)
    return found


def _is_usual(character: str) -> bool:
    return _is_within(character, "gb2312", 0xB0A1, 0xD7F9) or _is_within(character, "big5", 0xA440, 0xC67E)


def _is_within(character: str, codec: str, first: int, last: int) -> bool:
    """Whether the code of a character, of two bytes, is one from `first` to `last`."""
    code = character.encode(codec, "ignore")
    return len(code) == 2 and first <= int.from_bytes(code, "big") <= last


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("unidic", type=Path, metavar="UNIDIC_SYS_DIC")
    parser.add_argument("pypinyin", type=Path, metavar="PYPINYIN_FOLDER")
    options = parser.parse_args()
    readings = japanese_readings(unidic_words(options.unidic))
    usual = sorted(readings, key=lambda character: -sum(readings[character].values()))[:KANJI]
    write(READINGS, [japanese_line(character, readings[character]) for character in sorted(usual)])
    characters = defaultdict(list)
    for character, syllable in mandarin_syllables(options.pypinyin).items():
        characters[syllable].append(character)
    write(SYLLABLES, [syllable + "".join(sorted(found)) for syllable, found in sorted(characters.items())])


def write(path: Path, lines: list[str]) -> None:
    path.write_bytes(zlib.compress("\n".join(lines).encode("utf-8"), 9))
    print(f"{len(lines)} lines, {path.stat().st_size} bytes in {path}")


if __name__ == "__main__":
    main()
