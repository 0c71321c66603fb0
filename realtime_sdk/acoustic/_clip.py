"""Captions of a whole clip."""

from __future__ import annotations

from importlib.util import find_spec

from ..audio._pcm import WIRE_RATE, Pcm, checked_bytes, from_bytes
from ..captions._aligner import TranscriptAligner
from ..captions._caption import Caption
from ._decoder import shared_decoder
from ._forced_aligner import ForcedAligner


def is_installed() -> bool:
    """Whether the extra `align` is installed."""
    return find_spec("pocketsphinx") is not None and find_spec("espeakng_loader") is not None


def align(audio: Pcm | bytes, text: str, *, rate: int = WIRE_RATE) -> list[Caption]:
    """Return the captions of `text`, which `audio` speaks from beginning to end.

    `audio`: int16 mono, an array of shape (frames,) or its bytes; `rate`: its sample rate in Hz. The times are seconds
    from its beginning, and the texts, concatenated, are `text`. With the extra `align` an acoustic model finds the
    words; without it, and where that fails, the signal decides. Takes about a hundredth of the clip's duration, in the
    calling thread: for a long clip, use a worker thread. Any thread may call it.

    Raises:
        UsageError: audio of another type or shape, or a `rate` below 1000.

    """
    pcm = from_bytes(checked_bytes(audio))
    aligner = TranscriptAligner(rate)
    aligner.push_text(text)
    aligner.end_text()
    aligner.push_audio(pcm)
    aligner.end_audio()
    if is_installed():
        _anchor(aligner, pcm, text, rate)
    return aligner.flush()


def _anchor(aligner: TranscriptAligner, pcm: Pcm, text: str, rate: int) -> None:
    forced = ForcedAligner(rate)
    forced.push_text(text)
    forced.end_text()
    forced.push_audio(pcm)
    forced.end_audio()
    while (window := forced.window(forced.seconds)) is not None:
        for anchor in forced.take(window, window.decode(shared_decoder())):
            aligner.anchor(anchor.char, anchor.start)
