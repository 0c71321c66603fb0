"""The content of a message: its parts in order, and what was generated, received and heard of them together."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from ...playback._heard_runs import Run
from ...playback._segment import Segment, SegmentState
from .._settings import MessageSettings
from ._part import Part
from ._playout import Playout
from ._remote_playout import RemotePlayout

_INDEX: Final = attrgetter("index")


class Content:
    """The parts of a message by content index, each made when the first event names it."""

    def __init__(self, item_id: str, settings: MessageSettings, *, played_locally: bool) -> None:
        self.played_locally = played_locally  # the session plays it; else its text is shown as it comes
        self.presumed_complete: bool = False  # a later message is heard, so this one has come in full
        self.audio_missing: bool = False  # some of its audio could not be decoded, or came too late
        self.audio_ended: bool = False  # the server has ended the item
        self.text_ended: bool = False  # the server has ended the item, and its response
        self.abandoned: bool = False  # the server sends no more of the item, which it had not ended
        self.remote: RemotePlayout | None = None  # of a message of a joined call; None: it is of none
        self._item_id = item_id
        self._settings = settings
        self._by_index: dict[int, Part] = {}
        self._parts: list[Part] = []  # in the order of their indices, which need not be that of their arrival
        self._audible: list[Part] = []  # those of them of which there may be something to hear or show
        self._begun: list[Segment] = []  # of the parts that have audio, in the order in which they are played
        self._silent = 0  # of these segments: the first that have ended, and never sounded
        self._settled = 0  # the first audible parts of which nothing more comes: they are not looked at again
        self._settled_heard = 0.0  # seconds of them that were heard
        self.reordered: int = 0  # parts so far that became audible in front of a settled one

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[Part]:
        """The parts in their order."""
        return iter(self._parts)

    def parts_from(self, place: int) -> Iterator[tuple[int, Part]]:
        """The audible parts from a place on, with their places.

        A part whose transcript has come, and whose audio may follow, is not among them: there may be thousands.
        """
        while place < len(self._audible):
            yield place, self._audible[place]
            place += 1

    def count_heard(self) -> None:
        """Count the frames that were heard until now: they are counted less often than an application may look."""
        self._settings.count_heard()

    def get(self, index: int) -> Part | None:
        """The part at `index`, if there is one."""
        return self._by_index.get(index)

    def indices(self, described: int) -> Sequence[int]:
        """The indices of the parts, of which the server describes this many in order; its deltas may count from one."""
        return [part.index for part in self] if len(self) == described else range(described)

    def part(self, index: int) -> Part:
        """The part at `index`, made if it is new."""
        part = self._by_index.get(index)
        if part is None:
            if len(self) == 1:
                self._settings.changed += self.segments  # beside another part, it is not all that its message waits for
            part = self._by_index[index] = Part(self._item_id, index, self._settings)
            insort(self._parts, part, key=_INDEX)
            if not self.played_locally:
                self._add_audible(part)
            if self.audio_ended:
                self.end_audio(part)
            if self.text_ended:
                part.end_text(None)
        return part

    def begin_audio(self, part: Part) -> Segment:
        """Make the segment of a part."""
        segment = part.begin_audio()
        self._begun.append(segment)
        self._add_audible(part)
        return segment

    def end_audio(self, part: Part) -> None:
        """The audio of a part is complete; if there is none, its text is shown without."""
        part.end_audio()
        self._add_audible(part)

    def _add_audible(self, part: Part) -> None:
        """There may be something to hear or show of a part from now on."""
        place = bisect_left(self._audible, part.index, key=_INDEX)
        if place < len(self._audible) and self._audible[place] is part:
            return
        self._audible.insert(place, part)
        if place < self._settled:
            self._settled, self._settled_heard = 0, 0.0
            self.reordered += 1

    @property
    def settled(self) -> int:
        """How many of the first audible parts are settled: nothing more of them will be heard or shown."""
        for _, part in self.parts_from(self._settled):
            if not (part.text_ended and self._has_all_audio(part) and self.is_part_finished(part)):
                break
            self._settled += 1
            self._settled_heard += part.heard
        return self._settled

    @property
    def text(self) -> str:
        """The text as generated so far."""
        return "".join(part.text for part in self)

    @property
    def server_text(self) -> str:
        """The text of the parts that the server did not truncate."""
        return "".join(part.text for part in self if not part.truncated_on_server)

    @property
    def segments(self) -> list[Segment]:
        """The segments of the parts that have audio."""
        return [part.segment for part in self if part.segment is not None]

    @property
    def has_audio(self) -> bool:
        """Whether any audio has come."""
        return any(part.has_audio for part in self)

    @property
    def heard(self) -> float:
        """Seconds of audio that were heard."""
        return sum((part.heard for _, part in self.parts_from(self.settled)), self._settled_heard)

    @property
    def runs(self) -> list[Run]:
        """The runs in which its audio was heard."""
        if self.remote is not None:
            return [] if self.remote.started_at is None else [Run(0.0, self.remote.started_at)]
        runs, before = list[Run](), 0.0
        for part in self:
            heard = part.segment.runs if part.segment else ()
            runs += [Run(before + run.position, run.origin - before) for run in heard]
            before += part.duration
        return runs

    @property
    def unheard(self) -> float:
        """Seconds of audio that were received, and not heard yet."""
        return sum((part.duration - part.heard for part in self), 0.0)

    @property
    def heard_in_full(self) -> bool:
        """Whether all of the audio so far was heard; the text, and the end, may still be on the way."""
        return self.has_audio and all(segment.state is SegmentState.HEARD for segment in self.segments)

    @property
    def started_at(self) -> float | None:
        """Wall-clock seconds of the first frame heard; None: none was."""
        if self.remote is not None:
            return self.remote.started_at
        while self._silent < len(self._begun):
            segment = self._begun[self._silent]
            if segment.started_at is not None or not segment.finished:
                return segment.started_at
            self._silent += 1
        return None

    @property
    def is_complete(self) -> bool:
        """Whether the text and the audio of each part have come to their ends."""
        return all(part.text_ended and (part.audio_ended or part.segment is None) for part in self)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more of it will be heard or shown."""
        if self.remote is not None and not self.remote.ended and (self.remote.reported or not self.text_ended):
            return False  # a server that has reported no audio by the end of the response reports none
        ended = self.audio_ended or self.presumed_complete
        return ended and all(self.is_part_finished(part) for _, part in self.parts_from(self.settled))

    def is_part_finished(self, part: Part) -> bool:
        """Whether nothing more of a part will be heard or shown."""
        return (part.text_ended or self.presumed_complete) and (part.audio_finished or not self.played_locally)

    def _has_all_audio(self, part: Part) -> bool:
        """Whether no more audio of a part matters."""
        return part.audio_ended or not (self.played_locally or part.has_audio)

    def is_part_missing(self, part: Part) -> bool:
        """Whether the audio of a part was lost on the way, or never made, so that its text was never heard."""
        return (self.audio_missing or (self.abandoned and self.played_locally)) and part.lacks_audio

    def is_cut(self, status: str | None) -> bool:
        """Whether some of an item of this status was not heard, or never made."""
        if self.abandoned or any(part.cut for part in self):
            return True
        if self.remote is not None:
            return self.remote.cut
        if not self.played_locally and status == "incomplete":
            return True
        return (self.audio_ended or self.presumed_complete) and any(self.is_part_missing(part) for part in self)

    def presume_complete(self) -> None:
        """Treat it as received in full, though the server may confirm that much later."""
        self.presumed_complete = True
        for part in self:
            self.end_audio(part)
            part.presume_complete()

    def break_off(self) -> None:
        """The server sends no more of the item, which it had not ended."""
        self.abandoned = True
        for part in self:
            part.break_off()

    def end(self, *, text: bool) -> None:
        """The server has ended the item; `text`: its text is complete, too."""
        self.audio_ended = True
        for part in self:
            self.end_audio(part)
            if text:
                part.end_text(None)
        self.text_ended = text

    def playout(self, *, interrupted: bool, transcript: str) -> Playout:
        """What was heard of it so far."""
        if (remote := self.remote) is not None:
            position, started_at, finished_at = remote.position, remote.started_at, remote.finished_at
            return Playout(self._item_id, started_at, finished_at, position, position, interrupted, transcript)
        segments = self.segments
        until = [segment.heard_until for segment in segments if segment.heard_until is not None]
        return Playout(
            item_id=self._item_id,
            started_at=self.started_at,
            finished_at=until[-1] if until else None,
            position=sum((part.heard for part in self), 0.0),
            duration=sum((part.duration for part in self), 0.0),
            interrupted=interrupted,
            transcript=transcript,
            latency=next((segment.latency for segment in segments if segment.latency is not None), None),
            underruns=sum(segment.underruns for segment in segments),
        )
