"""Which echo canceller is best? Simulated rooms, a reply that is playing, and a user who speaks over it.

The reply goes on for 40 s. For the first 20 s it plays alone; then the user speaks every 5 s, and the reply does not
stop for it. Rooms, levels, voices, a saturated loudspeaker, a delay that jumps, clocks that drift: see
`echo_scenes.py`. A voice activity detector (Silero's, as `realtime_sdk.local` uses it) processes the output of each
canceller, and so does a recogniser (Whisper-tiny); both need the extra `local`. The columns:

    false    false interruptions a minute: the detector reports a voice while the user is silent
    missed   share of the user's sentences whose beginning the detector does not report within a second
    delay    ms from the onset of the user's voice until the detector reports it: median, and 90th percentile
    WER      word error rate of the user's sentences
    ERLE     dB by which the echo is weaker while the reply plays alone, from the 10th to the 20th second
    CPU      share of a core
    faults   false + missed + WER: the faults in a minute in which the user speaks once. The lowest wins

Clocks that drift by other amounts, and audio that is lost half a second and a tenth of one before the user speaks, are
sets of their own.

    nice python benchmarks/echo.py [--set SET] [--no-words] [--quick] [--each] [--only CANCELLER ...]
                                   [--scene TEXT ...] [--speech FILE.npz]

The voices draw random numbers, so that each run has scenes of its own, unless `--speech` names a file that keeps what
is said: make the first run write it, and compare with that run.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from echo_scenes import ALONE_SECONDS, BLOCK_FRAMES, QUICK, SETS, Recording, Scene, keep_speech, record

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames
from realtime_sdk.capture.echo._canceller import ECHO_BLOCK_SECONDS, EchoCanceller
from realtime_sdk.capture.echo._gate import HalfDuplexGate
from realtime_sdk.capture.echo._linear import LinearCanceller
from realtime_sdk.capture.echo._webrtc import WebRtcCanceller
from realtime_sdk.local._recogniser import Recogniser, open_recogniser
from realtime_sdk.local._speech_input import LocalSpeechInput
from realtime_sdk.server._backend import SpeechStarted

DETECTION_LIMIT_SECONDS = 1.0
"""Seconds within which a user who barges in must be detected."""

DETECTOR_FRAMES = to_frames(0.01)
"""Frames that the detector takes at a time."""

DETECTOR_RESET_SECONDS = 2.0
"""Seconds from the beginning of a voice after which the detector is reset: the reply would have stopped long ago, and
an echo that never ends is more than one interruption."""


class Nothing:
    """A canceller that cancels nothing."""

    def __init__(self, rate: int) -> None:
        self.delay = 0.0

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """Return what was captured."""
        return captured

    def reset(self) -> None:
        """There is nothing to reset."""


class LinearThenWebRtc:
    """Our own canceller, then WebRTC's for its residual."""

    def __init__(self, rate: int) -> None:
        self._first, self._second = LinearCanceller(rate), WebRtcCanceller(rate)
        # Rendered: the first one's output lags by a block.
        self._last = np.zeros(to_frames(ECHO_BLOCK_SECONDS, rate), np.int16)
        self.delay = self._first.delay + self._second.delay

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        """Pass both."""
        cleaned = self._second.process(self._first.process(captured, rendered), self._last)
        self._last = rendered
        return cleaned

    def reset(self) -> None:
        """Reset both."""
        self._first.reset()
        self._second.reset()


CANCELLERS: dict[str, Callable[[int], EchoCanceller]] = {
    "none": Nothing,
    "gate": HalfDuplexGate,
    "webrtc": WebRtcCanceller,
    "linear": LinearCanceller,
    "linear, then webrtc": LinearThenWebRtc,
}


ALONE_ROW = "no echo at all"
"""The user and the room's noise, with the loudspeaker off: what a perfect canceller would get."""


@dataclass
class Score:
    """What a canceller did, over any number of scenes."""

    minutes_alone: float = 0.0
    false: int = 0
    delays: list[float] = field(default_factory=list)  # inf: missed
    words: int = 0
    errors: int = 0
    erle: list[float] = field(default_factory=list)
    seconds: float = 0.0
    spent: float = 0.0

    def __iadd__(self, other: Score) -> Score:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @property
    def missed(self) -> float:
        """Share of the user's sentences."""
        return float(np.mean(np.isinf(self.delays)))

    @property
    def faults(self) -> float:
        """What goes wrong in a minute in which the user speaks once."""
        return self.false / self.minutes_alone + self.missed + self.wer

    @property
    def wer(self) -> float:
        """Of the user's sentences; nan if they were not recognised."""
        return self.errors / self.words if self.words else np.nan

    def row(self) -> str:
        """Format the columns."""
        heard = [1000 * delay for delay in self.delays if np.isfinite(delay)] or [np.nan]
        delays = f"{np.median(heard):5.0f} {np.percentile(heard, 90):5.0f}"
        return (
            f"{self.false / self.minutes_alone:8.2f}{self.missed:8.0%}  {delays}{self.wer:8.1%}"
            f"{np.mean(self.erle):8.1f}{self.spent / self.seconds:8.2%}{self.faults:8.2f}"
        )


HEADER = f"{'':24}{'false':>8}{'missed':>8}  {'delay':>11}{'WER':>8}{'ERLE':>8}{'CPU':>8}{'faults':>8}"


