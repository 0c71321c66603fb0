"""Phonemes recognised, in a thread, in audio that is about to be heard: captions are timed by them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import ref

from ..._runtime.threads import compute_in_thread
from ...acoustic._installed import is_installed
from ...acoustic._phoneme_model import log_failure, phoneme_model
from ...acoustic._phoneme_recogniser import PhonemeRecogniser, Piece
from ...acoustic._pronouncer import espeak_pronunciation
from ...audio._pcm import Pcm
from ..opening._aligner_name import AlignerName

if TYPE_CHECKING:
    from ...captions._aligner import TranscriptAligner
    from ...captions.features._frame_table import Float32s


def acoustic_alignment(aligner: AlignerName | None, rate: int) -> AcousticAlignment | None:
    """Return the acoustic alignment of a session whose audio has `rate` frames per second; None: none is used."""
    if aligner in (None, "signal") or not is_installed():
        return None
    return AcousticAlignment(rate, always=aligner == "acoustic")


class AcousticAlignment:
    """Recognises one piece of audio at a time, in a thread. Nothing waits for it: late results are not used.

    If the recogniser fails, captions go on without it, and the log says so once.

    always: also where no captions are requested, for the transcript of a message that was cut.
    """

    def __init__(self, rate: int, *, always: bool) -> None:
        self.always = always
        self._rate = rate
        # Each with the part that asks for it, unless that has been heard in the meantime.
        self._pieces: asyncio.Queue[tuple[ref[_PartWordFinder], Piece]] = asyncio.Queue()

    def word_finder(self, aligner: TranscriptAligner) -> _PartWordFinder:
        """Return the word finder of a content part, whose captions `aligner` makes."""
        aligner.pronounce_with(espeak_pronunciation)
        return _PartWordFinder(aligner, PhonemeRecogniser(self._rate), self._submit)

    async def run(self) -> None:
        """Recognise until cancelled, or until the recogniser fails."""
        try:
            while True:
                await self._recognise(*await self._pieces.get())
        except Exception as error:  # captions go on without it, and so must the session
            log_failure(str(error))

    async def _recognise(self, asking: ref[_PartWordFinder], piece: Piece) -> None:
        if asking() is not None:
            likelihoods = await compute_in_thread(_recognised, piece)
            if (part := asking()) is not None:
                part.take(piece, likelihoods)

    def _submit(self, part: _PartWordFinder, piece: Piece) -> None:
        self._pieces.put_nowait((ref(part), piece))


class _PartWordFinder:
    """Recognises the audio of one content part: its `WordFinder`."""

    def __init__(
        self, aligner: TranscriptAligner, phonemes: PhonemeRecogniser, submit: Callable[[_PartWordFinder, Piece], None]
    ) -> None:
        self._aligner = aligner
        self._phonemes = phonemes
        self._submit = submit
        self._pending = False  # a piece is being recognised, or is to be

    def __repr__(self) -> str:
        return repr(self._phonemes)

    def push_audio(self, pcm: Pcm) -> None:
        self._phonemes.push_audio(pcm)

    def end_audio(self) -> None:
        self._phonemes.end_audio()

    def search(self, position: float) -> None:
        if not self._pending and (piece := self._phonemes.piece(position)) is not None:
            self._pending = True
            self._submit(self, piece)

    def take(self, piece: Piece, likelihoods: Float32s) -> None:
        """Give the aligner the likelihoods that were found."""
        self._pending = False
        self._aligner.add_evidence(piece.start, likelihoods)


def _recognised(piece: Piece) -> Float32s:
    return piece.recognise(phoneme_model())
