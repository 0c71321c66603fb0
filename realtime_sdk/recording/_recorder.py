"""What `connect(record=FOLDER)` keeps of a talk: what went over the wire, what was heard, and what was shown."""

from __future__ import annotations

import logging
import threading
import wave
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import Queue

from .._runtime import clock
from ..audio._formats import SERVICE_FORMATS, Formats
from ..audio._pcm import FRAME_BYTES, WIRE_RATE, Pcm, to_bytes, to_frames
from ..captions._export import Line, to_vtt
from ..conversation._sdk_events import SdkEvent
from ..errors import UsageError
from ._event_log import Direction, EventLog
from ._lines import Lines
from ._stereo import Channel, Stereo

log = logging.getLogger(__name__)

EVENTS, SOUND, CAPTIONS = "events.jsonl", "conversation.wav", "captions.vtt"
"""The files of a recording."""

_QUEUE_JOBS = 20_000
"""How far the disk may fall behind before it holds up the talk: some two minutes."""

_CLOSING_SECONDS = 10.0
"""How long `close` waits for a disk that has stalled; one that works takes milliseconds."""


class Recorder:
    """Writes a folder with three files as a session goes along.

    - `events.jsonl`: both directions of the wire, without credentials.
    - `conversation.wav`: stereo, 24 kHz, int16; the user left, the assistant right, on the playback timeline: as it was
      heard, with its silences and cuts. Its header is right after every write, so a crash leaves a file that plays.
    - `captions.vtt`: the words, each at the time it was heard; written on `close`.

    Made and called on the event loop, where every method returns at once; a thread of its own does the writing. If the
    disk fails, the recording ends with a line in the log, and the talk goes on.

    Raises `UsageError` if the folder can't be written, or already holds a recording.
    """

    def __init__(self, folder: str | Path, formats: Formats = SERVICE_FORMATS) -> None:
        self.folder: Path = Path(folder)
        self._epoch = clock.wall()  # the wall time of frame 0
        self._lines = Lines(self._epoch)
        self._rates = {Channel.USER: formats.input.rate, Channel.ASSISTANT: formats.output.rate}
        self._stereo = Stereo(self._rates)
        self._events, self._sound = _open(self.folder)
        self._jobs: Queue[Callable[[], None] | None] = Queue(_QUEUE_JOBS)  # None: no more will come
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._writer.start()

    def sent(self, text: str) -> None:
        """Keep a frame that goes to the server."""
        self._keep_frame("client", text)

    def received(self, frame: bytes | str) -> None:
        """Keep a frame that came from the server."""
        self._keep_frame("server", frame)

    def captured(self, at: float, pcm: Pcm) -> None:
        """Keep sound of the microphone, whose first frame was captured at wall time `at`."""
        self._keep_sound(Channel.USER, at, pcm)

    def heard(self, at: float, pcm: Pcm) -> None:
        """Keep sound of the speaker, whose first frame left the converter at wall time `at`."""
        self._keep_sound(Channel.ASSISTANT, at, pcm)

    def noticed(self, event: SdkEvent) -> None:
        """Take down what was said and shown."""
        self._lines.notice(event)

    def close(self) -> None:
        """Write out the rest and the captions; harmless if repeated."""
        self._put(partial(self._finish, self._lines.lines()))
        self._put(None)
        self._closed = True
        self._writer.join(_CLOSING_SECONDS)
        if self._writer.is_alive():
            log.warning("the disk has stalled: %s is not written to the end", self.folder)

    def _keep_frame(self, direction: Direction, frame: bytes | str) -> None:
        self._put(partial(self._events.write, clock.wall() - self._epoch, direction, frame))

    def _keep_sound(self, channel: Channel, at: float, pcm: Pcm) -> None:
        # A copy, because the caller may use its buffer again before the thread comes to it.
        self._put(partial(self._lay, channel, to_frames(at - self._epoch, self._rates[channel]), pcm.copy()))

    def _put(self, job: Callable[[], None] | None) -> None:
        if not self._closed:
            self._jobs.put(job)

    # From here on: the writer's thread.

    def _write(self) -> None:
        jobs = iter(self._jobs.get, None)
        try:
            with closing(self._events), self._sound:
                for job in jobs:
                    job()
                    if self._jobs.empty():
                        self._events.flush()
        except Exception as error:  # whatever it is, the talk goes on
            log.error("the recording in %s ends here: %s: %s", self.folder, type(error).__name__, error)
            for _ in jobs:
                pass  # a full queue would hold up the talk

    def _lay(self, channel: Channel, due_frames: int, pcm: Pcm) -> None:
        for block in self._stereo.lay(channel, due_frames, pcm):
            self._sound.writeframes(to_bytes(block))

    def _finish(self, lines: Sequence[Line]) -> None:
        for block in self._stereo.finish():
            self._sound.writeframes(to_bytes(block))
        (self.folder / CAPTIONS).write_text(to_vtt(lines), encoding="utf-8", newline="\n")


def _open(folder: Path) -> tuple[EventLog, wave.Wave_write]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any((folder / name).exists() for name in (EVENTS, SOUND, CAPTIONS)):
            raise UsageError(f"{folder} already holds a recording: name another folder")
        return EventLog(folder / EVENTS), _new_wav(folder / SOUND)
    except OSError as error:
        raise UsageError(f"can't record into {folder}: {error.strerror}") from error


def _new_wav(path: Path) -> wave.Wave_write:
    # The standard library's writer, because it puts the header right after every write; libsndfile does so on close.
    sound = wave.Wave_write(str(path))
    sound.setnchannels(len(Channel))
    sound.setsampwidth(FRAME_BYTES)
    sound.setframerate(WIRE_RATE)
    return sound
