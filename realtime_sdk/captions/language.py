"""Which language a transcript is in: its script, and for Latin letters its most frequent words."""

from __future__ import annotations

import re
from typing import Final

ENGLISH: Final = "en-us"

# Names are those of eSpeak's voices. First and last letter of a script that stands for one language here; another
# language in that script is read nearly alike.
_SCRIPTS: Final = (
    ("\u0370", "\u03ff", "el"), ("\u0400", "\u04ff", "ru"), ("\u0590", "\u05ff", "he"), ("\u0600", "\u06ff", "ar"),
    ("\u0900", "\u097f", "hi"), ("\u0980", "\u09ff", "bn"), ("\u0b80", "\u0bff", "ta"), ("\u0c00", "\u0c7f", "te"),
    ("\u10a0", "\u10ff", "ka"), ("\u3040", "\u30ff", "ja"), ("\u4e00", "\u9fff", "cmn"), ("\uac00", "\ud7af", "ko"),
)  # fmt: skip

_FREQUENT: Final = {
    ENGLISH: "the and of to in is it that you for was with are this have not be on i your we what can",
    "de": "der die das und ist nicht ich sie ein eine zu mit den von auf es für wir dem auch wie haben",
    "fr": "le la les et est pas je vous un une de des que pour dans il ce nous qui avec sur à du",
    "es": "el la los y es no que de en un una por con para se las del lo su más está como",
    "it": "il la che di e è non un una per con sono gli mi si le del della questo ma come in",
    "pt-br": "o a os e é não que de em um uma para com você se do da por mais está como eu",
    "nl": "de het een en is niet dat van ik je in op te voor met zijn er aan we maar ook",
    "pl": "nie i w to się na jest że z do jak ale co czy tak za od po dla mnie pan",
    "sv": "och att det är en som på jag inte för med har du av till ett den vi om var",
    "tr": "bir ve bu da ne için çok de mi ile ben var gibi daha kadar sen olarak ama o en",
}
_WORDS: Final = {language: frozenset(words.split()) for language, words in _FREQUENT.items()}


def guess_language(text: str) -> str:
    """The eSpeak voice that reads `text` best; English where nothing tells."""
    for first, last, language in _SCRIPTS:
        # Japanese mixes kana with Chinese characters, and its kana come first in the table.
        if 4 * sum(first <= letter <= last for letter in text) > sum(map(str.isalpha, text)):
            return language
    words = re.findall(r"[^\W\d_]+", text.lower())
    return max(_WORDS, key=lambda language: sum(word in _WORDS[language] for word in words))
