"""Phonemes recognised in the audio, as evidence for the captions' model: the extra `align`."""

# Read `_phoneme_recogniser.py` (which audio is recognised when), `_phoneme_model.py` (the network), `_articulation.py`
# (its phonemes as the classes of the captions' model), `_pronouncer.py` and `_espeak.py` (the phonemes of the text);
# `_clip.py` has `align`.

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
