"""The rules of French spelling: many letters are silent, and others are where a speaker hurries.

A consonant that a vowel after it wakes (liaison) has a phone only in the words that most often have one before a word.
"""



from __future__ import annotations

from typing import Final

from ._orthography import Orthography

_V: Final = "aeiouyàâéèêëîïôùûüœ"
_RULES: Final = r"""
(?<=..)ment$ M AN
(?<=.[^q].)ent$ (AN)
(?<=[tdpbcgfv])r(?=es?$) (RR)
(?<=[tdpbcgf])l(?=es?$) (L)
(?<=..)es?$
(?<=..)er$|ez$ EY
(?<=[Vnmrl])(?:gts?|[stxdp]s?)$
(?<=[ao]n)[cg]s?$
eaux?|aux? OW
oin W EN
o[iîy] W AA
ou(?=[aeiéè]) W
o[uùû] UW
(?:(?<=eu)|(?<=ue)|(?<=œ))ill?(?=e|$) Y
ueil OE Y
œu|eu|œ OE
(?:ain|ein|aim|in|im|yn|ym|(?<=[ié])en|un|um)(?![Vmn]) EN
(?:an|am|en|em)(?![Vmn]) AN
(?:on|om)(?![Vmn]) ON
aill?(?=es?$|s?$) AA Y
eill?(?=es?$|s?$) EH Y
ai|aî|ei|[êèë]|e(?=ll|tt|nn|rr|ss|ff|[rlsxc][^aeiouyàâéèêëîïôùûüœhlr]|[rlfc]$) EH
é EY
(?<=[ae])ill?$|(?<=[ae])ill Y
ill(?=[eoa]) IY Y
ch SH
gn NJ
qu|q|k|ck K
ph|f+ F
(?<!s)t(?=ion|iel|ieu|ien[ct]) S
t+h? T
ç|sc(?=[eiyéè])|c(?=[eiyéèê])|ss S
cc|c K
ge(?=[ao])|g(?=[eiyéè])|j ZH
gu(?=[eiyéè])|g+ G
(?<=[V])s(?=[V])|z Z
s S
x K S
r+h? RR
l+ L
m+ M
n+ N
p+ P
b+ B
d+ D
[vw] V
[aàâ] AA
[iîïy](?=[V]) Y
[iîïy] IY
[oô] AO
[uûùü] UE
e (AX)
""".replace("[V", f"[{_V}")

_WORDS: Final = {
    **{f"{letter.lower()}es": f"{letter} EY (Z)" for letter in "LDMTS"},
    **{f"{letter.lower()}e": f"{letter} (AX)" for letter in "LDMTS"},
    **{f"{word}on": f"{letter} ON (N)" for word, letter in (("m", "M"), ("t", "T"), ("s", "S"))},
    "ces": "S EY (Z)", "ce": "S (AX)", "je": "ZH (AX)", "que": "K (AX)", "ne": "(N) (AX)",
    "est": "EY (T)", "et": "EY", "un": "EN (N)", "en": "AN (N)", "on": "ON (N)", "il": "IY (L)", "ils": "IY (L) (Z)",
    "elles": "EH L (Z)", "nous": "N UW (Z)", "vous": "V UW (Z)", "tu": "T (UE)", "dans": "D AN (Z)",
    "sans": "S AN (Z)", "chez": "SH EY (Z)", "très": "T RR EH (Z)", "plus": "P L UE (S)", "tous": "T UW (S)",
    "aux": "OW (Z)", "deux": "D OE (Z)", "trois": "T RR W AA (Z)", "six": "S IY (S)", "dix": "D IY (S)",
    "petit": "P (AX) T IY (T)", "grand": "G RR AN (T)", "quand": "K AN (T)", "tout": "T UW (T)", "sont": "S ON (T)",
    "ont": "ON (T)", "fait": "F EH (T)", "souvent": "S UW V AN", "argent": "AA RR ZH AN", "femme": "F AA M",
    "hier": "Y EH RR", "cher": "SH EH RR", "hiver": "IY V EH RR", "fils": "F IY S", "ville": "V IY L",
    "mille": "M IY L", "monsieur": "M (AX) S Y OE",
}  # fmt: skip

_ELIDED: Final = """c S
d D
j ZH
l L
m M
n (N)
s S
t T
qu K
jusqu ZH UE S K
lorsqu L AO RR S K
puisqu P UE IY S K"""

FRENCH: Final = Orthography(_RULES, words=_WORDS, elided=_ELIDED)
