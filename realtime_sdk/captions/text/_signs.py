"""Signs, units and abbreviations, and how they are spoken: the tables of text normalisation."""

# ruff: noqa: RUF001 — letters of many scripts are what this module is about

from __future__ import annotations

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

_FURTHER_SIGNS: Final = (
    "×", "÷", "½", "¼", "¾", "²", "³", "#", "~", "<", ">", "±", "√", "^", "§", "₹", "M", "B", "k", "C", "F", "–", "per",
    "hash",
)  # fmt: skip
"""The signs of `_FURTHER_WORDS`: "#" before a number, "M", "B" and "k" after one, "–" between two, "per" in km/h."""

_FURTHER_WORDS: Final = {
    ENGLISH: "times divided-by a-half a-quarter three-quarters squared cubed number about less-than greater-than"
             " plus-or-minus square-root-of to-the-power-of section rupees million billion thousand Celsius Fahrenheit"
             " to per hashtag",
    "de": "mal geteilt-durch ein-halb ein-viertel drei-viertel Quadrat hoch-drei Nummer circa kleiner-als größer-als"
          " plus-minus Wurzel hoch Paragraf Rupien Millionen Milliarden Tausend Celsius Fahrenheit bis pro Hashtag",
    "fr": "fois divisé-par un-demi un-quart trois-quarts au-carré au-cube numéro environ inférieur-à supérieur-à"
          " plus-ou-moins racine puissance paragraphe roupies millions milliards mille Celsius Fahrenheit à"
          " par hashtag",
    "es": "por dividido-por un-medio un-cuarto tres-cuartos al-cuadrado al-cubo número unos menor-que mayor-que"
          " más-menos raíz elevado-a sección rupias millones mil-millones mil Celsius Fahrenheit a por almohadilla",
    "it": "per diviso un-mezzo un-quarto tre-quarti al-quadrato al-cubo numero circa minore-di maggiore-di"
          " più-o-meno radice alla paragrafo rupie milioni miliardi mila Celsius Fahrenheit a al hashtag",
    "pt-br": "vezes dividido-por meio um-quarto três-quartos ao-quadrado ao-cubo número cerca-de menor-que maior-que"
             " mais-ou-menos raiz elevado-a seção rupias milhões bilhões mil Celsius Fahrenheit a por hashtag",
    "nl": "keer gedeeld-door een-half een-kwart drie-kwart kwadraat tot-de-derde nummer ongeveer kleiner-dan groter-dan"
          " plus-min wortel tot-de-macht paragraaf roepies miljoen miljard duizend Celsius Fahrenheit tot per hashtag",
    "pl": "razy podzielić-na pół ćwierć trzy-czwarte kwadrat sześcian numer około mniejsze-niż większe-niż"
          " plus-minus pierwiastek do-potęgi paragraf rupii milionów miliardów tysięcy Celsjusza Fahrenheita do"
          " na hasztag",
    "sv": "gånger delat-med en-halv en-fjärdedel tre-fjärdedelar kvadrat kubik nummer ungefär mindre-än större-än"
          " plus-minus roten upphöjt-till paragraf rupier miljoner miljarder tusen Celsius Fahrenheit till per hashtag",
    "tr": "çarpı bölü yarım çeyrek dörtte-üç kare küp numara yaklaşık küçüktür büyüktür"
          " artı-eksi kök üssü madde rupi milyon milyar bin santigrat fahrenhayt ile bölü etiket",
    "ru": "умножить-на разделить-на половина четверть три-четверти в-квадрате в-кубе номер около меньше больше"
          " плюс-минус корень в-степени параграф рупий миллионов миллиардов тысяч Цельсия Фаренгейта до в хештег",
    "ar": "ضرب قسمة نصف ربع ثلاثة-أرباع تربيع تكعيب رقم حوالي أصغر-من أكبر-من"
          " زائد-ناقص جذر أس قسم روبية مليون مليار ألف مئوية فهرنهايت إلى في وسم",
    "hi": "गुणा भाग आधा चौथाई तीन-चौथाई वर्ग घन नंबर लगभग से-कम से-अधिक"
          " प्लस-माइनस वर्गमूल घात धारा रुपये मिलियन बिलियन हज़ार सेल्सियस फ़ारेनहाइट से प्रति हैशटैग",
    "ja": "かける わる にぶんのいち よんぶんのいち よんぶんのさん にじょう さんじょう ナンバー やく みまん より"
          " プラスマイナス ルート じょう セクション ルピー ミリオン ビリオン せん せっし かし から まい ハッシュタグ",
    "ko": "곱하기 나누기 이분의일 사분의일 사분의삼 제곱 세제곱 번호 약 미만 초과"
          " 플러스마이너스 루트 승 섹션 루피 밀리언 빌리언 천 섭씨 화씨 에서 매 해시태그",
    "cmn": "乘以 除以 二分之一 四分之一 四分之三 平方 立方 号 约 小于 大于"
           " 正负 根号 次方 第节 卢比 百万 十亿 千 摄氏 华氏 到 每 话题",
}  # fmt: skip

