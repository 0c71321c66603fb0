"""The rules of spelling of some languages, in the form that `Orthography` reads."""

# ruff: noqa: RUF001 — letters of many languages are what this module is about

from __future__ import annotations

from typing import Final

from ._french import FRENCH
from ._orthography import Orthography

_SINGLE: Final = r"""
b+ B
d+ D
f+|ph F
g+ G
k+|q K
l+ L
m+ M
n+ N
p+ P
r+ RR
s+ S
t+h? T
v+ V
x K S
"""
"""Consonants that sound alike in most languages."""

_SPANISH: Final = r"""
[aá] PURE_A
[eé] PURE_E
(?<=[aeiouáéó])[iuy](?![aeiouáéíóú]) Y
i(?=[aeouáéóú]) Y
[iíy](?![aeouáéíóú]) PURE_I
[oó] PURE_O
(?<=[gq])u(?=[eiéí])
u(?=[aeioáéíó]) W
[uúü] PURE_U
ch CH
ll|y Y
ñ NJ
qu?|c(?![eiéí]) K
c|z C_Z
g(?=[eiéí])|j X
^r|rr RR
b|v SOFT_B
d+$ (SOFT_D)
d SOFT_D
g SOFT_G
w W
h
"""

_ITALIAN: Final = r"""
[aà] PURE_A
[eéè] PURE_E
(?<=[cg])i(?=[aouàòù])
(?<=sc|gl)i(?=[aeouàèò])
i(?=[aeouàèéòù]) Y
[iìjy] PURE_I
[oòó] PURE_O
u(?=[aeioàèéìò]) W
[uù] PURE_U
sch|sc(?![eiìéè]) S K
sc SH
ch|c+h K
c+(?=[eiìéè]) CH
c(?=qu)
[ckq]+ K
gli L Y
gn NJ
gh G
g+(?=[eiìéè]) JH
(?<=[aeiouàèéìòù])s(?=[aeiouàèéìòùbdglmnrv]) S_Z
z+ T S_Z
w W
h
"""

_PORTUGUESE: Final = r"""
ão|am$ AN W
ãe|ãi AN Y
õe ON Y
ens?$|ém$|em$ EN (Y)
(?:ã|an|am|ân|âm)(?![aeiouáéíóúâêôãõh]) AN
(?:en|em|ên|êm)(?![aeiouáéíóúâêôãõh]) EN
(?:õ|on|om|ôn|ôm)(?![aeiouáéíóúâêôãõh]) ON
(?<=[gq])u(?=[eiéíê])
(?<=[aáâoóôeéê])[iu](?![aeouáéíóú]) Y
i(?=[aeouáéóôã]) Y
u(?=[aeioáéíóôã]) W
^e$|[ií]|(?<=.)es?$ PURE_I
(?<=.)os?$|^os?$|[uúü] PURE_U
[aáâà] PURE_A
[eéê] PURE_E
[oóô] PURE_O
lh L Y
nh NJ
ch SH
ss|ç|c(?=[eiéíê]) S
sc(?=[eiéí]) S
[ckq]+ K
g(?=[eiéíê])|j ZH
^r|rr|(?<=[nls])r R_H
r$ (R_H)
r RR
(?<=[aeiouáéíóúâêôãõ])s(?=[aeiouáéíóúâêôãõ]) Z
s|z HISS
x HISS
l(?![aeiouáéíóúâêôãõh]) W
t(?=i|í|es?$) CH
d(?=i|í|es?$) JH
w W
y Y
h
"""

_GERMAN: Final = r"""
eih?|aih?|ey|ay AY
auh? AW
euh?|äuh? OY
ieh? PURE_I
e(?=[nlm]$|[nl]s$) (AX)
er$|ern$|ers$ AX
e$|es$|et$ AX
(?<=.)en$ (AX) N
aa?h? PURE_A
[äe]e?h? PURE_E
ih? PURE_I
oo?h? PURE_O
uh? PURE_U
öh? OE
[üy]h? UE
tsch CH
sch SH
^s(?=[pt]) SH
chs|x K S
ch X
ck|k+ K
c(?=[eiä]) T S
c K
dt|th|t+ T
tz|z+ T S
pf P F
qu K V
ph|f+|v F
w V
ß|ss S
s(?=[aeiouäöü]) S_Z
ng(?![aeiou])|ng(?=e|$) NG
n(?=k) NG
ig$ PURE_I X
b+$ P
d+$ T
g+$ K
j Y
r(?![aeiouäöü]) (RR)
h(?=[aeiouäöü]) HH
h
"""

