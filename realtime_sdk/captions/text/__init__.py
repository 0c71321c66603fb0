"""Written text and its spoken form: caption units, languages, spoken forms, pronunciations. Pure.

Read `_segmentation.py` (units and boundaries), `_unspoken.py` (text that is not spoken), `_language.py`,
`_normalisation.py` (numbers and signs as words; their tables in `_signs.py`), `_pronunciation.py` (phones; of
English from the lexicon of `_english.py`, of French by the rules of `_french.py`),
`_transcript.py` (all of it for text that arrives in pieces).
"""

__all__: list[str] = []