SIGNS: Final = {
    language: {
        sign: word.strip("-")
        for sign, word in zip(
            (*_SIGNS, *_FURTHER_SIGNS), (*words.split(), *_FURTHER_WORDS[language].split()), strict=True
        )
    }
    for language, words in _SIGN_WORDS.items()
}
"""How signs are spoken, by language; the words of one sign are joined by hyphens."""

_UNITS: Final = "km m cm mm kg g mg l ml h min s hz khz mhz ghz kb mb gb tb".split()  # noqa: SIM905 — as its table is
_UNIT_NAMES: Final = {
    ENGLISH: "kilometers meters centimeters millimeters kilograms grams milligrams liters milliliters hour minutes"
             " second hertz kilohertz megahertz gigahertz kilobytes megabytes gigabytes terabytes",
    "de": "Kilometer Meter Zentimeter Millimeter Kilogramm Gramm Milligramm Liter Milliliter Stunde Minuten"
          " Sekunde Hertz Kilohertz Megahertz Gigahertz Kilobyte Megabyte Gigabyte Terabyte",
    "fr": "kilomètres mètres centimètres millimètres kilos grammes milligrammes litres millilitres heures minutes"
          " secondes hertz kilohertz mégahertz gigahertz kilooctets mégaoctets gigaoctets téraoctets",
    "es": "kilómetros metros centímetros milímetros kilos gramos miligramos litros mililitros hora minutos"
          " segundo hercios kilohercios megahercios gigahercios kilobytes megabytes gigabytes terabytes",
    "it": "chilometri metri centimetri millimetri chili grammi milligrammi litri millilitri ora minuti"
          " secondo hertz kilohertz megahertz gigahertz kilobyte megabyte gigabyte terabyte",
    "pt-br": "quilômetros metros centímetros milímetros quilos gramas miligramas litros mililitros hora minutos"
             " segundo hertz quilohertz megahertz gigahertz quilobytes megabytes gigabytes terabytes",
    "nl": "kilometer meter centimeter millimeter kilo gram milligram liter milliliter uur minuten"
          " seconde hertz kilohertz megahertz gigahertz kilobyte megabyte gigabyte terabyte",
    "pl": "kilometrów metrów centymetrów milimetrów kilogramów gramów miligramów litrów mililitrów godzinę minut"
          " sekundę herców kiloherców megaherców gigaherców kilobajtów megabajtów gigabajtów terabajtów",
    "sv": "kilometer meter centimeter millimeter kilo gram milligram liter milliliter timme minuter"
          " sekund hertz kilohertz megahertz gigahertz kilobyte megabyte gigabyte terabyte",
    "tr": "kilometre metre santimetre milimetre kilo gram miligram litre mililitre saat dakika"
          " saniye hertz kilohertz megahertz gigahertz kilobayt megabayt gigabayt terabayt",
    "ru": "километров метров сантиметров миллиметров килограмм грамм миллиграмм литров миллилитров час минут"
          " секунду герц килогерц мегагерц гигагерц килобайт мегабайт гигабайт терабайт",
}  # fmt: skip
UNITS: Final = {language: dict(zip(_UNITS, names.split(), strict=True)) for language, names in _UNIT_NAMES.items()}
"""The names of units, by their symbols in lower case."""

ABBREVIATIONS: Final = {
    ENGLISH: {
        "dr": "doctor", "mr": "mister", "mrs": "missis", "vs": "versus", "etc": "etcetera", "approx": "approximately",
        "ft": "feet", "lb": "pounds", "lbs": "pounds", "mph": "miles per hour", "kmh": "kilometers per hour",
        "www": "double u double u double u", "e.g": "for example", "i.e": "that is", "pm": "P M",
    },
    "de": {"nr": "Nummer", "hr": "Herr", "fr": "Frau", "str": "Straße", "usw": "und so weiter", "ca": "circa",
           "bzw": "beziehungsweise", "z.b": "zum Beispiel", "d.h": "das heißt", "std": "Stunden", "mio": "Millionen",
           "mrd": "Milliarden", "inkl": "inklusive", "u.a": "unter anderem"},
    "fr": {"m": "monsieur", "mme": "madame", "mlle": "mademoiselle", "h": "heures", "p.ex": "par exemple",
           "c.-à-d": "c'est à dire", "av": "avenue", "bd": "boulevard", "go": "gigaoctets", "mo": "mégaoctets",
           "ko": "kilooctets", "1er": "premier", "1ère": "première"},
    "es": {"sr": "señor", "sra": "señora", "ud": "usted", "uds": "ustedes", "p.ej": "por ejemplo", "h": "horas",
           "ee.uu": "estados unidos"},
    "it": {"sig": "signor", "dott": "dottor", "ecc": "eccetera", "p.es": "per esempio"},
    "pt-br": {"sr": "senhor", "sra": "senhora", "h": "horas", "p.ex": "por exemplo"},
    "nl": {"dhr": "de heer", "mevr": "mevrouw", "enz": "enzovoort", "bijv": "bijvoorbeeld", "o.a": "onder andere"},
    "ru": {"т.е": "то есть", "т.д": "так далее", "ул": "улица", "руб": "рублей", "км": "километров", "кг": "килограмм"},
}  # fmt: skip
"""Abbreviations in lower case, without the last full stop, in full."""
