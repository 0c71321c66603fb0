"""Recordings of people, whose phones are found by two teachers: a recogniser of phones, and the phone model.

The text is spelled in phones by eSpeak NG and aligned to the audio by the Viterbi algorithm. A frame scores by the
recogniser (`hama`, Apache-2.0, a CTC model: it says which phone, but not exactly when) and by the phone model (trained
on synthetic speech: it says when). Phones that neither of them confirms stay unknown, since texts have mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import hama.asr
import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from phone_speech import UNKNOWN, EspeakPhones, Floats, Labels, Speech, acoustic_classes, features_of

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES, PhoneModel

SOURCES = {"jfk": "public domain", "librivox": "public domain", "lucier": "MIT", "mfa": "MIT"}
"""Names with which the recordings begin, and their licences."""

_TEACHER_RATE = 16_000
_TEACHER_FRAMES = 2  # of ours in one of its
_LATE_FRAMES = 4  # by which it may find a phone too late,
_EARLY_FRAMES = 1  # or too early
_LONGEST_CALL = 28.0  # seconds
_UNHEARD = 0.03  # probability of a phone where it hears none
_MODEL_WEIGHT, _TEACHER_WEIGHT = 0.5, 1.0
_PAUSE_COST = 3.0
_LEAST_FRAMES = 2  # of a phone
_CONFIRMED = 0.2  # probability by the teacher
_CONFIRMED_AROUND, _AROUND = 0.6, 6  # share of the phones on either side that must be confirmed too


class Teacher:
    """Labels recordings of people."""

    def __init__(self, model: PhoneModel) -> None:
        self._model = model
        self._recogniser = hama.asr.ASRModel()
        tokens = [[] if token[0] == "<" else acoustic_classes(token) for token in self._recogniser.decoder_tokens]
        self._classes = np.zeros((len(tokens), len(ACOUSTIC_CLASSES)), np.float32)
        for token, names in enumerate(tokens):
            for name in names:
                self._classes[token, ACOUSTIC_CLASSES.index(name)] = 1.0
        self._espeak = EspeakPhones()

    def people(self, root: Path) -> Iterator[Speech]:
        """Yield the labelled recordings of a folder: FLAC files, each with a JSON file that has its text."""
        for path in sorted(root.glob("*.flac")):
            source = path.name.split("-")[0]
            if source in SOURCES:
                sound, rate = soundfile.read(path, dtype="int16")
                pcm = soxr.resample(sound, rate, WIRE_RATE)
                text = json.loads(path.with_suffix(".json").read_text())["text"]
                yield Speech(source, pcm, self.labels(pcm, text))

    def labels(self, pcm: Pcm, text: str) -> Labels:
        """The class of each frame."""
        phones = self._espeak.phones(text)
        names = np.array([ACOUSTIC_CLASSES.index(name) for name in phones])
        features = features_of(pcm)
        model = self._model.log_scaled_likelihoods(features, np.arange(features.shape[1]))
        heard = self._heard(pcm, len(model))
        scores = _MODEL_WEIGHT * np.clip(model, -6, 3) + _TEACHER_WEIGHT * np.log(_UNHEARD + heard)
        scores[:, 0] = np.clip(model[:, 0], -6, 3) + _TEACHER_WEIGHT * np.log(_UNHEARD)
        scores[:, 0] -= 2 * heard[:, 1:].max(1)
        path = _aligned(scores[:, names], scores[:, 0])
        labels = np.zeros(len(model), np.int8)
        confirmed = np.zeros(len(names))
        for phone in range(len(names)):
            frames = np.flatnonzero(path == phone)
            confirmed[phone] = len(frames) and heard[frames, names[phone]].max() > _CONFIRMED
        around = np.convolve(confirmed, np.ones(2 * _AROUND + 1), "same")
        around /= np.convolve(np.ones(len(names)), np.ones(2 * _AROUND + 1), "same")
        known = (confirmed > 0) & (around >= _CONFIRMED_AROUND)
        spoken = path >= 0
        labels[spoken] = np.where(known[path[spoken]], names[path[spoken]], UNKNOWN)
        return labels

    def _heard(self, pcm: Pcm, frames: int) -> Floats:
        """Probability that the teacher hears each class near each frame, shape (frames, classes)."""
        sound = soxr.resample(pcm.astype(np.float32) / 32768, WIRE_RATE, _TEACHER_RATE)
        pieces = []
        step = round(_LONGEST_CALL * _TEACHER_RATE)
        for begin in range(0, len(sound), step):
            piece = np.pad(sound[begin : begin + step], (0, max(0, 8000 - len(sound) + begin)))
            inputs = {"waveform": piece[None], "waveform_lengths": np.array([len(piece)], np.int64)}
            log_probabilities, _ = self._recogniser.session.run(["log_probs", "out_lengths"], inputs)
            pieces.append(np.exp(log_probabilities[0]) @ self._classes)
        heard = np.concatenate(pieces).repeat(_TEACHER_FRAMES, 0)
        heard = np.pad(heard, ((_EARLY_FRAMES, frames + _LATE_FRAMES), (0, 0)))
        window = _EARLY_FRAMES + 1 + _LATE_FRAMES
        nearby: Floats = np.lib.stride_tricks.sliding_window_view(heard, window, axis=0).max(-1)[:frames]
        return nearby


def _aligned(scores: Floats, silence: Floats) -> npt.NDArray[np.intp]:
    """The phone of each frame on the best path, -1 in a pause; `scores`: shape (frames, phones)."""
    frames, phones = scores.shape
    states = _LEAST_FRAMES + 1  # of a phone: its frames one by one, the last as long as need be, and the pause after it
    best = np.full((phones, states), -np.inf)
    best[0, 0], before = scores[0, 0], np.zeros((frames, phones, states), np.int8)
    lead = silence[0]  # the pause before the first phone
    for frame in range(1, frames):
        entered = np.append(-np.inf, best[:-1, -2:].max(1))
        from_pause = np.append(False, best[:-1, -1] > best[:-1, -2])
        stay = best.copy()
        best[:, 0], before[frame, :, 0] = entered, np.where(from_pause, 2, 1)
        if lead > best[0, 0]:
            best[0, 0], before[frame, 0, 0] = lead, 3
        for state in range(1, _LEAST_FRAMES):
            best[:, state] = stay[:, state - 1]
            if state == _LEAST_FRAMES - 1:
                longer = stay[:, state] > best[:, state]
                best[longer, state], before[frame, :, state] = stay[longer, state], ~longer
        pause, begun = stay[:, -1], stay[:, -2] - _PAUSE_COST
        best[:, -1], before[frame, :, -1] = np.maximum(pause, begun), begun > pause
        best[:, :-1] += scores[frame][:, None]
        best[:, -1] += silence[frame]
        lead += silence[frame]
    path = np.full(frames, -1, np.intp)
    phone = phones - 1
    state = states - 1 if best[-1, -1] > best[-1, -2] else states - 2
    for frame in range(frames - 1, -1, -1):
        path[frame] = -1 if state == states - 1 else phone
        code = before[frame, phone, state]
        if state == 0:
            if code == 3 or frame == 0:
                break
            phone, state = phone - 1, states - 1 if code == 2 else states - 2
        elif state == states - 1:
            state -= code
        elif code:
            state -= 1
    return path
