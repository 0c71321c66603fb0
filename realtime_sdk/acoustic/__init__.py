"""Words found in the audio by an acoustic model: forced alignment, with the extra `align`.

Read `_forced_aligner.py` (what is decoded when, and which words are believed), then `_decoder.py` (the model), and for
its vocabulary `_spoken_forms.py`, `_dictionary.py`, `_espeak.py` and `_arpabet.py`; `_clip.py` has `align`.
"""

from ._clip import align

__all__ = ["align"]
