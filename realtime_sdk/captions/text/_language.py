"""The language of a transcript, by its script, and in Latin letters by its most frequent words and its accents."""

# ruff: noqa: RUF001 — letters of many languages are what this module is about

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
             " they do so my but if there will all would just like how yes let about from or an at by as them who hello"
             " thanks please good okay well don't it's i'm that's you're one two when which where more time know think",
    "de": "der die das und ist nicht ich sie ein eine zu mit den von auf es für wir dem auch wie haben ja nein aber"
          " oder wenn dann noch nur schon sehr gut danke bitte hallo guten was wer wo mir dich mich du er sich bei aus"
          " zum zur einen einem einer kein keine kann können hat sind war wird werden habe mein dein ihr uns jetzt",
    "fr": "le la les et est pas je vous un une de des que pour dans il ce nous qui avec sur à du au aux en elle on ne"
          " se son sa ses mon ma mes tu te moi toi oui non mais ou où si bien très plus tout tous cette ces c'est j'ai"
          " d'un d'une qu'il qu'elle l'on n'est merci bonjour salut comme faire fait être avoir été ont sont suis peut",
    "es": "el la los y es no que de en un una por con para se las del lo su más está como al pero si sí muy bien"
          " gracias hola buenos buenas días yo tú me te mi tu usted este esta eso esto hay ser fue son ha cuando donde"
          " porque también ya todo todos o le nos sin sobre uno dos tres hasta desde qué cómo puede tiene estoy",
    "it": "il la che di e è non un una per con sono gli mi si le del della questo ma come in a i lo al alla da dal nel"
          " nella dei delle ciao grazie prego buongiorno sì io tu lui lei noi voi ho hai ha anche più molto bene perché"
          " cosa dove quando quello questa essere fare se ci ne su o tutto tutti sua suo mia mio c'è l'ho dopo già",
    "pt-br": "o a os e é não que de em um uma para com você se do da por mais está como eu as ao na no dos das nos nas"
             " mas muito bem obrigado obrigada olá oi bom sim isso este esta isto ser foi são tem ter há quando onde"
             " porque também já tudo todos ou lhe sem sobre até pode pela pelo ele ela meu minha seu sua aqui estou",
    "nl": "de het een en is niet dat van ik je in op te voor met zijn er aan we maar ook hij zij wat die dit als naar"
          " bij nog wel geen kan kunnen heeft hebben was wordt goed dank bedankt hallo ja nee mijn jouw uw hoe waar",
    "pl": "nie i w to na się jest że z do jak ale co czy tak za od po dla mnie pan o by już tylko może jestem są był"
          " dzień dobry dziękuję proszę ma mam ten ta te tego bardzo dobrze kiedy gdzie przez przed przy lub albo",
    "sv": "och att det är en som på jag inte för med har du av till ett den vi om var kan hej tack ja nej men så från"
          " när hur vad här där mycket bra ska vill han hon de dig mig min din eller ut in upp nu",
    "tr": "bir ve bu da ne için çok de mi ile ben var gibi daha kadar sen olarak ama o en evet hayır merhaba teşekkür"
          " nasıl iyi değil yok biz siz şey her sonra önce nerede şimdi olan oldu mı mu",
    "da": "og at det er en som på jeg ikke for med har du af til et den vi om kan hej tak ja nej men så fra hvor hvad"
          " her der meget skal vil han hun de dig mig min din eller nu",
    "nb": "og at det er en som på jeg ikke for med har du av til et den vi om kan hei takk ja nei men så fra hvor hva"
          " her der mye skal vil han hun de deg meg min din eller nå",
    "fi": "ja on ei se että hän oli en mutta kun niin minä sinä me te he tämä mitä voi olen olet ovat kuin myös joka"
          " kiitos hei hyvä jos sen ole minun sinun nyt",
    "cs": "a je se na že to v s z do jak ale co by jsem jsi jsme si tak za od po pro mě ten ta už jen může byl ne ano"
          " děkuji prosím dobrý den kde když nebo která který má při",
    "hu": "a az és hogy nem is van ez egy de ha csak meg már mint még vagy volt én te mi ő ki itt nagyon köszönöm jó"
          " igen szia mert lesz kell",
    "ro": "și de la în nu cu pe este o un să că mai se sunt din pentru care ce am ai are eu tu el ea da bine mulțumesc"
          " bună dar dacă sau foarte",
    "ca": "el la els les i és no que de en un una per amb es del al dels més com però si molt bé gràcies hola jo tu hi"
          " ha són aquest aquesta quan on perquè també ja tot heu",
    "id": "yang dan di itu ini tidak saya anda kamu untuk dengan ada dari ke akan bisa pada adalah juga apa sudah kami"
          " kita atau terima kasih halo jika bagaimana",
    "vi": "là và của có không tôi bạn một các cho được này trong với người đã những để khi ở rất thì anh em chúng ta",
}
_LETTERS: Final = {
    "de": "äöüß", "fr": "àâæçéèêëîïôœùûÿ", "es": "áéíñóúü¿¡", "it": "àèéìòù", "pt-br": "áâãàçéêíóôõú", "nl": "éëï",
    "pl": "ąćęłńóśźż", "sv": "åäö", "tr": "çğıöşüâ", "da": "æøå", "nb": "æøå", "fi": "äö", "cs": "áčďéěíňóřšťúůýž",
    "hu": "áéíóöőúüű", "ro": "ăâîșşțţ", "ca": "àçèéíòóúï·", "vi": "ăâđêôơưàảãáạằắấầậếềệểốồộớờợứừựịọụủỏ",
}  # fmt: skip
"""The letters and signs of a language that English has not."""
_WORDS: Final = {language: frozenset(words.split()) for language, words in _FREQUENT.items()}
_FREQUENT_IN: Final = {
    word: [language for language, words in _WORDS.items() if word in words]
    for word in set[str]().union(*_WORDS.values())
}
_LETTER_OF: Final = {
    letter: [language for language, letters in _LETTERS.items() if letter in letters]
    for letter in set("".join(_LETTERS.values()))
}
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def detect_language(text: str) -> str:
    """Return the eSpeak voice that fits `text` best; English by default."""
    if not text.isascii():
        letters = sum(map(str.isalpha, text))
        for language, script in _SCRIPTS.items():
            if 4 * len(script.findall(text)) > letters:
                return JAPANESE if language == "cmn" and _is_japanese(text) else language
    text = text.lower().replace("\u2019", "'")
    words = _WORD.findall(text)
    if len(words) > 1 and text.endswith(words[-1]):
        del words[-1]  # only its beginning may have arrived
    found = Counter(language for word in words for language in _FREQUENT_IN.get(word, ()))
    found.update(language for sign in text for language in _LETTER_OF.get(sign, ()))
    return max(_FREQUENT, key=found.__getitem__)


def _is_japanese(text: str) -> bool:
    """Whether a text in Chinese characters has the kana of Japanese, not just a name with one."""
    return _KANA_SHARE * len(re.findall("[\u3040-\u30ff]", text)) > len(re.findall("[\u4e00-\u9fff]", text))
