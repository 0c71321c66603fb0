"""One content part of an assistant's message: its text and, where it is spoken, its audio and its captions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from ...audio._pcm import Pcm, to_seconds
from ...captions._caption import Caption
from ...playback._segment import Segment, SegmentState
from .._settings import MessageSettings
from ._deferred_aligner import DeferredAligner
from ._part_captions import PartCaptions


class Part:
    """A text and, where the part is spoken, its segment and its captions."""

    def __init__(self, item_id: str, index: int, settings: MessageSettings) -> None:
        self.index = index
        self.segment: Segment | None = None  # None: no audio has come for it
        self.text: str = ""  # as generated so far
        self.is_transcript = False  # the text is the transcript of audio, whether that has come or not
        self.text_ended: bool = False
        self.presumed_complete: bool = False  # a later message is heard, so this one has come in full
        self.audio_ended: bool = False  # the server sends no more of it
        self.broken_off: bool = False  # that ended in mid-audio: the rest of the text was never spoken
        self.truncated_on_server = False  # the server has dropped its text
        self._item_id = item_id
        self._settings = settings
        self._aligner = DeferredAligner(item_id, settings)
        self._captions = PartCaptions(item_id, settings.rate, self._aligner)

    @property
    def has_audio(self) -> bool:
        """Whether audio has come for it."""
        return self.segment is not None and self.segment.received > 0

    @property
    def lacks_audio(self) -> bool:
        """Whether it is the transcript of audio of which nothing has come."""
        return self.is_transcript and bool(self.text) and not self.has_audio

    @property
    def audio_finished(self) -> bool:
        """Whether no more of it will be heard."""
        return self.segment is None or self.segment.finished

    @property
    def cut(self) -> bool:
        """Whether its audio was cut: nothing behind it will be heard or shown."""
        return self.segment is not None and self.segment.state is SegmentState.CUT

    @property
    def heard(self) -> float:
        """Seconds of it that were heard."""
        return to_seconds(self.segment.heard, self._settings.rate) if self.segment else 0.0

    @property
    def duration(self) -> float:
        """Seconds of it that were received."""
        return to_seconds(self.segment.received, self._settings.rate) if self.segment else 0.0

    def add_text(self, delta: str, start: float | None, end: float | None) -> bool:
        """Add the next piece of text, with the times of its audio where the provider gives them; False: too late."""
        if self.text_ended:
            return False
        self.text += delta
        self._captions.push_text(delta, start, end)
        return True

    def presume_complete(self) -> None:
        """Treat it as received in full: its captions need not wait until the server confirms that."""
        if not self.text_ended:
            self._captions.end_text(None)
        self.presumed_complete = True

    def end_text(self, text: str | None) -> str:
        """The text is complete; `text` is the whole, where the server repeats it. Returns what the deltas lacked."""
        if self.text_ended:
            return ""
        self.text_ended = True
        text = text or self.text  # an empty repetition is ignored
        rest = text.removeprefix(self.text) if text.startswith(self.text) else ""
        self._captions.end_text(text)
        self.text = text
        return rest

    def begin_audio(self) -> Segment:
        """Make the segment that its audio goes to."""
        settings = self._settings
        self.segment = Segment(
            self._item_id, self.index, settings.rate, settings.changed, on_device=settings.on_heard is None
        )
        return self.segment

    def add_audio(self, data: bytes, at: float) -> Pcm:
        """Add the next audio of the wire, at wall-clock time `at`; returns its whole frames (none: too late)."""
        assert self.segment is not None
        pcm = self.segment.receive(data, at)
        if pcm.size:
            self._aligner.push_audio(pcm)
        return pcm

    def end_audio(self) -> None:
        """The audio is complete."""
        if not self.audio_ended:
            self.audio_ended = True
            self._aligner.end_audio()
        if self.segment is not None:
            self.segment.end()

    def break_off(self) -> None:
        """No more of it will come, whether it was complete or not."""
        if self.segment is not None and not self.audio_ended:
            self.broken_off = self.audio_ended = True
            self.segment.end()

    def release(self) -> None:
        """Free what captions need: none is awaited any more."""
        self._captions.release()

    def place_words(self, *, followed: bool) -> Iterator[None]:
        """Place the words that are audible by now, in short steps; `followed`: its captions are read.

        Unless they are, none are placed before the audio is heard: most may never be.
        """
        return self._aligner.prepare(self.heard) if followed or self.heard else iter(())

    @property
    def places_words(self) -> bool:
        """Whether `place_words` may have something to do."""
        return self._aligner.places_words

    def until_next_caption(self) -> float:
        """Seconds of its audio before which no caption is due; 0: that is not known."""
        if self.segment is None or self.segment.state is not SegmentState.PLAYING:
            return math.inf
        return max(0.0, self._aligner.next_due(self.heard) - self.heard)

    def captions(self, first_index: int, offset: float, *, played_locally: bool) -> list[Caption]:
        """The captions that have become audible since the last call.

        `first_index` and `offset` are the captions and the seconds of the item's parts before this one.
        `played_locally`: it is shown as it is heard; else as it comes. `place_words` has placed their words.
        """
        if not self.audio_finished:
            self._aligner.search(self.heard)
        fresh = self._fresh(played_locally=played_locally)
        if not first_index and not offset:
            return fresh
        return [
            replace(caption, index=first_index + n, start=caption.start + offset, end=caption.end + offset)
            for n, caption in enumerate(fresh)
        ]

    def _fresh(self, *, played_locally: bool) -> list[Caption]:
        state = self.segment.state if self.segment else None
        if state is SegmentState.HEARD and self.broken_off:
            return self._captions.finish(self.heard)
        if not played_locally or state is SegmentState.HEARD or (state is None and self.audio_ended):
            # No audio is left to be heard: text is shown as it comes.
            whole = self.text_ended or self.presumed_complete
            return self._captions.flush() if whole else self._captions.due(self.heard)
        if state is SegmentState.PLAYING:
            return self._captions.due(self.heard)
        if state is SegmentState.CUT and self.heard:
            return self._captions.finish(self.heard)
        return []
