"""One content part of an assistant's message: its text and, where it is spoken, its sound and its captions."""

from __future__ import annotations

from dataclasses import replace

from ..audio import Pcm, to_seconds
from ..captions import Caption, TranscriptAligner
from ..playout import Segment, SegmentState
from .settings import Follower, MessageSettings


class Part:
    """A text and, where the part is spoken, the segment and the aligner that belong to it alone."""

    def __init__(self, item_id: str, index: int, settings: MessageSettings) -> None:
        self.index = index
        self.segment: Segment | None = None  # None: no sound has come for it
        self.text = ""  # as generated so far
        self.text_ended = False
        self.sound_ended = False  # the server sends no more of it
        self.forgotten = False  # the server holds its text no more
        self._item_id = item_id
        self._rate = settings.rate
        self._aligner = TranscriptAligner(settings.rate, item_id=item_id)
        # Whoever listens for its words; None: nobody does, or not any more.
        self._follower: Follower | None = settings.follow(self._aligner) if settings.follow else None

    @property
    def spoken(self) -> bool:
        """Whether sound has come for it."""
        return self.segment is not None and self.segment.received > 0

    @property
    def sound_over(self) -> bool:
        """Whether no more of it will be heard."""
        return self.segment is None or self.segment.settled

    @property
    def cut(self) -> bool:
        """Whether its sound was stopped: nothing behind it will be heard or shown."""
        return self.segment is not None and self.segment.state is SegmentState.CUT

    @property
    def heard(self) -> float:
        """Seconds of it that were heard."""
        return to_seconds(self.segment.heard, self._rate) if self.segment else 0.0

    @property
    def duration(self) -> float:
        """Seconds of it that were received."""
        return to_seconds(self.segment.received, self._rate) if self.segment else 0.0

    def add_text(self, delta: str, start: float | None, end: float | None) -> bool:
        """Take the next piece of text, with the times of its sound where the provider gives them; False: too late."""
        if self.text_ended:
            return False
        self.text += delta
        self._aligner.push_text(delta, start, end)
        if self._follower is not None:
            self._follower.push_text(delta)
        return True

    def presume_complete(self) -> None:
        """All of it has come, as far as can be known: its captions need not wait until the server says so."""
        self.end_audio()
        self._end_text(None)

    def end_text(self, text: str | None) -> str:
        """The text is complete; `text` is the whole, where the server repeats it. Returns what the deltas lacked."""
        if self.text_ended:
            return ""
        self.text_ended = True
        text = text or self.text  # an empty repetition says nothing
        rest = text.removeprefix(self.text) if text.startswith(self.text) else ""
        self._end_text(text)
        self.text = text
        return rest

    def begin_sound(self) -> Segment:
        """Make the segment that its sound goes to."""
        self.segment = Segment(self._item_id, self.index, self._rate)
        return self.segment

    def add_audio(self, data: bytes, at: float) -> Pcm:
        """Take the next sound of the wire, at wall-clock seconds `at`; returns its whole frames (none: too late)."""
        assert self.segment is not None
        pcm = self.segment.receive(data, at)
        if pcm.size:
            self._aligner.push_audio(pcm)
            if self._follower is not None:
                self._follower.push_audio(pcm)
        return pcm

    def end_audio(self) -> None:
        """The sound is complete."""
        self.sound_ended = True
        if self.segment is not None:
            self.segment.end()
        self._aligner.end_audio()
        if self._follower is not None:
            self._follower.end_audio()

    def let_go(self) -> None:
        """Nobody waits for its captions any more."""
        self._follower = None
        self._aligner.let_go()

    def captions(self, first_index: int, offset: float, *, aloud: bool) -> list[Caption]:
        """The captions that have become audible since the last call.

        `first_index` and `offset` are the captions and the seconds of the item's parts before this one; `aloud`: the
        session plays it.
        """
        if self._follower is not None and not self.sound_over:
            self._follower.look(self.heard)
        fresh = self._fresh(aloud=aloud)
        if not first_index and not offset:
            return fresh
        return [
            replace(caption, index=first_index + n, start=caption.start + offset, end=caption.end + offset)
            for n, caption in enumerate(fresh)
        ]

    def _end_text(self, text: str | None) -> None:
        self._aligner.end_text(text)
        if self._follower is not None:
            self._follower.end_text()

    def _fresh(self, *, aloud: bool) -> list[Caption]:
        state = self.segment.state if self.segment else None
        if not aloud or state is SegmentState.HEARD or (state is None and self.sound_ended):
            # Nothing more is to be heard: text is shown as it comes.
            return self._aligner.flush() if self.text_ended else self._aligner.due(self.heard)
        if state is SegmentState.PLAYING:
            return self._aligner.due(self.heard)
        if state is SegmentState.CUT and self.heard:
            return self._aligner.finish(self.heard)
        return []
