"""Held-out texts: no constant of the aligner was tuned on them."""

# ruff: noqa: RUF001 — the languages have letters of their own

from __future__ import annotations

VOICES = ("en-us+f1", "en-gb-x-gbclan+m3", "en-029+f5", "en-us+croak", "en-gb-x-gbcwmd+m8")
RATES = (160, 205, 245, 185, 225, 145)
"""Words per minute, in turn: each text of a voice has another one."""

ENGLISH: dict[str, str] = {
    "recipe":
    "Preheat the oven to 220 degrees. While it warms up, peel four large potatoes, slice them thinly, and rinse them "
    "twice in cold water. Dry them well; otherwise they steam instead of frying.",
    "weather":
    "Tomorrow will start out foggy along the coast, with temperatures around 8 degrees. By noon the sun should break "
    "through, although a strong wind from the north will keep it chilly.",
    "support":
    "I'm sorry to hear that. Could you tell me which colour the light on the router has? If it's blinking red, "
    "please hold down the small button on the back for ten seconds, and then let go.",
    "history":
    "The bridge was finished in 1874, after seven years of work. It cost nearly ten million dollars, and when it "
    "opened, a crowd of 300,000 people came to see whether it would hold an elephant.",
    "chat":
    "Ha, good question! Honestly? I'd go on Tuesday. It's cheaper, there are fewer people, and the museum stays open "
    "until nine. Anyway, want me to look up trains?",
    "names":
    "Professor Margaret O'Sullivan and Dr. Kwame Nkrumah-Johnson met in Reykjavik, Iceland, on February 3rd, 2019, "
    "at 6:45 p.m. They spoke for about 2.5 hours.",
}

LANGUAGES: dict[str, str] = {
    "nb": "Det tar omtrent førti minutter med toget. Du kan kjøpe billett på stasjonen, eller i appen hvis du vil.",
    "uk": "Завтра буде тепло й сонячно. Якщо хочеш, можемо піти на прогулянку в парк після обіду.",
    "bg": "Влакът тръгва в осем часа сутринта. Моля, не забравяйте билета си и документите.",
    "hr": "Muzej je otvoren svaki dan osim ponedjeljka. Ulaznice možete kupiti na ulazu.",
    "sk": "Recept je jednoduchý. Najprv nakrájajte cibuľu, potom pridajte paradajky a soľ.",
    "lt": "Rytoj bus šilta diena. Galime susitikti prie upės ir kartu pavalgyti pietus.",
    "lv": "Veikals atrodas tieši aiz stūra. Tas ir atvērts katru dienu līdz deviņiem vakarā.",
    "et": "Rong väljub kell kaheksa hommikul. Palun võtke oma piletid kaasa.",
    "eu": "Bihar eguraldi ona egingo du. Nahi baduzu, mendira joan gaitezke goizean.",
    "cy": "Mae'r trên yn gadael am wyth o'r gloch. Peidiwch ag anghofio eich tocyn.",
    "af": "Môre sal dit warm wees. Ons kan by die see gaan stap as jy wil.",
    "sq": "Muzeu është i hapur çdo ditë. Biletat mund t'i blini në hyrje.",
    "ka": "ხვალ კარგი ამინდი იქნება. თუ გინდა, ერთად წავიდეთ პარკში.",
    "hy": "Վաղը լավ եղանակ կլինի: Եթե ուզում ես, միասին գնանք այգի:",
    "ta": "நாளை வானிலை நன்றாக இருக்கும். நாம் பூங்காவிற்கு செல்லலாம்.",
    "bn": "আগামীকাল আবহাওয়া ভালো থাকবে। চাইলে আমরা পার্কে যেতে পারি।",
    "fa": "فردا هوا خوب خواهد بود. اگر بخواهی می‌توانیم به پارک برویم.",
    "ms": "Esok cuaca akan cerah. Kalau mahu, kita boleh berjalan di taman selepas makan.",
    "eo": "La trajno foriras je la oka matene. Ne forgesu vian bileton, mi petas.",
    "is": "Lestin fer klukkan átta í fyrramálið. Ekki gleyma miðanum þínum heima.",
    "mk": "Утре ќе биде топло. Ако сакаш, можеме да одиме на прошетка.",
    "sl": "Muzej je odprt vsak dan. Vstopnice lahko kupite na vhodu ali prek spleta.",
    "az": "Sabah hava yaxşı olacaq. İstəsən, axşam parka gedə bilərik.",
}
"""Other languages, by eSpeak's names of their voices."""
