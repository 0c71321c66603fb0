"""Pronunciations by spelling, and their lengths, of which only proportions matter."""

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


def phone_classes(word: str, language: str = SPELLED) -> str:
    return " ".join(phone.phone_class.name for phone in pronounce(word, language).phones)


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
    ("word", "said"),
    [
        ("bonjour", "B ON ZH UW RR"),
        ("parlent", "P AA RR L"),
        ("beaucoup", "B OW K UW"),
        ("maison", "M EH Z ON"),
        ("premier", "P RR AX M Y EY"),
        ("l'homme", "L AO M"),
        ("Aujourd'hui", "OW ZH UW RR D UE IY"),
        ("fille", "F IY Y"),
        ("les", "L EY"),
        ("bien", "B Y EN"),
        ("année", "AA N EY"),
        ("montagne", "M ON T AA NJ"),
        ("été", "EY T EY"),
    ],
)
def test_rules_give_the_phones_of_french_words_without_their_silent_letters(word: str, said: str) -> None:
    assert phone_classes(word, "fr") == said


def test_other_languages_do_not_use_the_english_lexicon() -> None:
    transcript = Transcript()
    transcript.push("Das ist die Hand von mir. The hand is mine.", None, None)
    transcript.split_some()
    classes = [[phone.phone_class.name for phone in unit.pronunciation.phones] for unit in transcript.units]
    assert classes[3] == ["WEAK", "A", "NASAL", "VOICED"]
    assert phone_classes("hand", "en-us") == "HH AE N D"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("shops", "HISS O VOICELESS HISS"),
        ("cent", "HISS E NASAL VOICELESS"),
        ("cat", "VOICELESS A VOICELESS"),
        ("you", "LIQUID O"),
        ("check", "HISS E VOICELESS"),
        ("which", "LIQUID I HISS"),
        ("they", "WEAK E"),
        ("Läufer", "LIQUID A WEAK E LIQUID"),
        ("città", "HISS I VOICELESS A"),
        ("снег", "HISS NASAL E VOICED"),
        ("мышь", "NASAL I HISS"),
        ("θάλασσα", "WEAK A LIQUID A HISS A"),
        ("नमस्ते", "NASAL A NASAL A HISS VOICELESS E"),
        ("さくら", "HISS A VOICELESS U LIQUID A"),
        ("한국", "WEAK A NASAL VOICELESS U VOICELESS"),
        ("ሰላም", "HISS A LIQUID A NASAL E"),
        ("სახლი", "HISS A HISS LIQUID I"),
    ],
)
def test_the_spelling_gives_the_phone_classes_in_many_scripts(word: str, said: str) -> None:
    assert phone_classes(word) == said


def test_scripts_without_vowels_have_a_phone_for_them() -> None:
    assert phone_classes("שלום") == "HISS ANY LIQUID O NASAL"
    assert phone_classes("كتاب") == "VOICELESS ANY VOICELESS A VOICED"


def test_an_implied_vowel_that_is_not_spoken_has_no_phone() -> None:
    assert phone_classes("हम") == "WEAK A NASAL"
    assert phone_classes("करना") == "VOICELESS A LIQUID NASAL A"
    assert phone_classes("न") == "NASAL A"


def test_vowels_of_two_syllables_are_two_phones() -> None:
    assert phone_classes("गए") == "VOICED A E"
    assert phone_classes("친구와").split()[-2:] == ["U", "A"]


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
    assert phone_classes("hm") == "WEAK ANY NASAL"
    assert phone_classes("v") == "VOICED"


def test_a_character_without_a_sound_has_any_phone() -> None:
    assert {phone.phone_class for phone in pronounce("图").phones} == {PhoneClass.ANY}
