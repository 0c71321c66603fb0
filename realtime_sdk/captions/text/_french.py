"""The pronunciation of French words by rules: many of their letters are silent."""

from __future__ import annotations

import re
from typing import Final

from ..features._phone_classes import PhoneClass, Phones

_V: Final = "aeiouyàâéèêëîïôùûüœ"
_NASAL: Final = f"(?![{_V}mn])"  # a vowel before n or m is nasal, unless another vowel or n follows
_RULES: Final = [
    (re.compile(pattern), tuple(PhoneClass[phone] for phone in phones.split()))
    for pattern, phones in (
        ("(?<=[^q].)ent$", ""),  # "parlent"
        ("(?<=..)es?$", ""),
        ("(?<=..)er$|ez$", "EY"),
        (f"(?<=[{_V}nrl])[stxdp]s?$", ""),
        ("eaux?|aux?", "OW"), ("oin", "W EN"), ("o[iîy]", "W AA"), ("o[uùû]", "UW"), ("œu|eu", "OE"),
        (f"(?:ain|ein|aim|in|im|yn|ym|(?<=i)en|un|um){_NASAL}", "EN"),
        (f"(?:an|am|en|em){_NASAL}", "AN"), (f"(?:on|om){_NASAL}", "ON"),
        ("ai|aî|ei|[êèë]", "EH"), ("é", "EY"),
        ("ill(?=e)", "IY Y"), ("(?<=[ae])ill?$|(?<=[ae])ill", "Y"),
        ("ch", "SH"), ("gn", "NJ"), ("qu|q|k|ck", "K"), ("ph|f+", "F"), ("t+h?", "T"),
        ("ç|sc(?=[eiyéè])|c(?=[eiyéèê])|ss", "S"), ("cc|c", "K"),
        ("ge(?=[ao])|g(?=[eiyéè])|j", "ZH"), ("gu(?=[eiyéè])|g+", "G"),
        (f"(?<=[{_V}])s(?=[{_V}])|z", "Z"), ("s", "S"), ("x", "K S"), ("r+h?", "RR"), ("l+", "L"), ("m+", "M"),
        ("n+", "N"), ("p+", "P"), ("b+", "B"), ("d+", "D"), ("[vw]", "V"),
        ("[aàâ]", "AA"), (f"[iîïy](?=[{_V}])", "Y"), ("[iîïy]", "IY"), ("[oô]", "AO"), ("[uûùü]", "UE"), ("e", "AX"),
        (".", ""),  # "h", an apostrophe
    )
]  # fmt: skip
"""What letters sound like; the first rule that matches counts."""
_SHORT_WORDS: Final[dict[str, Phones]] = {
    **dict.fromkeys(["est", "et"], (PhoneClass.EY,)),
    **{f"{letter.lower()}es": (PhoneClass[letter], PhoneClass.EY) for letter in "LDMTS"},
    "ces": (PhoneClass.S, PhoneClass.EY),
    **{f"{letter.lower()}e": (PhoneClass[letter], PhoneClass.AX) for letter in "LDMTSN"},
    "ce": (PhoneClass.S, PhoneClass.AX), "je": (PhoneClass.ZH, PhoneClass.AX), "que": (PhoneClass.K, PhoneClass.AX),
    "un": (PhoneClass.EN,), "en": (PhoneClass.AN,), "femme": (PhoneClass.F, PhoneClass.AA, PhoneClass.M),
}  # fmt: skip


def french_phones(word: str) -> Phones:
    """Return the phones of a French word in lower case, without its silent letters."""
    elided, apostrophe, rest = word.partition("'")
    if apostrophe and len(elided) <= len("qu"):
        return _spelled(elided) + french_phones(rest)
    return _SHORT_WORDS.get(word) or _spelled(word)


def _spelled(word: str) -> Phones:
    phones: list[PhoneClass] = []
    at = 0
    while at < len(word):
        match, sounds = next((m, sounds) for rule, sounds in _RULES if (m := rule.match(word, at)) and m.end() > at)
        phones += sounds
        at = match.end()
    return tuple(phones)
