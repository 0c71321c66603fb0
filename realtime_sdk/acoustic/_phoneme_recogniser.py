"""The audio of one content part, recognised piece by piece, some seconds ahead of what is heard."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..audio._pcm import Pcm, to_frames, to_samples, to_seconds
from ..captions.features._frame_table import Float32s
from ..captions.features._phone_evidence import FRAME_SECONDS
from ..captions.features._phone_model import ACOUSTIC_CLASSES
from ._phoneme_model import DELAY_FRAMES, RATE, PhonemeModel

# benchmarks/captions.py: "4x", "1.1x", with align, and the share of a core.
_LONGEST_SECONDS: Final = 2.0  # of new audio in a piece: leaving a session waits for one
_LEFT_SECONDS: Final = 0.5  # before it, without which its first sounds are not recognised
_AGAIN_SECONDS: Final = 0.2  # at the end of the last piece, recognised again with the audio that follows
_LOOKAHEAD_SECONDS: Final = 12.0  # past the position; the decoder looks no further
_OVERTAKEN_SECONDS: Final = 1.0  # by which the position may pass what is recognised before audio is skipped
# Seconds of audio ahead of the position that are recognised, and those of new audio worth another piece by then.
_STEPS: Final = ((1.0, 0.4), (3.0, 1.0), (_LOOKAHEAD_SECONDS, _LONGEST_SECONDS))
_SILENCE: Final = 30  # no sample of digital silence, or of faint noise, is louder


@dataclass(frozen=True, slots=True)
class Piece:
    """Some audio to recognise."""

    pcm: Pcm  # with the audio before it
    rate: int
    first: int  # frame of the recogniser with which the result begins; see `FRAME_SECONDS`
    before: int  # frames of `pcm` before that one

    @property
    def start(self) -> float:
        """Seconds at which the result begins."""
        return self.first * FRAME_SECONDS

    def recognise(self, model: PhonemeModel) -> Float32s:
        """Return the log scaled likelihoods of its frames, shape (n, acoustic classes); for a worker thread.

        Takes some 5 % of the duration of the audio and of that before it.
        """
        import soxr  # here, so that importing the package stays light

        if np.abs(self.pcm.astype(np.int32)).max(initial=0) <= _SILENCE:
            frames = int(to_seconds(len(self.pcm), self.rate) / FRAME_SECONDS) - self.before
            return np.zeros((frames, len(ACOUSTIC_CLASSES)), np.float32)
        audio = soxr.resample(to_samples(self.pcm), self.rate, RATE)
        return model.log_scaled_likelihoods(np.asarray(audio, np.float32))[self.before + DELAY_FRAMES :]


class PhonemeRecogniser:
    """The audio of one content part, as it arrives, cut into pieces that are worth recognising. Pure."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._audio: deque[Pcm] = deque()  # from sample `_dropped` on
        self._dropped = self._received = 0  # samples
        self._ended = False
        self._recognised = 0.0  # seconds that all pieces so far cover

    def __repr__(self) -> str:
        received = to_seconds(self._received, self._rate)
        return f"<PhonemeRecogniser {self._recognised:.2f} of {received:.2f} s>"

    @property
    def seconds(self) -> float:
        """Seconds of audio that are recognised."""
        return self._recognised

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio, int16 of shape (frames,); the array must not change any more."""
        self._audio.append(pcm)
        self._received += len(pcm)

    def end_audio(self) -> None:
        """Mark the audio as complete."""
        self._ended = True

    def piece(self, position: float) -> Piece | None:
        """Return the next piece worth recognising when `position` seconds were heard; None: none yet."""
        received = to_seconds(self._received, self._rate)
        if position - _OVERTAKEN_SECONDS > self._recognised:
            self._recognised = min(position, received)
        step = next((step for ahead, step in _STEPS if self._recognised < position + ahead), None)
        new = received - self._recognised
        if step is None or new < (FRAME_SECONDS if self._ended else step):
            return None
        return self._next_piece(min(received, self._recognised + _LONGEST_SECONDS))

    def _next_piece(self, end: float) -> Piece:
        first = max(0, round((self._recognised - _AGAIN_SECONDS) / FRAME_SECONDS))
        before = min(first, round(_LEFT_SECONDS / FRAME_SECONDS))
        start = to_frames((first - before) * FRAME_SECONDS, self._rate)
        while self._audio and self._dropped + len(self._audio[0]) <= start:
            self._dropped += len(self._audio.popleft())
        stop, until = to_frames(end, self._rate), self._dropped
        near: list[Pcm] = []
        for pcm in self._audio:  # minutes may be kept
            if until >= stop:
                break
            near.append(pcm)
            until += len(pcm)
        taken = np.concatenate(near)[max(0, start - self._dropped) : stop - self._dropped]
        self._recognised = end
        return Piece(taken, self._rate, first, before)
