"""The texts that the voices of the benchmark speak."""

# ruff: noqa: RUF001 — the languages have letters of their own

from __future__ import annotations

TEXTS: dict[str, str] = {
    "steps": "Sure, I can help with that. First, open the app and sign in with your email. Then tap the gear icon in "
    "the top right corner, and choose notifications.",
    "numbers": "The weather in Boston tomorrow looks mild: a high of 61 degrees, light wind from the west, and a 20% "
    "chance of rain after 4 p.m. Your flight at 9:30 on March 3, 2026, costs $184.60.",
    "story": "Once upon a time there was a small lighthouse on a rocky island. Every evening the keeper climbed the "
    "stairs, lit the lamp, and watched the ships go by. One night, a storm came.",
    "long words": "Internationalization is difficult because every language organizes information differently. "
    "Unfortunately, straightforward translation rarely communicates the original intention.",
    "short forms": "Dr. Lee from the FBI said, e.g., that some 40% of USB sticks fail. Mr. Hall of NASA agrees, vs. "
    "the U.S. average. Write to info@example.com, etc. before 5 p.m. on Monday.",
    "talk": "Well, I don't know, maybe? It's what she said, anyway. We could've gone, but you weren't there, so nobody "
    "asked. Hm, all right then; let's just wait and see what happens.",
}
"""English, by the kind of text."""

LANGUAGES: dict[str, str] = {
    "de": "Gerne helfe ich Ihnen weiter. Der nächste Zug nach Hamburg fährt um 14:20 Uhr von Gleis 7 ab, und er kostet "
    "ungefähr 38 Euro.",
    "fr": "Bien sûr, je peux vous aider. Le restaurant ouvre à midi et ferme à 14h30. Il reste 25 places, soit 10 % de "
    "plus qu'hier.",
    "es": "Claro que sí, con mucho gusto. La biblioteca abre a las nueve de la mañana y cierra a las ocho. Hay 120 "
    "libros nuevos.",
    "it": "Certo, ti spiego subito come si fa. Prima metti a bollire l'acqua, poi aggiungi il sale, e dopo 8 minuti "
    "scola la pasta.",
    "pt-br": "Claro, posso ajudar você com isso. O museu abre às dez da manhã, mas às segundas não abre. São 15 reais.",
    "nl": "Natuurlijk kan ik u daarmee helpen. De winkel is open tot 21 uur, en op zondag is het de hele dag rustig.",
    "pl": "Oczywiście, chętnie pomogę. Pociąg odjeżdża o ósmej rano, a przyjeżdża dopiero późnym wieczorem.",
    "ru": "Конечно, я вам помогу. Поезд отправляется в 8 часов утра, а прибывает поздно вечером, через 250 километров.",
    "tr": "Elbette, size yardımcı olabilirim. Kütüphane sabah dokuzda açılıyor, akşam altıda kapanıyor.",
    "sv": "Självklart kan jag hjälpa dig. Biblioteket öppnar klockan nio på morgonen, och stänger klockan sex.",
    "fi": "Tietysti voin auttaa. Kirjasto avataan aamulla yhdeksältä, ja se suljetaan illalla kuudelta.",
    "hu": "Természetesen segíthetek. A könyvtár reggel kilenckor nyit, és este hatkor zár.",
    "el": "Βεβαίως, μπορώ να σας βοηθήσω. Η βιβλιοθήκη ανοίγει στις εννέα το πρωί, και κλείνει στις έξι το βράδυ.",
    "hi": "ज़रूर, मैं आपकी मदद कर सकता हूँ। पुस्तकालय सुबह नौ बजे खुलता है, और शाम छह बजे बंद होता है।",
    "ar": "بالتأكيد، يمكنني مساعدتك في ذلك. تفتح المكتبة في التاسعة صباحا، وتغلق في السادسة مساء.",
    "ko": "물론이죠, 제가 도와 드릴게요. 도서관은 아침 아홉 시에 열고, 저녁 여섯 시에 닫습니다.",
    "id": "Tentu saja, saya bisa membantu. Perpustakaan buka jam sembilan pagi, dan tutup jam enam sore.",
    "vi": "Tất nhiên rồi, tôi có thể giúp bạn. Thư viện mở cửa lúc chín giờ sáng, và đóng cửa lúc sáu giờ chiều.",
    "sw": "Ndiyo, ninaweza kukusaidia. Maktaba inafunguliwa saa tatu asubuhi, na inafungwa saa kumi na mbili jioni.",
}
"""Other languages, by eSpeak's names of their voices."""
