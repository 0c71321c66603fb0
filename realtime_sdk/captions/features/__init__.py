"""Features of the audio, frame by frame: energy, speech regions, likelihoods of phones. Pure.

Read `_frame_table.py` (frames of 10 ms), `_energy.py` (where speech is), `_mel_bands.py` (how each frame sounds),
`_phone_model.py` (a neural network that classifies it), `_phone_likelihoods.py` (all this as audio arrives),
`_phone_classes.py` (emission costs), `_non_speech.py` (long stretches without a voice), `_speech_frames.py` (a window).
"""

__all__: list[str] = []
