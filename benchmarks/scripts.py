"""Words of many scripts: are they as long as they are spoken, and are their captions on time?

eSpeak NG speaks them, and reports the onsets of its words and their phonemes; no length or reading was fitted on any
text here. Japanese is spoken from kana, Arabic with all vowels, and captioned in their usual spelling; Japanese,
Chinese and Thai are captioned without spaces. eSpeak speaks Hebrew without most vowels and Thai letter by letter: their
rows say little about people. The columns: how many times as long the phones of all words are as eSpeak's, relative to
the other scripts (the median); how many words are off by more than 30 % from the median of their language; the median
and the 90th percentile of the error of captions in ms, at 4 and at 1.1 times the speed of speech.

    python benchmarks/scripts.py [VOICE ...]
"""

# ruff: noqa: E501, RUF001 — the languages have letters of their own, some of which are wide

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from captions import scored
from clips import RATES, Clip, spoken
from espeak import Espeak, Unit
from methods import DELIVERIES

from realtime_sdk.acoustic._pronouncer import espeak_pronunciation
from realtime_sdk.captions.text._pronunciation import length_in_phones

UNSPACED = ("ja", "cmn", "yue", "th")

TEXTS: dict[str, str] = {
    "ja": "きのうは=昨日は ともだちと=友達と いっしょに=一緒に えきまえの=駅前の しょくどうで=食堂で ひるごはんを=昼ご飯を たべました。=食べました。 "
    "そのあと=その後 あめが=雨が ふりはじめたので=降り始めたので ちかくの=近くの としょかんで=図書館で ほんを=本を よみながら=読みながら "
    "やむのを=止むのを まちました。=待ちました。 らいしゅうの=来週の どようびには=土曜日には かぞくで=家族で うみへ=海へ いって=行って "
    "しゃしんを=写真を とる=撮る よていです。=予定です。",
    "cmn": "昨天 晚上 我 和 朋友 一起 去 看 电影。 电影院 就在 学校 旁边， 走路 只要 十分钟。 回家 的 路上 下了 大雨， 我们 没有 带 雨伞， "
    "所以 衣服 都 湿了。 明年 春天 我 打算 去 北京 旅行。",
    "yue": "今日 天氣 好好， 我哋 不如 去 公園 散步。 圖書館 九點 開門， 你 可以 喺 門口 等 我。 下個 星期 學校 放假， 我 想 同 屋企人 去 旅行。",
    "ko": "어제 저녁에 친구와 함께 영화를 봤어요. 집에 돌아오는 길에 비가 많이 내렸지만 우산이 없어서 옷이 다 젖었습니다. 다음 주에는 가족과 바다로 여행을 "
    "갑니다.",
    "ar": "ذَهَبْتُ=ذهبت أَمْسِ=أمس مَعَ=مع صَدِيقِي=صديقي إِلَى=إلى السُّوقِ=السوق القَدِيمِ=القديم وَاشْتَرَيْنَا=واشترينا بَعْضَ=بعض الفَوَاكِهِ=الفواكه الطَّازَجَة.=الطازجة. "
    "ثُمَّ=ثم جَلَسْنَا=جلسنا فِي=في مَقْهًى=مقهى صَغِيرٍ=صغير قُرْبَ=قرب النَّهْرِ=النهر وَشَرِبْنَا=وشربنا الشَّاي.=الشاي. الأُسْبُوعَ=الأسبوع القَادِمَ=القادم "
    "سَنُسَافِرُ=سنسافر إِلَى=إلى البَحْر.=البحر.",
    "he": "אתמול הלכתי עם חברים לשוק הישן וקנינו פירות טריים. אחר כך ישבנו בבית קפה קטן ליד הנהר ושתינו תה. בשבוע הבא ניסע לים.",
    "hi": "कल शाम को हम अपने दोस्तों के साथ बाज़ार गए और ताज़े फल खरीदे। लौटते समय बहुत तेज़ बारिश होने लगी, इसलिए हम एक छोटी दुकान में "
    "रुक गए। अगले सप्ताह परिवार के साथ समुद्र देखने जाएंगे।",
    "ta": "நேற்று மாலை நண்பர்களுடன் கடைக்குச் சென்று பழங்கள் வாங்கினோம். வீட்டுக்குத் திரும்பும் வழியில் பலத்த மழை பெய்தது. அடுத்த வாரம் கடற்கரைக்குப் "
    "போகிறோம்.",
    "th": "เมื่อวาน ฉัน ไป ตลาด กับ เพื่อน และ ซื้อ ผลไม้ สด มา กิน ที่ บ้าน หลังจาก นั้น ฝน ตก หนัก เรา จึง นั่ง ดื่ม ชา ใน ร้าน เล็ก",
    "ka": "გუშინ საღამოს მეგობრებთან ერთად კინოში წავედი. სახლში დაბრუნებისას ძლიერი წვიმა დაიწყო და ქოლგა არ გვქონდა. მომავალ კვირას ზღვაზე "
    "მივდივართ.",
    "el": "Χθες το βράδυ πήγα με τους φίλους μου στον κινηματογράφο. Στο δρόμο για το σπίτι άρχισε να βρέχει πολύ και δεν είχαμε ομπρέλα. Την "
    "επόμενη εβδομάδα θα πάμε στη θάλασσα.",
    "ru": "Вчера вечером мы с друзьями ходили в кино. По дороге домой начался сильный дождь, а зонта у нас не было. На следующей неделе вся семья "
    "поедет к морю.",
    "uk": "Учора ввечері ми з друзями ходили в кіно. Дорогою додому почався сильний дощ, а парасольки в нас не було. Наступного тижня вся сім'я "
    "поїде до моря.",
    "tr": "Dün akşam arkadaşlarımla birlikte sinemaya gittik. Eve dönerken şiddetli bir yağmur başladı ve şemsiyemiz yoktu. Gelecek hafta ailemle "
    "denize gideceğiz.",
    "vi": "Tối hôm qua tôi cùng bạn bè đi xem phim. Trên đường về nhà trời mưa rất to mà chúng tôi không mang ô. Tuần sau cả gia đình sẽ đi biển.",
    "hu": "Tegnap este a barátaimmal moziba mentünk. Hazafelé nagyon elkezdett esni az eső, de nem volt nálunk esernyő. Jövő héten az egész család "
    "a tengerhez utazik.",
    "fi": "Eilen illalla menin ystävieni kanssa elokuviin. Kotimatkalla alkoi sataa rankasti, eikä meillä ollut sateenvarjoa. Ensi viikolla koko "
    "perhe matkustaa meren rannalle.",
    "pl": "Wczoraj wieczorem poszliśmy z przyjaciółmi do kina. W drodze do domu zaczął padać silny deszcz, a nie mieliśmy parasola. W przyszłym "
    "tygodniu cała rodzina jedzie nad morze.",
}  # fmt: skip
"""By eSpeak's names of voices. "spoken=written" where these differ."""


