"""Writes a recording: the wire, the audio as it was heard, and the captions. `connect(record=FOLDER)` uses it."""

from __future__ import annotations

import logging
import os
import threading
import wave
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from queue import Queue
from typing import BinaryIO

from .._runtime import clock
from .._runtime.private_files import create_private, make_private_folder
from ..audio._pcm import FRAME_BYTES, WIRE_RATE, Pcm, to_bytes, to_frames
from ..audio._session_formats import SERVICE_FORMATS, Formats
from ..captions._export import Utterance, to_vtt
from ..errors import UsageError
from ._event_log import Direction, EventLog
from ._lines import LineBuilder, Lines
from ._stereo import Channel, StereoMixer

log = logging.getLogger(__name__)

EVENTS, AUDIO, CAPTIONS = "events.jsonl", "conversation.wav", "captions.vtt"
"""The files of a recording."""

_QUEUE_JOBS = 20_000
"""Writes that may wait for the disk before they block the event loop: about two minutes of a session."""

_CLOSE_SECONDS = 10.0
"""How long `close` waits for a stalled disk; a working one takes milliseconds."""


class Recorder:
    """Writes three files into a folder while a session runs. It is a `Tap`: `connect(tap=Recorder(folder))`.

    - `events.jsonl`: every frame of the wire in both directions, credentials masked.
    - `conversation.wav`: stereo, 24 kHz, int16; the user on the left, the assistant on the right, on one timeline, as
      it was heard, with its silences and cuts. Its header is correct after every write, so it plays after a crash.
    - `captions.vtt`: WebVTT of both sides, each word at the time it was heard. An utterance is written when it has
      ended, so it is there after a crash; `close` brings them in order.

    Only the user of this process can read them. They are new files: nothing is overwritten, and no link is followed.

    Create it, and call its methods, on the event loop; each returns at once. A thread of the recorder writes the files.
    If the disk fails, the recording ends with an error in the log, and the session goes on.

    Args:
        folder: is created, for this user alone, if it does not exist.
        formats: the session's audio formats; their rates are those of the audio that `captured` and `heard` are given.
        make_lines: makes the builder of caption lines, from a wall-clock time that theirs count from.

    Raises:
        UsageError: the folder can't be written, already holds a recording, is a link, or belongs to another user.

    """

    def __init__(
        self, folder: str | Path, formats: Formats = SERVICE_FORMATS, *,
        make_lines: Callable[[float], Lines] = LineBuilder,
    ) -> None:  # fmt: skip
        self._folder = Path(folder)
        self._epoch = clock.wall()  # wall-clock time of frame 0
        self._lines = make_lines(self._epoch)
        self._rates = {Channel.USER: formats.input.rate, Channel.ASSISTANT: formats.output.rate}
        self._stereo = StereoMixer(self._rates)
        self._files = ExitStack()
        self._events, self._audio, self._captions = _open(self._folder, self._files)
        self._jobs: Queue[Callable[[], None] | None] = Queue(_QUEUE_JOBS)  # None: no more will come
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._writer.start()

    def sent(self, text: str) -> None:
        """Record a frame that is sent to the server."""
        self._record_frame("client", text)

    def received(self, frame: bytes | str) -> None:
        """Record a frame that the server sent."""
        self._record_frame("server", frame)

    def captured(self, at: float, pcm: Pcm) -> None:
        """Record the microphone's audio.

        Args:
            at: wall-clock time, in seconds, at which the first frame was captured.
            pcm: int16, shape (frames,), at the rate of the input format; copied.

        """
        self._record_audio(Channel.USER, at, pcm)

    def heard(self, at: float, pcm: Pcm) -> None:
        """Record the speaker's audio.

        Args:
            at: wall-clock time, in seconds, at which the first frame left the converter.
            pcm: int16, shape (frames,), at the rate of the output format; copied.

        """
        self._record_audio(Channel.ASSISTANT, at, pcm)

    def emitted(self, event: object) -> None:
        """Record the words that an event of the session reports; kinds without words are ignored."""
        self._lines.on_event(event)
        if (line := self._lines.ended_by(event)) is not None:
            self._enqueue(partial(self._append, line))

    def close(self) -> None:
        """Write the rest of the audio, and the captions; a second call does nothing.

        Waits for the disk, for at most 10 seconds.
        """
        self._enqueue(partial(self._finish, self._lines.build()))
        self._enqueue(None)
        self._closed = True
        self._writer.join(_CLOSE_SECONDS)
        if self._writer.is_alive():
            log.warning("the disk has stalled: %s is incomplete", self._folder)

    def _record_frame(self, direction: Direction, frame: bytes | str) -> None:
        self._enqueue(partial(self._events.write, clock.wall() - self._epoch, direction, frame))

    def _record_audio(self, channel: Channel, at: float, pcm: Pcm) -> None:
        # A copy, because the caller may reuse its buffer before the thread has written it.
        self._enqueue(partial(self._place, channel, to_frames(at - self._epoch, self._rates[channel]), pcm.copy()))

    def _enqueue(self, job: Callable[[], None] | None) -> None:
        if not self._closed:
            self._jobs.put(job)

    # The methods below run in the writer's thread.

    def _write(self) -> None:
        jobs = iter(self._jobs.get, None)
        try:
            with self._files:
                for job in jobs:
                    job()
                    if self._jobs.empty():
                        self._events.flush()
                        self._captions.flush()
        except Exception as error:  # no failure of a recording ends the session
            log.error("the recording in %s ends here: %s: %s", self._folder, type(error).__name__, error)
            for _ in jobs:
                pass  # a full queue would block the event loop

    def _place(self, channel: Channel, due_frames: int, pcm: Pcm) -> None:
        for block in self._stereo.place(channel, due_frames, pcm):
            self._audio.writeframes(to_bytes(block))

    def _append(self, line: Utterance) -> None:
        self._captions.write(to_vtt([line]).removeprefix(to_vtt([])).encode())

    def _finish(self, lines: Sequence[Utterance]) -> None:
        for block in self._stereo.finish():
            self._audio.writeframes(to_bytes(block))
        self._captions.seek(0)
        self._captions.truncate()
        self._captions.write(to_vtt(lines).encode())


def _open(folder: Path, files: ExitStack) -> tuple[EventLog, wave.Wave_write, BinaryIO]:
    """Open the files of a recording, all at once: no other process can put a link in the place of a later one."""
    with ExitStack() as opened:
        try:
            make_private_folder(folder)
            if any(os.path.lexists(folder / name) for name in (EVENTS, AUDIO, CAPTIONS)):
                raise UsageError(f"{folder} already holds a recording: name another folder")
            events = opened.enter_context(closing(EventLog(folder / EVENTS)))
            audio, captions = (opened.enter_context(create_private(folder / name)) for name in (AUDIO, CAPTIONS))
        except OSError as error:
            raise UsageError(f"can't record into {folder}: {error.strerror}") from error
        captions.write(to_vtt([]).encode())
        files.push(opened.pop_all())
    return events, files.enter_context(_wav(audio)), captions


def _wav(file: BinaryIO) -> wave.Wave_write:
    # The standard library's writer, because it corrects the header after every write; libsndfile does so on close.
    wav = wave.Wave_write(file)
    wav.setnchannels(len(Channel))
    wav.setsampwidth(FRAME_BYTES)
    wav.setframerate(WIRE_RATE)
    return wav