def score(recording: Recording, canceller: EchoCanceller, recogniser: Recogniser, *, reads: bool) -> Score:
    """Run a canceller over a scene; reads: recognise what the user said."""
    began = time.process_time()
    cleaned = cancel(recording, canceller)
    spent = time.process_time() - began
    starts = voices(cleaned, recogniser)
    false, delays, users = 0, [], 0.0
    for begin, end, _ in recording.spoken:
        detections = [at for at in starts if begin <= at < begin + DETECTION_LIMIT_SECONDS]
        delays.append(detections[0] - begin if detections else np.inf)
        users += end + 0.5 - begin
    for at in starts:
        false += not any(begin <= at < end + 0.5 for begin, end, _ in recording.spoken)
    text = " ".join(sentence for _, _, sentence in recording.spoken)
    errors, words = word_errors(text, transcript(cleaned, recording, recogniser)) if reads else (0, 0)
    alone = slice(to_frames(ALONE_SECONDS / 2), to_frames(ALONE_SECONDS))
    shift = to_frames(canceller.delay)
    left = cleaned[alone.start + shift : alone.stop + shift].astype(np.float64)
    echo = (recording.echo[alone] * 32767) ** 2
    erle = 10 * np.log10(echo.mean() / max((left**2).mean(), 1e-3))
    return Score(
        (recording.seconds - users) / 60, false, delays, words, errors, [float(erle)], recording.seconds, spent
    )


def cancel(recording: Recording, canceller: EchoCanceller) -> Pcm:
    """Return the output for the whole recording."""
    cleaned: list[Pcm] = []
    for n in range(0, len(recording.captured) - BLOCK_FRAMES + 1, BLOCK_FRAMES):
        if n in recording.losses:
            canceller.reset()
        block = slice(n, n + BLOCK_FRAMES)
        cleaned.append(canceller.process(recording.captured[block], recording.rendered[block]))
    return np.concatenate(cleaned)


def voices(cleaned: Pcm, recogniser: Recogniser) -> list[float]:
    """Seconds at which the detector reported the beginning of speech."""
    local = LocalSpeechInput(recogniser)
    starts: list[float] = []
    for end in range(DETECTOR_FRAMES, len(cleaned) + 1, DETECTOR_FRAMES):
        at = end / WIRE_RATE
        if starts and 0 <= at - starts[-1] - DETECTOR_RESET_SECONDS < DETECTOR_FRAMES / WIRE_RATE:
            local.configure({})
        if any(isinstance(boundary, SpeechStarted) for boundary in local.listen(cleaned[end - DETECTOR_FRAMES : end])):
            starts.append(at)
    return starts


def transcript(cleaned: Pcm, recording: Recording, recogniser: Recogniser) -> str:
    """Recognise the user's sentences, each with 0.3 s around it."""
    return " ".join(
        asyncio.run(_transcribe(cleaned[to_frames(begin - 0.3) : to_frames(end + 0.3)], recogniser))
        for begin, end, _ in recording.spoken
    )


async def _transcribe(pcm: Pcm, recogniser: Recogniser) -> str:
    return "".join([piece async for piece in recogniser.transcribe(pcm)])


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """Words missing, wrong or too many, and words said."""
    reference, hypothesis = (re.findall(r"[a-z']+", text.lower()) for text in (said, heard))
    row = list(range(len(hypothesis) + 1))
    for n, word in enumerate(reference, 1):
        before, row[0] = row[0], n
        for m, other in enumerate(hypothesis, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (word != other))
    return row[-1], len(reference)


def chosen(options: argparse.Namespace) -> list[Scene]:
    scenes = SETS[options.set]()
    if options.scene:
        return [scene for scene in scenes if any(text in scene.name for text in options.scene)]
    return [scene for scene in scenes if not options.quick or scene.name in QUICK]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="five scenes only, and the cancellers that one may choose")
    parser.add_argument("--each", action="store_true", help="also print the figures of each scene")
    parser.add_argument("--set", choices=SETS, default="rooms")
    parser.add_argument("--no-words", action="store_true", help="no word error rate, which takes most of the time")
    parser.add_argument("--only", nargs="+", choices=CANCELLERS, help="else all")
    parser.add_argument("--scene", nargs="+", help="scenes whose names contain one of these")
    parser.add_argument("--speech", type=Path, metavar="FILE.npz", help="the same scenes as in another run")
    options = parser.parse_args()
    if options.speech is not None:
        keep_speech(options.speech)
    options.only = options.only or (("webrtc", "linear") if options.quick else tuple(CANCELLERS))
    recogniser = open_recogniser()
    totals = {name: Score() for name in [ALONE_ROW, *options.only]}
    print(HEADER)
    for scene in chosen(options):
        recording = record(scene)
        if options.each:
            print(f"{scene.name} ({scene.far}, {scene.near})")
        for name, total in totals.items():
            if name == ALONE_ROW:
                silent = replace(recording, captured=recording.user)
                result = score(silent, Nothing(WIRE_RATE), recogniser, reads=not options.no_words)
            else:
                result = score(recording, CANCELLERS[name](WIRE_RATE), recogniser, reads=not options.no_words)
            total += result
            if options.each:
                print(f"  {name:22}{result.row()}", flush=True)
    print(f"all {len(chosen(options))} scenes")
    for name, total in totals.items():
        print(f"{name:24}{total.row()}")
    if not options.no_words:
        print(f"the best: {min(options.only, key=lambda name: totals[name].faults)}")


if __name__ == "__main__":
    main()