def words_of(voice: str) -> list[tuple[str, str]]:
    """The words of a text: as they are spoken, and as they are written."""
    pairs = (word.partition("=") for word in TEXTS[voice].split())
    return [(said, written or said) for said, _, written in pairs]


def spoken_clip(espeak: Espeak, voice: str, rate: int) -> Clip:
    """A text as a voice speaks it, with the onsets of its words in its written form."""
    words = words_of(voice)
    clip = spoken(espeak, " ".join(said for said, _ in words), voice, rate, "scripts")
    onsets = dict(clip.words)
    space = "" if voice in UNSPACED else " "
    written, heard, at = "", [], 0
    for said, word in words:
        if at in onsets:
            heard.append((len(written), onsets[at]))
        written += word + space
        at += len(said) + 1
    return replace(clip, text=written.rstrip(), words=heard)


def ratios(voice: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How many times as long as eSpeak's phonemes the phones of each word are."""
    found = []
    for said, written in words_of(voice):
        pronunciation = espeak_pronunciation(said, voice)
        if pronunciation is not None and pronunciation.length:
            found.append(length_in_phones(written, voice) / pronunciation.length)
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voices", nargs="*", metavar="VOICE", help=", ".join(TEXTS))
    voices = parser.parse_args().voices or list(TEXTS)
    espeak = Espeak(Unit.WORD)
    clips = {voice: [spoken_clip(espeak, voice, rate) for rate in RATES] for voice in voices}
    print("| language | length | off | median, p90 at 4x | median, p90 at 1.1x |\n|---|---|---|---|---|")
    for voice in voices:
        lengths = ratios(voice)
        usual = float(np.median(lengths)) if len(lengths) else float("nan")
        off = f"{np.sum(np.abs(np.log(lengths / usual)) > np.log(1.3))} of {len(lengths)}"
        errors = []
        for delivery in (DELIVERIES[0], DELIVERIES[-1]):
            sizes = np.abs(scored(clips[voice], "signal", delivery).errors) * 1000
            errors.append("{:.0f}, {:.0f}".format(*np.percentile(sizes, (50, 90))))
        print(f"| {voice} | {usual:.2f} | {off} | {' | '.join(errors)} |", flush=True)


if __name__ == "__main__":
    main()
