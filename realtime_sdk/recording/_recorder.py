"""Writes a recording: the wire, the session's events, the audio as it was heard, and the captions.

`connect(record=FOLDER)` uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from .._runtime import clock
from ..audio._pcm import FRAME_BYTES, Pcm, to_frames, to_seconds
from ..audio._session_formats import SERVICE_FORMATS, Formats
from ..captions._utterance import Utterance
from ..conversation._sdk_events import CaptionShown, RecordingFailed, RecordingRestored
from ..errors import UsageError
from ._content import Content
from ._event_log import Direction
from ._heard_times import HeardTimes
from ._lines import LineBuilder, Lines
from ._open_files import OpenFiles, open_files
from ._sdk_event_log import NOT_WRITTEN, describe
from ._stereo import Channel
from ._writer import Disk, Writer

CAPTION_SECONDS: Final = 1.0
"""Between two updates of an utterance that goes on in the captions: so much a crash may cost."""

IDLE_SECONDS: Final = 0.5
"""After the last audio: its end is then written, which otherwise waits for more."""

_EVENT_BYTES: Final = 1000
"""About what an event of the session, or an update of the captions, holds while it waits."""


class Recorder:
    """Writes four files into a folder while a session runs. It is a `Tap`: `connect(tap=Recorder(folder))`.

    - `events.jsonl`: every frame of the wire in both directions, credentials masked.
    - `sdk_events.jsonl`: every event of the session, but for the levels.
    - `conversation.wav`: stereo, 24 kHz, int16; the user on the left, the assistant on the right, on one timeline, as
      it was heard, with its silences and cuts.
    - `captions.vtt`: WebVTT of both sides, each word at the time it was heard; `close` brings the cues in order.

    All are written as things happen: after a crash each is valid, and lacks the last second at most. Only the user of
    this process can read them. They are new files: nothing is overwritten, and no link is followed.

    Create it, and call its methods, on the event loop; each returns at once. A thread of the recorder writes the files.
    A disk that stalls, or is full, is reported (`RecordingFailed`, `RecordingRestored`) and tried again; up to 64 MB
    wait for it, about four minutes of a talk, and what comes then is dropped. The session goes on. `connect` waits for
    the files to be opened (`wait_opened`), and raises a `UsageError` if they can't be.

    Args:
        folder: is created, for this user alone, if it does not exist.
        formats: the session's audio formats; their rates are those of the audio that `captured` and `heard` are given.
        make_lines: makes the builder of caption lines, from a wall-clock time that theirs count from.


    Raises:
        UsageError: `folder` is empty.

    """

    reads_levels = False  # they are not written

    def __init__(
        self, folder: str | Path, formats: Formats = SERVICE_FORMATS, *,
        make_lines: Callable[[float], Lines] = LineBuilder,
    ) -> None:  # fmt: skip
        if not str(folder):
            raise UsageError("record is empty: name a folder, such as 'talks/1', or pass None")
        self._folder = str(folder)
        self._epoch = clock.wall()  # wall-clock time of frame 0
        self._lines = make_lines(self._epoch)
        self._shown_at = self._epoch  # when the captions were last updated
        self._has_unshown_words = False  # an event came since then
        self._rates = {Channel.USER: formats.input.rate, Channel.ASSISTANT: formats.output.rate}
        self._placed_at: float | None = None  # when audio was last recorded; None: all of it is written to its end
        self._heard_times = HeardTimes(formats.output.rate)
        self._disk = Disk.WRITES  # as last reported
        self._writer = Writer(self._folder, partial(open_files, Path(folder), self._epoch, self._rates))

    async def wait_opened(self) -> None:
        """Wait until the files are open; for a disk that has stalled, 2 seconds at most, and it is reported then.

        Raises:
            UsageError: the folder can't be written, already holds a recording, is a link, or belongs to another user.

        """
        await self._writer.wait_opened()

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
        self._heard_times.add(at, len(pcm))
        self._record_audio(Channel.ASSISTANT, at, pcm)

    def emitted(self, event: Any) -> None:
        """Record an event of the session, and the words that it reports."""
        if isinstance(event, NOT_WRITTEN):
            return
        at = clock.wall()
        if isinstance(event, CaptionShown) and (started_at := event.item.playout.started_at) is not None:
            # It is shown once its word is audible: how long after that depends on when its text came.
            event = replace(event, at=self._heard_times.time_of(started_at, event.caption.start))
        line = describe(event, at, self._epoch)
        self._writer.put(lambda files: files.sdk_events.write(line), Content(events=1), _EVENT_BYTES, words=True)
        self._lines.on_event(event)
        ended = self._lines.ended_by(event)
        self._has_unshown_words = True
        if ended is not None or at - self._shown_at >= CAPTION_SECONDS:
            self._update_captions(at, ended)

    def reports(self) -> Sequence[RecordingFailed | RecordingRestored]:
        """Return the event for a change of the disk's state that was not reported yet.

        A session calls it at least every half second, and so it writes the last audio and words, behind which none
        have come.
        """
        at = clock.wall()
        if self._placed_at is not None and at - self._placed_at >= IDLE_SECONDS:
            self._placed_at = None
            self._writer.put(lambda files: files.sound.show_end(), Content(), 0)
        if self._has_unshown_words and at - self._shown_at >= CAPTION_SECONDS:
            self._update_captions(at)
        disk, reason = self._writer.disk
        if disk is self._disk:
            return []
        self._disk = disk
        if disk is not Disk.WRITES:
            return [RecordingFailed(at, self._folder, reason)]
        dropped = self._writer.take_dropped()
        return [RecordingRestored(at, self._folder, dropped.audio, dropped.frames, dropped.events)]

    def left(self) -> None:
        """Record that the application begins to end the session."""
        t = clock.wall() - self._epoch
        self._writer.put(lambda files: files.events.write_end(t), Content(events=1), _EVENT_BYTES, words=True)

    def close(self) -> None:
        """End the recording; what waits for the disk is written by the thread. A second call does nothing."""
        lines = self._lines.build()
        self._writer.put(lambda files: self._finish(files, lines), Content(captions=1), _EVENT_BYTES, words=True)
        self._writer.close()

    async def wait_closed(self) -> None:
        """Wait until all is written once `close` was called; for a disk that has stalled, 3 seconds at most."""
        await self._writer.wait_closed()

    def _update_captions(self, at: float, ended: Utterance | None = None) -> None:
        """Write the line that has ended, if one has, and those that go on. at: wall-clock time."""
        self._shown_at, self._has_unshown_words = at, False
        current = self._lines.current()
        captions = Content(captions=1)
        self._writer.put(lambda files: files.captions.update(ended, current), captions, _EVENT_BYTES, words=True)

    def _record_frame(self, direction: Direction, frame: bytes | str) -> None:
        t = clock.wall() - self._epoch
        self._writer.put(lambda files: files.events.write(t, direction, frame), Content(frames=1), len(frame))

    def _record_audio(self, channel: Channel, at: float, pcm: Pcm) -> None:
        rate = self._rates[channel]
        due_frames = to_frames(at - self._epoch, rate)
        copy = pcm.copy()  # because the caller may reuse its buffer before the thread has written it
        content = Content(audio=to_seconds(len(pcm), rate))
        self._placed_at = clock.wall()
        self._writer.put(lambda files: files.sound.place(channel, due_frames, copy), content, FRAME_BYTES * len(pcm))

    def _finish(self, files: OpenFiles, lines: Sequence[Utterance]) -> None:
        """Write the captions in order, and the rest of the audio; in the thread."""
        files.captions.finish(lines)
        files.sound.finish()
