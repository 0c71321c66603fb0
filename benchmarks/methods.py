"""Methods to show a transcript while its speech is played, each on a clock of its own."""

from __future__ import annotations

import json
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from clips import Clip

from realtime_sdk.acoustic._phoneme_model import phoneme_model
from realtime_sdk.acoustic._phoneme_recogniser import PhonemeRecogniser
from realtime_sdk.acoustic._pronouncer import espeak_pronunciation
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames, to_seconds
from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions.features._frame_table import Float32s

DELTA_SECONDS = 0.2
POLL_SECONDS = 0.01

Shown: TypeAlias = Iterable[tuple[float, str]]
"""Positions, and the text that appears at each."""


@dataclass(frozen=True)
class Delivery:
    """How a service sends: speed of the audio, seconds by which text is ahead, further speed of the text."""

    name: str
    speed: float
    lead: float = 0.3
    text_speed: float = 1.0

    def arrivals(self, clip: Clip) -> list[tuple[float, str | Pcm]]:
        """What arrives when, in seconds after the first audio."""
        step = to_frames(DELTA_SECONDS)
        sound = [(to_seconds(at), clip.pcm[at : at + step]) for at in range(0, len(clip.pcm), step)]
        text = [
            (max(0.0, onset - self.lead) / self.text_speed, piece)
            for (_, onset), piece in zip(clip.words, clip.pieces, strict=True)
        ]
        together: list[tuple[float, str | Pcm]] = sorted([*text, *sound], key=lambda arrival: arrival[0])
        return [(at / self.speed, piece) for at, piece in together]


DELIVERIES = (Delivery("4x", 4), Delivery("4x, text", 4, text_speed=2), Delivery("at once", 1e9), Delivery("1.1x", 1.1))


class _Acoustic:
    """The phoneme recogniser beside the aligner, which is given its likelihoods when its CPU time has passed."""

    def __init__(self, aligner: TranscriptAligner) -> None:
        self._aligner = aligner
        self._recogniser = PhonemeRecogniser(WIRE_RATE)
        aligner.pronounce_with(espeak_pronunciation)
        self.push_audio, self.end = self._recogniser.push_audio, self._recogniser.end_audio
        self._known: tuple[float, float, Float32s] | None = None  # position at which it is, start, likelihoods

    def poll(self, position: float) -> None:
        if self._known is None and (piece := self._recogniser.piece(position)) is not None:
            began = time.process_time()
            likelihoods = piece.recognise(phoneme_model())
            self._known = position + time.process_time() - began, piece.start, likelihoods
        if self._known is not None and self._known[0] <= position:
            self._aligner.add_evidence(*self._known[1:])
            self._known = None


def signal(clip: Clip, delivery: Delivery) -> Iterator[tuple[float, str]]:
    """The aligner alone."""
    return _aligned(clip, delivery, acoustic=False)


def acoustic(clip: Clip, delivery: Delivery) -> Iterator[tuple[float, str]]:
    """The aligner with the evidence of the phoneme recogniser."""
    return _aligned(clip, delivery, acoustic=True)


def _aligned(clip: Clip, delivery: Delivery, *, acoustic: bool) -> Iterator[tuple[float, str]]:
    aligner, waiting, received, position = TranscriptAligner(WIRE_RATE), delivery.arrivals(clip), 0.0, 0.0
    recogniser = _Acoustic(aligner) if acoustic else None
    while position < clip.seconds:
        while waiting and waiting[0][0] <= position:
            _, piece = waiting.pop(0)
            if isinstance(piece, str):
                aligner.push_text(piece)
            else:
                aligner.push_audio(piece)
                if recogniser is not None:
                    recogniser.push_audio(piece)
            received += 0.0 if isinstance(piece, str) else to_seconds(len(piece))
            if not waiting:
                aligner.end_text()
                aligner.end_audio()
                if recogniser is not None:
                    recogniser.end()
        if recogniser is not None:
            recogniser.poll(min(position, received))
        for caption in aligner.due(min(position, received)):
            yield position, caption.text
        position += POLL_SECONDS
    for caption in aligner.flush():
        yield position, caption.text


def spread(clip: Clip, _: Delivery) -> Iterator[tuple[float, str]]:
    """Characters spread evenly over the whole audio, which has to arrive first."""
    return _at_rate(clip, len(clip.text) / clip.seconds)


def fixed(clip: Clip, _: Delivery) -> Iterator[tuple[float, str]]:
    """Fifteen characters per second."""
    return _at_rate(clip, 15.0)


def arriving(clip: Clip, delivery: Delivery) -> Iterator[tuple[float, str]]:
    """Text as it arrives."""
    return ((at, piece) for at, piece in delivery.arrivals(clip) if isinstance(piece, str))


def _at_rate(clip: Clip, characters: float) -> Iterator[tuple[float, str]]:
    at = 0
    for piece in clip.pieces:
        yield at / characters, piece
        at += len(piece)


@dataclass(frozen=True)
class Peer:
    """A program of `peers/` that shows a transcript; it runs in an environment of its own."""

    program: str
    environment: str
    packages: tuple[str, ...]

    def shown(self, python: Path, clips: list[Clip], delivery: Delivery) -> list[Shown]:
        """Run it on some clips."""
        requests = [
            {
                "seconds": clip.seconds,
                "arrivals": [
                    (at, {"text": piece} if isinstance(piece, str) else {"audio": b64encode(piece.tobytes()).decode()})
                    for at, piece in delivery.arrivals(clip)
                ],
            }
            for clip in clips
        ]
        result = subprocess.run(
            [str(python), str(Path(__file__).parent / "peers" / self.program)],
            input=json.dumps(requests), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            raise SystemExit(f"{self.program} failed:\n{result.stderr[-2000:]}")
        shown: list[Shown] = json.loads(result.stdout.splitlines()[-1])
        return shown


PEERS = {
    "livekit": Peer("livekit_captions.py", "livekit-agents", ("livekit-agents", "livekit-plugins-openai")),
    "pipecat": Peer("pipecat_captions.py", "pipecat", ("pipecat-ai[openai]",)),
}

METHODS: dict[str, Callable[[Clip, Delivery], Shown]] = {
    "signal": signal, "with align": acoustic, "spread evenly": spread, "15 a second": fixed, "as it arrives": arriving,
}  # fmt: skip
