"""Forced alignment, in a thread, of audio that is about to be heard: captions are timed by their words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import anyio.from_thread

from .._runtime.threads import run_in_thread
from ..acoustic._clip import is_installed
from ..acoustic._decoder import shared_decoder
from ..acoustic._forced_aligner import DecodedWindow, ForcedAligner, Window
from ..audio._pcm import Pcm
from ..captions._aligner import TranscriptAligner
from ..errors import ExtraMissing, UsageError

_log = logging.getLogger(__name__)

AlignerName: TypeAlias = Literal["auto", "acoustic", "signal"]
"""How captions are timed: acoustically if that is installed and captions are requested; acoustically whether they are
requested or not; by the signal only."""


def acoustic_alignment(aligner: AlignerName, rate: int) -> AcousticAlignment | None:
    """Return the acoustic alignment of a session whose audio has `rate` frames per second; None: the signal decides.

    Raises:
        ExtraMissing: the extra `align` is required, and not installed.
        UsageError: another name.

    """
    if aligner not in get_args(AlignerName):
        raise UsageError(f"aligner is {aligner!r}; it is one of {', '.join(map(repr, get_args(AlignerName)))}")
    if aligner == "acoustic" and not is_installed():
        raise ExtraMissing("the acoustic aligner", "align")
    return AcousticAlignment(rate, always=aligner == "acoustic") if aligner != "signal" and is_installed() else None


class AcousticAlignment:
    """Decodes one window of audio at a time, in a thread. Nothing waits for it: words that are found late are not used.

    always: also where no captions are requested, for the transcript of a message that was cut.
    """

    def __init__(self, rate: int, *, always: bool) -> None:
        self.always = always
        self._rate = rate
        self._windows: asyncio.Queue[tuple[_PartAligner, Window]] = asyncio.Queue()

    def word_finder(self, aligner: TranscriptAligner) -> _PartAligner:
        """Return the word finder of a content part, whose captions `aligner` makes."""
        return _PartAligner(aligner, ForcedAligner(self._rate), self._submit)

    async def run(self) -> None:
        """Decode until cancelled."""
        while True:
            part, window = await self._windows.get()
            try:
                decoded = await run_in_thread(_decode, window)
            except Exception:  # captions go on without it, and so must the session
                _log.exception("a window of %r can't be decoded", part)
            else:
                part.anchor(window, decoded)

    def _submit(self, part: _PartAligner, window: Window) -> None:
        self._windows.put_nowait((part, window))


class _PartAligner:
    """Finds the words of one content part: its `WordFinder`."""

    def __init__(
        self, aligner: TranscriptAligner, forced: ForcedAligner, submit: Callable[[_PartAligner, Window], None]
    ) -> None:
        self._aligner = aligner
        self._forced = forced
        self._submit = submit
        self._pending = False  # a window is to be decoded

    def __repr__(self) -> str:
        return repr(self._forced)

    def push_text(self, delta: str) -> None:
        self._forced.push_text(delta)

    def end_text(self) -> None:
        self._forced.end_text(self._aligner.text)

    def push_audio(self, pcm: Pcm) -> None:
        self._forced.push_audio(pcm)

    def end_audio(self) -> None:
        self._forced.end_audio()

    def search(self, position: float) -> None:
        if not self._pending and (window := self._forced.window(position)) is not None:
            self._pending = True
            self._submit(self, window)

    def anchor(self, window: Window, decoded: DecodedWindow) -> None:
        """Anchor the words that were found."""
        self._pending = False
        for anchor in self._forced.take(window, decoded):
            self._aligner.anchor(anchor.char, anchor.start)


def _decode(window: Window) -> DecodedWindow:
    return window.decode(shared_decoder(), checkpoint=anyio.from_thread.check_cancelled)
