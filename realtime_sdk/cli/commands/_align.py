"""`realtime-sdk align`: the captions of an audio file with a known transcript."""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import soundfile

from ...acoustic._clip import align_clip
from ...audio._pcm import Pcm, joined, to_pcm, to_seconds
from ...audio._wav_file import native_path, readable
from ...captions._caption import Caption
from ...captions._export import to_srt, to_vtt
from ...captions._utterance import Utterance
from ...errors import UsageError
from .._output_file import check_writable

_BLOCK_FRAMES = 1 << 20

_WRITERS: Final[dict[str, Callable[[Sequence[Utterance]], str]]] = {".vtt": to_vtt, ".srt": to_srt}
"""By the suffix of the output."""

_HEADERLESS: Final = frozenset({".raw", ".pcm"})
"""Suffixes of files that hold nothing but samples."""

_STANDARD_INPUT: Final = "-"
"""In place of a transcript."""

_FILE_NAME: Final = re.compile(r"(?:\.{0,2}[/\\]|~|[A-Za-z]:\\).*|\S+\.[A-Za-z]\w{0,4}|\S.*\.(?:txt|text|md)", re.I)
"""A text that is more likely the name of a file than a transcript."""

_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # it begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""By the byte order mark at the beginning of a file."""


class FileCaptions(NamedTuple):
    """The captions of a file: SubRip or WebVTT, and a note on what is wrong with them; "": nothing is."""

    text: str
    note: str


def caption_file(audio: Path, text: str, speaker: str, output: Path | None, rate: int | None) -> FileCaptions:
    """Return the captions of an audio file, in any format that libsndfile reads.

    text: the transcript, the name of a file that holds it, or "-" for the standard input. speaker: the name in the
    captions. output: the file that they are for, whose suffix tells the format; None: WebVTT. rate: the sample rate, in
    Hz, of a file without a header.

    Raises:
        UsageError: a file can't be read, or holds no audio or text; or an output of another kind, or where no file can
            be written.

    """
    suffix = ".vtt" if output is None else output.suffix.lower()
    if suffix not in _WRITERS:
        raise UsageError(f"{output} is for captions of which kind? Let its name end in .vtt (WebVTT) or .srt (SubRip)")
    if output is not None:
        check_writable(output)
    transcript = _transcript(text)
    pcm, rate = _read(audio, rate)
    aligned = align_clip(pcm, transcript, rate)
    captions = aligned.captions
    end = to_seconds(len(pcm), rate)
    written = _WRITERS[suffix]([Utterance(_typed(speaker), 0.0, end, captions)])
    return FileCaptions(written, "\n".join(filter(None, [_missing(captions, end), aligned.misfit])))


def _missing(captions: Sequence[Caption], end: float) -> str:
    """Say how many words were not found in audio that ends at `end`; "": none."""
    words = [caption for caption in captions if any(map(str.isalnum, caption.text))]
    missing = sum(word.start >= end for word in words)
    if not missing:
        return ""
    return f"{missing} of {len(words)} words were not found in the audio: is the text what is said in it?"


def _read(audio: Path, rate: int | None) -> tuple[Pcm, int]:
    """The audio of a file as mono, and its sample rate."""
    headerless = audio.suffix.lower() in _HEADERLESS
    if headerless and rate is None:
        raise UsageError(f"{audio} has no header that tells its sample rate: pass it, as in --rate 24000")
    if rate is not None and not headerless:
        raise UsageError(f"{audio} tells its sample rate itself: leave --rate out, which is for .raw files")
    layout = {"format": "RAW", "samplerate": rate, "channels": 1, "subtype": "PCM_16", "endian": "LITTLE"}
    try:
        source, given = (native_path(audio), layout) if headerless else (readable(audio), {})
        with soundfile.SoundFile(source, **given) as file:
            pcm, file_rate, channels = joined(list(_blocks(file, audio))), file.samplerate, file.channels
    except soundfile.LibsndfileError as unreadable:
        raise UsageError(f"{audio} can't be read as audio: {unreadable.error_string}") from unreadable
    except OSError as unreadable:
        raise UsageError(f"{audio} can't be read as audio: {unreadable.strerror or unreadable}") from unreadable
    if not len(pcm):
        raise UsageError(f"{audio} holds no audio: it has no samples")
    if not pcm.any():
        cancelled = "; its channels may cancel each other: give one of them" if channels > 1 else ""
        seconds = to_seconds(len(pcm), file_rate)
        raise UsageError(f"{audio} holds {seconds:.1f} s of silence, and no voice to caption{cancelled}")
    return pcm, file_rate


def _blocks(file: soundfile.SoundFile, audio: Path) -> Iterator[Pcm]:
    """Read mono audio of the file `audio`; a block at a time, for an hour of floats is a gigabyte."""
    while len(samples := file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
        if not np.isfinite(samples).all():
            raise UsageError(f"{audio} is damaged: some of its samples are no numbers (NaN or infinite)")
        yield to_pcm(samples.mean(axis=1))


def _transcript(text: str) -> str:
    """The transcript that an argument is, or that the file of this name holds, or the standard input for "-"."""
    if text == _STANDARD_INPUT:
        transcript = _decoded(sys.stdin.buffer.read(), "the standard input").strip()
        if not transcript:
            raise UsageError("the standard input holds no text")
        return transcript
    try:
        is_file = Path(text).is_file()
    except (OSError, ValueError):  # too long for a file name, or with characters that none has: it is the transcript
        is_file = False
    if not is_file and _FILE_NAME.fullmatch(text):
        raise UsageError(f"there is no text file {text} (if this is the transcript itself, put a space before it)")
    transcript = (_read_text(Path(text)) if is_file else _typed(text)).strip()
    if not transcript:
        raise UsageError(f"{text} holds no text" if is_file else "the transcript is empty")
    return transcript


def _typed(argument: str) -> str:
    """An argument as it was typed in UTF-8, also where the locale is another and Python could not decode it."""
    return argument if argument.isascii() else os.fsencode(argument).decode("utf-8", "replace")


def _read_text(path: Path) -> str:
    try:
        return _decoded(path.read_bytes(), str(path))
    except OSError as unreadable:
        raise UsageError(f"{path} can't be read: {unreadable}") from unreadable


def _decoded(data: bytes, name: str) -> str:
    """The text that `data` holds; it was read from `name`."""
    encoding = next((encoding for mark, encoding in _ENCODINGS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as unreadable:
        raise UsageError(
            f"{name} can't be read as text in UTF-8, nor as UTF-16 or UTF-32 with a byte order mark: {unreadable}"
        ) from unreadable