_DUTCH: Final = r"""
ij|ei|y AY
ui OY
ou|au AW
oe PURE_U
eu OE
ie|ij PURE_I
uu|u(?=[^aeiou]?$) UE
lijk$ L AX K
(?<=.)en$ AX (N)
(?<=.)e$|(?<=.)e(?=[lr]$) AX
a+ PURE_A
e+|é|ë PURE_E
i|ï PURE_I
o+|ö PURE_O
u|ü UH
schr S X RR
sch$ S
sch S X
sj SH
ch|g+ X
ng NG
tie$ T PURE_I
c(?=[ei])|ç S
[ckq]+u? K
d$ T
w V
z Z
j Y
h HH
"""

_POLISH: Final = r"""
ą ON
ę EN
a PURE_A
e PURE_E
i(?=[aeouóąę]) Y
i|y PURE_I
o PURE_O
u|ó PURE_U
szcz SH CH
sz|ś|si(?=[aeouóąę]) SH
cz|ć|ci(?=[aeouóąę]) CH
dż|dź|dzi(?=[aeouóąę])|dz(?=i) JH
dz D Z
c(?=i) CH
s(?=i) SH
z(?=i) ZH
rz|ż|ź|zi(?=[aeouóąę]) ZH
ch|h X
ł W
ń|ni(?=[aeouóąę]) NJ
c T S
w V
z+ Z
j Y
"""

_TURKISH: Final = r"""
a|â PURE_A
e PURE_E
i|î PURE_I
ı AX
o PURE_O
ö OE
u|û PURE_U
ü UE
ğ (Y)
c JH
ç CH
j ZH
ş SH
y Y
z Z
h HH
w V
"""

_SWEDISH: Final = r"""
a|å(?=a) PURE_A
å|o PURE_O
[äeé] PURE_E
i PURE_I
ö OE
u UE
y UE
sj|skj|stj|sk(?=[eiyäö])|sch|tion SH
tj|kj|k(?=[eiyäö]) SH
ng NG
[dghl]?j Y
g(?=[eiyäö]) Y
c(?=[ei])|z S
ck|[ck]+ K
rd D
rs SH
rt T
ig$ PURE_I
w V
h HH
"""

_RUSSIAN: Final = r"""
а PURE_A
[еёэ](?![^ъь]) PURE_E
^е Y PURE_E
е|э|є PURE_E
ё (Y) PURE_O
и|ы|і|ї PURE_I
ъ (AX)
о PURE_O
у PURE_U
ю (Y) PURE_U
я (Y) PURE_A
(?<=[ео])го$ V PURE_O
тся|ться T S PURE_A
сч|щ|зч SH
ж ZH
ш SH
ч CH
ц T S
й|ј Y
ґ G
љ L
њ NJ
ћ CH
ђ|џ JH
х X
[бп]+$|п P
б B
[вф]+$|ф F
в V
[гк]+$|к+ K
г G
[дт]+$|т+ T
д D
[зс]+$|с+ S
з Z
л+ L
м+ M
н+ N
р+ RR
"""

ORTHOGRAPHIES: Final = {
    "fr": FRENCH,
    "es": Orthography(_SPANISH, _SINGLE),
    "it": Orthography(_ITALIAN, _SINGLE),
    "pt-br": Orthography(_PORTUGUESE, _SINGLE),
    "de": Orthography(_GERMAN, _SINGLE),
    "nl": Orthography(_DUTCH, _SINGLE),
    "pl": Orthography(_POLISH, _SINGLE),
    "tr": Orthography(_TURKISH, _SINGLE),
    "sv": Orthography(_SWEDISH, _SINGLE),
    "ru": Orthography(_RUSSIAN),
}
"""By eSpeak's voices."""
