"""Written text and its spoken form: caption units, languages, spoken forms, pronunciations. Pure.

Read `_segmentation.py` (units and boundaries), `_language.py`, `_normalisation.py` (numbers and signs as words),
`_pronunciation.py` (phones), `_transcript.py` (all of it for text that arrives in pieces).
"""

__all__: list[str] = []
