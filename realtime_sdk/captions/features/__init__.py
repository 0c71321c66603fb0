"""Features of the audio, frame by frame: energy, spectrum, speech regions. Pure.

Read `_frame_table.py` (frames of 10 ms), `_energy.py` (where speech is), `_spectral.py` (how each frame sounds),
`_non_speech.py` (long stretches without a voice), `_phone_classes.py` (emission costs), `_speech_frames.py` (a window).
"""

__all__: list[str] = []
