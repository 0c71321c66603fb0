"""Captions of a whole clip."""

from __future__ import annotations

from ..audio._pcm import WIRE_RATE, Pcm, checked_bytes, from_bytes
from ..captions._aligner import TranscriptAligner
from ..captions._caption import Caption
from ._installed import is_installed
from ._phoneme_model import log_failure, phoneme_model
from ._phoneme_recogniser import PhonemeRecogniser
from ._pronouncer import espeak_pronunciation


def align(audio: Pcm | bytes, text: str, *, rate: int = WIRE_RATE) -> list[Caption]:
    """Return the captions of `text`, which `audio` speaks from beginning to end.

    `audio`: int16 mono, an array of shape (frames,) or its bytes; `rate`: its sample rate in Hz. The times are seconds
    from its beginning, and the texts, concatenated, are `text`. With the extra `align` a phoneme recogniser hears the
    words; without it, the phone model of the package does. Takes about a tenth of the clip's duration, in the calling
    thread: for a long clip, use a worker thread. Any thread may call it.

    Raises:
        UsageError: audio of another type or shape, or a `rate` below 1000.

    """
    pcm = from_bytes(checked_bytes(audio))
    aligner = TranscriptAligner(rate)
    if is_installed():
        aligner.pronounce_with(espeak_pronunciation)
    aligner.push_text(text)
    aligner.end_text()
    aligner.push_audio(pcm)
    aligner.end_audio()
    if is_installed():
        _recognise(aligner, pcm, rate)
    return aligner.flush()


def _recognise(aligner: TranscriptAligner, pcm: Pcm, rate: int) -> None:
    recogniser = PhonemeRecogniser(rate)
    recogniser.push_audio(pcm)
    recogniser.end_audio()
    try:
        while (piece := recogniser.piece(recogniser.seconds)) is not None:
            aligner.add_evidence(piece.start, piece.recognise(phoneme_model()))
    except Exception as error:
        log_failure(str(error))
