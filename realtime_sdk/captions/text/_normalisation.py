"""Text normalisation: numbers, money, times, dates, signs, abbreviations and addresses as spoken words."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from ._language import ENGLISH

_SIGNS: Final = ("$", "€", "£", "¥", "%", "&", "@", "+", "=", "°", "/", ".", "_", ",", "-", ":")
"""The signs of `_SIGN_WORDS`, in order: "," in a number, "-" before it, ":" within a time."""

_SIGN_WORDS: Final = {
    ENGLISH: "dollars euros pounds yen percent and at plus equals degrees slash dot underscore point minus -",
    "de": "Dollar Euro Pfund Yen Prozent und at plus gleich Grad Schrägstrich Punkt Unterstrich Komma minus Uhr",
    "fr": "dollars euros livres yens pour-cent et arobase plus égale degrés barre point tiret-bas virgule moins heures",
    "es": "dólares euros libras yenes por-ciento y arroba más igual grados barra punto guion-bajo coma menos y",
    "it": "dollari euro sterline yen per-cento e chiocciola più uguale gradi barra punto underscore virgola meno e",
    "pt-br": "dólares euros libras ienes por-cento e arroba mais igual graus barra ponto sublinhado vírgula menos e",
    "nl": "dollar euro pond yen procent en apenstaartje plus is graden streep punt underscore komma min uur",
    "pl": "dolarów euro funtów jenów procent i małpa plus równa-się stopni przez kropka podkreślnik przecinek minus -",
    "sv": "dollar euro pund yen procent och snabel-a plus lika-med grader snedstreck punkt understreck komma minus -",
    "tr": "dolar avro sterlin yen yüzde ve et artı eşittir derece bölü nokta alt-çizgi virgül eksi -",
    "ru": "долларов евро фунтов иен процентов и собака плюс равно градусов дробь точка подчёркивание запятая минус -",
    "ar": "دولار يورو جنيه ين بالمئة و آت زائد يساوي درجة شرطة نقطة شرطة-سفلية فاصلة ناقص و",
    "hi": "डॉलर यूरो पाउंड येन प्रतिशत और ऐट प्लस बराबर डिग्री स्लैश डॉट अंडरस्कोर दशमलव माइनस बजकर",
    "ja": "ドル ユーロ ポンド 円 パーセント アンド アット プラス イコール 度 スラッシュ ドット 下線 点 マイナス 時",
    "ko": "달러 유로 파운드 엔 퍼센트 앤드 골뱅이 플러스 는 도 슬래시 점 밑줄 점 마이너스 시",
    "cmn": "美元 欧元 英镑 元 百分之 和 艾特 加 等于 度 斜杠 点 下划线 点 负 点",
}
_BY_SIGN: Final = {
    language: {sign: word.strip("-") for sign, word in zip(_SIGNS, words.split(), strict=True)}
    for language, words in _SIGN_WORDS.items()
}

_ABBREVIATIONS: Final = {
    ENGLISH: {
        "dr": "doctor", "mr": "mister", "mrs": "missis", "vs": "versus", "etc": "etcetera", "approx": "approximately",
        "km": "kilometers", "cm": "centimeters", "mm": "millimeters", "kg": "kilograms", "mg": "milligrams",
        "ml": "milliliters", "ft": "feet", "lb": "pounds", "mph": "miles per hour", "kmh": "kilometers per hour",
        "kb": "kilobytes", "mb": "megabytes", "gb": "gigabytes", "khz": "kilohertz", "mhz": "megahertz",
        "www": "double u double u double u", "e.g": "for example", "i.e": "that is",
    },
    "de": {"nr": "Nummer", "hr": "Herr", "fr": "Frau", "str": "Straße", "usw": "und so weiter", "ca": "circa",
           "bzw": "beziehungsweise", "z.b": "zum Beispiel", "d.h": "das heißt", "std": "Stunden", "min": "Minuten"},
    "fr": {"m": "monsieur", "mme": "madame", "mlle": "mademoiselle", "h": "heures", "p.ex": "par exemple",
           "c.-à-d": "c'est à dire", "av": "avenue", "bd": "boulevard", "min": "minutes"},
    "es": {"sr": "señor", "sra": "señora", "ud": "usted", "uds": "ustedes", "p.ej": "por ejemplo", "h": "horas"},
    "it": {"sig": "signor", "dott": "dottor", "ecc": "eccetera", "p.es": "per esempio"},
    "pt-br": {"sr": "senhor", "sra": "senhora", "h": "horas", "p.ex": "por exemplo"},
    "nl": {"dhr": "de heer", "mevr": "mevrouw", "enz": "enzovoort", "bijv": "bijvoorbeeld", "o.a": "onder andere"},
    "ru": {"т.е": "то есть", "т.д": "так далее", "ул": "улица", "руб": "рублей", "км": "километров", "кг": "килограмм"},
}  # fmt: skip

_NUMBER_LANGUAGES: Final = {ENGLISH: "en", "pt-br": "pt_BR", "cmn": "ja"}
"""Names of num2words, where they differ from those of eSpeak; Japanese numbers have the syllables of Chinese ones."""

_YEARS: Final = frozenset({ENGLISH, "de", "nl", "sv"})
"""Languages that count a year in hundreds: "nineteen ninety-eight"."""

_MARKS: Final = "".join(c for c in map(chr, range(0x0300, 0x1E00)) if unicodedata.category(c)[0] == "M")
_WORD: Final = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*"
_PIECE: Final = re.compile(
    r"(?P<date>(?<!\d)(?:\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4})(?!\d))"
    r"|(?P<digits>\d{3,}(?:-\d{3,})+|0\d+|\d{7,})"  # telephone and other long numbers: digit by digit
    r"|(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?!\d)"
    r"|(?P<ordinal>\d{1,9})(?:st|nd|rd|th)\b"
    r"|(?P<minus>(?<![\w])[-−])?(?P<money>[$€£¥])?"
    r"(?P<number>\d{1,3}(?:[,.'’\u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,](?P<fraction>\d+))?"
    r"|(?P<initials>[^\W\d_](?:\.-?[^\W\d_]+)+(?=\.)|[^\W\d_](?:\.[^\W\d_])+(?![^\W\d_]))"  # "p.m", "U.S", "p.ex."
    rf"|(?P<word>{_WORD})"
    r"|(?P<joint>(?<=\w)[./_](?=\w))"  # "example.com", "and/or"
    r"|(?P<sign>[$€£¥%&@+=°])"
)
_MAX_NUMBER_DIGITS: Final = 15
_MONTH: Final = "October"  # any month: only its length counts


def depends_on_language(text: str) -> bool:
    """Whether the spoken form of `text` depends on its language; plain words are spoken as written in all."""
    return not text.strip(" \n.,;:!?\"'()").isalpha()


def normalise(text: str, language: str) -> Iterator[str]:
    """Yield the spoken words of `text`; letters that are spelled out are words of their own, in capitals."""
    abbreviations = _ABBREVIATIONS[ENGLISH] | _ABBREVIATIONS.get(language, {})
    signs = _BY_SIGN.get(language, _BY_SIGN[ENGLISH])
    for piece in _PIECE.finditer(text):
        short = abbreviations.get(piece[0].lower())
        if short is not None:
            yield from short.split()
        elif piece["word"]:
            yield piece["word"]
        elif piece["initials"]:
            yield from filter(str.isalpha, piece["initials"].upper())
        elif piece["sign"] or piece["joint"]:
            yield from _words(signs[piece[0]])
        else:
            yield from _words(_number(piece, language, signs))


def _number(piece: re.Match[str], language: str, signs: dict[str, str]) -> str:
    """The words of a piece with digits."""
    if piece["digits"]:
        return _one_by_one(piece["digits"], language)
    if piece["date"]:
        first, _, last = re.findall(r"\d+", piece["date"])
        day, year = sorted((first, last), key=len)
        return f"{_MONTH} {_spelled(int(day), 'ordinal', language)} {_year(int(year), language)}"
    if piece["hour"]:
        minutes = _spelled(int(piece["minute"]), "cardinal", language) if int(piece["minute"]) else ""
        return f"{_spelled(int(piece['hour']), 'cardinal', language)} {signs[':']} {minutes}"
    if piece["ordinal"]:
        return _spelled(int(piece["ordinal"]), "ordinal", language)
    whole, fraction, money = piece["number"], piece["fraction"] or "", piece["money"] or ""
    value = int("".join(filter(str.isdecimal, whole))[:_MAX_NUMBER_DIGITS])
    is_year = len(whole) == 4 and 1100 <= value < 2100 and not money and not fraction
    words = [signs["-"]] if piece["minus"] else []
    words.append(_year(value, language) if is_year else _spelled(value, "cardinal", language))
    if money:
        words += [signs[money], _spelled(int(fraction[:_MAX_NUMBER_DIGITS]), "cardinal", language) if fraction else ""]
    elif fraction:
        words += [signs[","], _one_by_one(fraction, language)]
    return " ".join(words)


def _one_by_one(digits: str, language: str) -> str:
    return " ".join(_spelled(int(digit), "cardinal", language) for digit in digits if digit.isdecimal())


def _year(value: int, language: str) -> str:
    return _spelled(value, "year" if language in _YEARS else "cardinal", language)


@functools.lru_cache(1024)
def _spelled(value: int, kind: str, language: str) -> str:
    """A whole number in words; in English where num2words does not have the language."""
    from num2words import num2words  # 10 ms to import; most texts have no number

    for name, form in ((_NUMBER_LANGUAGES.get(language, language), kind), (language, "cardinal"), ("en", kind)):
        try:
            return str(num2words(value, lang=name, to=form))
        except (NotImplementedError, TypeError, ValueError, KeyError, IndexError):
            continue
    raise AssertionError("num2words has English")


def _words(text: str) -> list[str]:
    return re.findall(_WORD, text)
