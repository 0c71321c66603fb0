"""Pronunciations by spelling, and their lengths, of which only proportions matter."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

import pytest

from realtime_sdk.captions.features._phone_classes import PhoneClass
from realtime_sdk.captions.text._pronunciation import length_in_phones, pronounce
from realtime_sdk.captions.text._transcript import Transcript


def test_longer_words_take_longer() -> None:
    lengths = [length_in_phones(word) for word in ("a", "the", "water", "yesterday", "internationalization")]
    assert lengths == sorted(lengths)
    assert lengths[-1] > 4 * lengths[1]


@pytest.mark.parametrize("text", ["", " ", "—", "...", "👍", "!?", '"', "\n"])
def test_what_is_not_spoken_has_no_length(text: str) -> None:
    assert length_in_phones(text) == 0


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("$1,250.75", "one thousand two hundred and fifty dollars seventy five"),
        ("1998", "nineteen ninety eight"),
        ("8%", "eight percent"),
        ("14", "fourteen"),
        ("555-0147", "five five five zero one four seven"),
        ("9:30", "nine thirty"),
        ("3.14", "three point one four"),
        ("384,400", "three hundred eighty four thousand four hundred"),
        ("Dr.", "doctor"),
        ("25km", "twenty five kilometers"),
        ("R&D", "are and Dee"),
        ("example.com", "example dot com"),
        ("and/or", "and or"),
    ],
)
def test_numbers_signs_and_abbreviations_are_as_long_as_their_spoken_forms(written: str, spoken: str) -> None:
    assert length_in_phones(written) == pytest.approx(sum(map(length_in_phones, spoken.split())), rel=0.2)


def test_words_that_few_speak_are_one_phone_that_adds_no_length() -> None:
    first, *others = pronounce("$12").phones
    assert (first.phone_class, first.optional) == (PhoneClass.ANY, True)
    assert others == list(pronounce("twelve dollars").phones)
    assert length_in_phones("1874") == pytest.approx(length_in_phones("eighteen seventy four"))


def test_a_phone_that_may_be_silent_counts_half() -> None:
    vowel, consonant, silent = pronounce("autre", "fr").phones
    assert silent.optional
    assert length_in_phones("autre", "fr") == vowel.length + consonant.length + silent.length / 2


def test_spelled_out_letters_are_longer_than_a_word_of_them() -> None:
    assert length_in_phones("FBI") > length_in_phones("fib")
    assert length_in_phones("a.m.") > length_in_phones("am")
    assert length_in_phones("HTML") > length_in_phones("NASA")
    assert length_in_phones("TGV", "fr") > length_in_phones("tagave", "fr")


def test_accents_width_and_doubled_letters_make_no_difference() -> None:
    assert length_in_phones("señor") == length_in_phones("senor")
    assert length_in_phones("letter") == length_in_phones("leter")


def test_an_e_at_the_end_may_be_silent() -> None:
    assert length_in_phones("tim", SPELLED) < length_in_phones("time", SPELLED) < length_in_phones("timé", SPELLED)
    assert length_in_phones("ni", SPELLED) == length_in_phones("ní", SPELLED)
    assert [phone.optional for phone in pronounce("time", SPELLED).phones] == [False, False, False, True]
    assert not any(phone.optional for phone in pronounce("thé").phones)


@pytest.mark.parametrize("word", ["图", "日", "물", "का", "كتاب", "дом", "σπίτι", "ไทย", "ሰላም", "տուն", "სახლი"])
def test_every_script_has_a_length(word: str) -> None:
    assert 1 < length_in_phones(word) / len(word) < 5


SPELLED = "eo"
"""A language that has no lexicon."""


def phone_classes(word: str, language: str = SPELLED, *, mark_silent: bool = False) -> str:
    phones = pronounce(word, language).phones
    return " ".join(f"({p.phone_class.name})" if p.optional and mark_silent else p.phone_class.name for p in phones)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("through", "TH R UW"),
        ("Knight", "N AY T"),
        ("one", "W AH N"),
        ("don't", "D OW N T"),
        ("don\u2019t", "D OW N T"),
        ("about", "AX B AW T"),
        ("walked", "W AO K T"),
        ("expecting", "IH K S P EH K T IH NG"),
        ("FBI", "EH F B IY AY"),
        ("NASA", "N AE S AX"),
        ("hamper", "WEAK A NASAL VOICELESS E LIQUID"),  # not in the lexicon
    ],
)
def test_a_lexicon_gives_the_phones_of_frequent_english_words(word: str, said: str) -> None:
    assert phone_classes(word, "en-us") == said


@pytest.mark.parametrize(
    ("language", "word", "said"),
    [
        ("fr", "bonjour", "B ON ZH UW RR"),
        ("fr", "beaucoup", "B OW K UW"),
        ("fr", "Aujourd'hui", "OW ZH UW RR D UE IY"),
        ("fr", "fille", "F IY Y"),
        ("fr", "soleil", "S AO L EH Y"),
        ("fr", "nation", "N AA S Y ON"),
        ("fr", "vraiment", "V RR EH M AN"),
        ("fr", "montagne", "M ON T AA NJ"),
        ("fr", "merci", "M EH RR S IY"),
        ("es", "muchísimo", "M PURE_U CH PURE_I S PURE_I M PURE_O"),
        ("es", "guerra", "SOFT_G PURE_E RR PURE_A"),
        ("es", "ciudad", "C_Z Y Y SOFT_D PURE_A (SOFT_D)"),
        ("es", "hacer", "PURE_A C_Z PURE_E RR"),
        ("es", "ella", "PURE_E Y PURE_A"),
        ("es", "jugué", "X PURE_U SOFT_G PURE_E"),
        ("it", "spiaggia", "S P Y PURE_A JH PURE_A"),
        ("it", "famiglia", "F PURE_A M PURE_I L Y PURE_A"),
        ("it", "chiesa", "K Y PURE_E S_Z PURE_A"),
        ("it", "pesce", "P PURE_E SH PURE_E"),
        ("it", "acqua", "PURE_A K W PURE_A"),
        ("pt-br", "não", "N AN W"),
        ("pt-br", "gente", "ZH EN CH PURE_I"),
        ("pt-br", "carro", "K PURE_A R_H PURE_U"),
        ("pt-br", "trabalho", "T RR PURE_A B PURE_A L Y PURE_U"),
        ("de", "Straße", "SH T RR PURE_A S AX"),
        ("de", "zurück", "T S PURE_U RR UE K"),
        ("de", "möglich", "M OE G L PURE_I X"),
        ("de", "gestern", "G PURE_E S T AX"),
        ("de", "Autobahn", "AW T PURE_O B PURE_A N"),
        ("nl", "vrijheid", "V RR AY HH AY T"),
        ("pl", "dziś", "JH PURE_I SH"),
        ("pl", "wrócili", "V RR PURE_U CH PURE_I L PURE_I"),
        ("tr", "çocuk", "CH PURE_O JH PURE_U K"),
        ("sv", "kött", "SH OE T"),
        ("ru", "его", "Y PURE_E V PURE_O"),
        ("ru", "хорошо", "X PURE_O RR PURE_O SH PURE_O"),
        ("ru", "кажется", "K PURE_A ZH PURE_E T S PURE_A"),
    ],
)
def test_rules_of_spelling_give_the_phones_of_many_languages(language: str, word: str, said: str) -> None:
    assert phone_classes(word, language, mark_silent=True) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("premier", "P RR (AX) M Y EY"),  # an e that a speaker in a hurry leaves out,
        ("autre", "OW T (RR)"),  # and a liquid
        ("les", "L EY (Z)"),  # before a vowel
        ("un", "EN (N)"),
        ("c'est", "S EY (T)"),
        ("ils", "IY (L) (Z)"),
        ("ne", "(N) (AX)"),
        ("parlent", "P AA RR L (AN)"),  # a verb, or a noun as "talent"
    ],
)
def test_french_phones_that_may_be_silent(word: str, said: str) -> None:
    assert phone_classes(word, "fr", mark_silent=True) == said


def test_elided_words_are_spoken_with_the_next_one() -> None:
    assert phone_classes("l'homme", "fr") == phone_classes("l\u2019homme", "fr") == "L AO M"
    assert phone_classes("qu'il", "fr") == "K IY L"
    assert phone_classes("j'ai", "fr") == "ZH EH"


def test_other_languages_do_not_use_the_english_lexicon() -> None:
    transcript = Transcript()
    transcript.push("Das ist die Hand von mir. The hand is mine.", None, None)
    transcript.split_some()
    classes = [[phone.phone_class.name for phone in unit.pronunciation.phones] for unit in transcript.units]
    assert classes[3] == ["HH", "PURE_A", "N", "T"]
    assert phone_classes("hand", "en-us") == "HH AE N D"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("shops", "SH PURE_O P S"),
        ("cent", "S PURE_E N T"),
        ("cat", "K PURE_A T"),
        ("you", "Y PURE_O"),
        ("check", "HISS PURE_E K"),
        ("which", "W PURE_I HISS"),
        ("they", "WEAK PURE_E"),
        ("Läufer", "L PURE_A F PURE_E RR"),
        ("città", "S PURE_I T PURE_A"),
        ("снег", "S N PURE_E G"),
        ("мышь", "M PURE_I SH"),
        ("θάλασσα", "WEAK PURE_A L PURE_A S PURE_A"),
        ("नमस्ते", "N PURE_A M PURE_A S T PURE_E"),
        ("さくら", "S PURE_A K PURE_U RR PURE_A"),
        ("한국", "WEAK PURE_A N K PURE_U K"),
        ("ሰላም", "S PURE_A L PURE_A M PURE_E"),
        ("სახლი", "S PURE_A HISS L PURE_I"),
    ],
)
def test_the_spelling_gives_the_phone_classes_in_many_scripts(word: str, said: str) -> None:
    assert phone_classes(word) == said


def test_scripts_without_vowels_have_a_phone_for_them() -> None:
    assert phone_classes("שלום") == "SH ANY L PURE_O M"
    assert phone_classes("كتاب") == "K ANY T PURE_A B"


def test_an_implied_vowel_that_is_not_spoken_has_no_phone() -> None:
    assert phone_classes("हम") == "WEAK PURE_A M"
    assert phone_classes("करना") == "K PURE_A RR N PURE_A"
    assert phone_classes("न") == "N PURE_A"


def test_vowels_of_two_syllables_are_two_phones() -> None:
    assert phone_classes("गए") == "G PURE_A PURE_E"
    assert phone_classes("친구와").split()[-2:] == ["PURE_U", "PURE_A"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("食べます", "T AA B EH M AA S"),
        ("行きました", "IY K IY M AA SH IY T AA"),
        ("予定", "Y AO T EH EH"),
        ("学校へ", "G AA K K AO AO EH"),
        ("これは", "K AO RR EH W AA"),
        ("キャッチ", "K Y AA CH CH IY"),
        ("ヴァイオリン", "V AA IY AO RR IY N"),
        ("ﾃﾚﾋﾞ", "T EH RR EH B IY"),
    ],
)
def test_japanese_is_read_by_its_characters_and_morae(written: str, said: str) -> None:
    assert phone_classes(written, "ja") == said


def test_a_japanese_character_is_read_by_what_is_around_it() -> None:
    assert phone_classes("人が", "ja") == "HH IY T AO G AA"
    in_compound = pronounce("人が", "ja", "本").phones
    assert " ".join(phone.phone_class.name for phone in in_compound) == "JH IY N G AA"


def test_a_chinese_character_is_a_syllable() -> None:
    assert phone_classes("中", "cmn") == "JH UH NG"
    assert phone_classes("國", "cmn") == phone_classes("国", "cmn") == "G W AO"
    assert phone_classes("远", "cmn") == "Y EH N"
    assert phone_classes("女", "cmn") == "N UE"
    assert pronounce("我们去公园", "cmn").syllables == 5


def test_a_rare_character_has_a_length() -> None:
    assert 2 < length_in_phones("龘", "cmn") < length_in_phones("龘", "ja") < 6


def test_a_transcript_tells_japanese_from_chinese() -> None:
    japanese, chinese = Transcript(), Transcript()
    japanese.push("今日は雨です。", None, None)
    chinese.push("今日有雨。", None, None)
    japanese.split_some()
    chinese.split_some()
    assert japanese.units[1].pronunciation == pronounce("日は", "ja", "今")
    assert chinese.units[1].pronunciation == pronounce("日", "cmn")


def test_a_word_without_a_vowel_has_a_phone_in_its_place() -> None:
    assert phone_classes("hm") == "WEAK ANY M"
    assert phone_classes("v") == "V"


def test_a_character_without_a_sound_has_any_phone() -> None:
    assert {phone.phone_class for phone in pronounce("图").phones} == {PhoneClass.ANY}
