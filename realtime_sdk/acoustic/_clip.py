"""Captions of a whole clip."""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

from ..audio._pcm import WIRE_RATE, Pcm, checked_pcm, to_frames
from ..captions._aligner import TranscriptAligner, check_sample_rate
from ..captions._caption import Caption
from ._installed import is_installed
from ._phoneme_model import log_failure, phoneme_model
from ._phoneme_recogniser import PhonemeRecogniser
from ._pronouncer import espeak_pronunciation

_PIECE_SECONDS = 10.0  # of audio that are analysed together

# docs/captions.md
_LEAST_FIT: Final = 0.15  # `TranscriptAligner.fit` of a text that is what is said

_log = logging.getLogger(__name__)


class ClipCaptions(NamedTuple):
    """The captions of a clip, and how well they fit it, as `TranscriptAligner.fit` has it."""

    captions: list[Caption]
    fit: float

    @property
    def misfit(self) -> str:
        """What is wrong where text and audio hardly go together; "": they do, or there is no speech to tell it by."""
        if not self.fit < _LEAST_FIT:
            return ""
        return (
            f"text and audio hardly go together: their fit is {self.fit:.2f}, and {_LEAST_FIT} or more where the text "
            "is what is said"
        )


def align(audio: Pcm | bytes, text: str, *, rate: int = WIRE_RATE) -> list[Caption]:
    """Return the captions of `text`, which `audio` speaks from beginning to end.

    `audio`: int16 mono, an array of shape (frames,) or its bytes; `rate`: its sample rate in Hz. The times are seconds
    from its beginning, and the texts, concatenated, are `text`. With the extra `align` a phoneme recogniser hears the
    words; without it, the phone model of the package does. Takes about a tenth of the clip's duration, in the calling
    thread: for a long clip, use a worker thread. Any thread may call it. Where text and audio hardly go together, a
    warning is logged.

    Raises:
        UsageError: audio of another type or shape, a `rate` below 1000, or a text that holds half of a surrogate pair.

    """
    aligned = align_clip(checked_pcm(audio), text, rate)
    if aligned.misfit:
        _log.warning("align: %s", aligned.misfit)
    return aligned.captions


def align_clip(pcm: Pcm, text: str, rate: int) -> ClipCaptions:
    """Return the captions of a clip, as `align` does, and how well they fit it."""
    check_sample_rate("rate", rate)
    aligner, recogniser = TranscriptAligner(rate), PhonemeRecogniser(rate) if is_installed() else None
    if recogniser is not None:
        aligner.pronounce_with(espeak_pronunciation)
    aligner.push_text(text)
    aligner.end_text()
    step = to_frames(_PIECE_SECONDS, rate)
    for at in range(0, len(pcm), step):  # what waits to be analysed is copied as often as some of it is
        aligner.push_audio(pcm[at : at + step])
        if recogniser is not None:
            recogniser.push_audio(pcm[at : at + step])
            recogniser = _recognise(aligner, recogniser)
    aligner.end_audio()
    if recogniser is not None:
        recogniser.end_audio()
        _recognise(aligner, recogniser)
    return ClipCaptions(aligner.flush(), aligner.fit)


def _recognise(aligner: TranscriptAligner, recogniser: PhonemeRecogniser) -> PhonemeRecogniser | None:
    """Recognise the audio that is worth it by now; return the recogniser, or None if it can't be used."""
    try:
        while (piece := recogniser.piece(recogniser.seconds)) is not None:
            aligner.add_evidence(piece.start, piece.recognise(phoneme_model()))
    except Exception as error:
        log_failure(str(error))
        return None
    return recogniser
