"""Words aligned to speech by a duration-explicit hidden Markov model, decoded by segmental Viterbi. Pure.

Read `_costs.py` (the terms of the cost), `_text_states.py` and `_word_boundaries.py` (the states, and those between
words), `_trellis.py` (the forward pass and its traceback), `_segmental_viterbi.py` (one window), `_tempo.py` (how fast
a voice speaks), `_window.py` and `_sliding_window.py` (a talk, window by window); docs/captions-model.md has it all.
"""

__all__: list[str] = []
