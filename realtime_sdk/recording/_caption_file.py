"""Writes `captions.vtt`: a WebVTT file at any time, with the words that were heard by then."""

from __future__ import annotations

from collections.abc import Sequence

from .._runtime.credentials import mask_text
from ..captions._export import to_vtt
from ..captions._utterance import Utterance
from ._disk_file import DiskFile

_HEADER = to_vtt([])


class CaptionFile:
    """Writes utterances as they end, and behind them those that go on, which are written over later."""

    def __init__(self, file: DiskFile) -> None:
        self._file = file
        self._ended_bytes = len(_HEADER.encode())  # of the header and the utterances that have ended
        self._write(0, _HEADER)

    def update(self, ended: Utterance | None, current: Sequence[Utterance]) -> None:
        """Write an utterance that has ended, if one has, and those that go on."""
        cues = _cues([] if ended is None else [ended])
        self._write(self._ended_bytes, cues + _cues(current))
        self._ended_bytes += len(cues.encode())

    def finish(self, utterances: Sequence[Utterance]) -> None:
        """Write all utterances, in the order in which they began."""
        self._write(0, _HEADER + _cues(utterances))

    def _write(self, position: int, text: str) -> None:
        """Let the file end with `text`; between two steps of this, blank lines end it, which the format allows."""
        data = text.encode()
        end = position + len(data)
        self._file.write(position, data.ljust(self._file.size - position, b"\n"))
        self._file.cut(end)


def _cues(utterances: Sequence[Utterance]) -> str:
    return mask_text(to_vtt(utterances)).removeprefix(_HEADER)
