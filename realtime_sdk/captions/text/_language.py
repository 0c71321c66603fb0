"""The language of a transcript, by its script, and in Latin letters by its most frequent words."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

ENGLISH: Final = "en-us"
JAPANESE: Final = "ja"

# Keys are eSpeak's voices. Each script stands for one language: others in that script are pronounced much alike.
_SCRIPTS: Final = {language: re.compile(script) for language, script in {
    "el": "[\u0370-\u03ff]", "ru": "[\u0400-\u04ff]", "he": "[\u0590-\u05ff]", "ar": "[\u0600-\u06ff]",
    "hi": "[\u0900-\u097f]", "bn": "[\u0980-\u09ff]", "ta": "[\u0b80-\u0bff]", "te": "[\u0c00-\u0c7f]",
    "ka": "[\u10a0-\u10ff]", "cmn": "[\u3040-\u30ff\u4e00-\u9fff]", "ko": "[\uac00-\ud7af]",
}.items()}  # fmt: skip

_KANA_SHARE: Final = 20  # Chinese characters, for a kana, that Japanese has at most

_FREQUENT: Final = {
    ENGLISH: "the and of to in is it that you for was with are this have not be on i your we what can a me no he she"
             " they do so my but if there will all would just like how yes let about from",
    "de": "der die das und ist nicht ich sie ein eine zu mit den von auf es für wir dem auch wie haben",
    "fr": "le la les et est pas je vous un une de des que pour dans il ce nous qui avec sur à du",
    "es": "el la los y es no que de en un una por con para se las del lo su más está como",
    "it": "il la che di e è non un una per con sono gli mi si le del della questo ma come in",
    "pt-br": "o a os e é não que de em um uma para com você se do da por mais está como eu",
    "nl": "de het een en is niet dat van ik je in op te voor met zijn er aan we maar ook",
    "pl": "nie i w to się na jest że z do jak ale co czy tak za od po dla mnie pan",
    "sv": "och att det är en som på jag inte för med har du av till ett den vi om var",
    "tr": "bir ve bu da ne için çok de mi ile ben var gibi daha kadar sen olarak ama o en",
}  # fmt: skip
_WORDS: Final = {language: frozenset(words.split()) for language, words in _FREQUENT.items()}
_FREQUENT_IN: Final = {
    word: [language for language, words in _WORDS.items() if word in words]
    for word in set[str]().union(*_WORDS.values())
}


def detect_language(text: str) -> str:
    """Return the eSpeak voice that fits `text` best; English by default."""
    if not text.isascii():
        letters = sum(map(str.isalpha, text))
        for language, script in _SCRIPTS.items():
            if 4 * len(script.findall(text)) > letters:
                return JAPANESE if language == "cmn" and _is_japanese(text) else language
    words = re.findall(r"[^\W\d_]+", text.lower())
    found = Counter(language for word in words for language in _FREQUENT_IN.get(word, ()))
    return max(_FREQUENT, key=found.__getitem__)


def _is_japanese(text: str) -> bool:
    """Whether a text in Chinese characters has the kana of Japanese, not just a name with one."""
    return _KANA_SHARE * len(re.findall("[\u3040-\u30ff]", text)) > len(re.findall("[\u4e00-\u9fff]", text))
