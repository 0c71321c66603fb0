"""Looks for words in the sound that is about to be heard, beside the loop, so that captions land on them."""

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
"""How captions are placed: by the sound of the words, where that is installed and somebody watches; by that, whether
anybody watches or not; by the signal alone."""


def acoustics(aligner: AlignerName, rate: int) -> Acoustics | None:
    """What looks for the words, if anybody is to, in sound of `rate` frames a second.

    Raises:
        ExtraMissing: the extra `align` is asked for, and not installed.
        UsageError: another name.

    """
    if aligner not in get_args(AlignerName):
        raise UsageError(f"aligner is {aligner!r}; it is one of {', '.join(map(repr, get_args(AlignerName)))}")
    if aligner == "acoustic" and not is_installed():
        raise ExtraMissing("what finds words by their sound", "align")
    return Acoustics(rate, always=aligner == "acoustic") if aligner != "signal" and is_installed() else None


class Acoustics:
    """Decodes one window of sound at a time, in a thread. Nothing waits for it: what it finds too late is not used."""

    def __init__(self, rate: int, *, always: bool) -> None:
        self.always = always  # not only for captions that somebody watches: also for what is heard by a cut
        self._rate = rate
        self._windows: asyncio.Queue[tuple[_Listener, Window]] = asyncio.Queue()

    def follow(self, aligner: TranscriptAligner) -> _Listener:
        """Follow a content part, whose captions `aligner` makes."""
        return _Listener(aligner, ForcedAligner(self._rate), self._want)

    async def run(self) -> None:
        """Decode until cancelled."""
        while True:
            listener, window = await self._windows.get()
            try:
                placed = await run_in_thread(_decode, window)
            except Exception:  # captions go on without it, and so must the session
                _log.exception("the words of %r can't be looked for in the sound", listener)
            else:
                listener.take(window, placed)

    def _want(self, listener: _Listener, window: Window) -> None:
        self._windows.put_nowait((listener, window))


class _Listener:
    """Listens for the words of one content part: the `WordFinder` of it."""

    def __init__(
        self, aligner: TranscriptAligner, forced: ForcedAligner, want: Callable[[_Listener, Window], None]
    ) -> None:
        self._aligner = aligner
        self._forced = forced
        self._want = want
        self._waiting = False  # for a window to be decoded

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
        if not self._waiting and (window := self._forced.window(position)) is not None:
            self._waiting = True
            self._want(self, window)

    def take(self, window: Window, placed: DecodedWindow) -> None:
        """Anchor the words that were found."""
        self._waiting = False
        for anchor in self._forced.take(window, placed):
            self._aligner.anchor(anchor.char, anchor.start)


def _decode(window: Window) -> DecodedWindow:
    return window.decode(shared_decoder(), checkpoint=anyio.from_thread.check_cancelled)
