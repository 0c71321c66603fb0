"""A message of the conversation: what was written, what was heard, what was shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Literal, overload

from ..audio._pcm import Pcm
from ..captions._caption import Caption
from ..captions._lines import CaptionLine
from ..playback._segment import Progress, Segment, SegmentState
from ..protocol._objects import WireItem
from ._audio_stream import AudioStream
from ._completion import Completion
from ._items import Item
from ._line_reader import LineReader
from ._part import Part
from ._playout_state import TRANSITIONS, PlayoutState
from ._playouts import Playout
from ._sdk_events import CaptionShown, PlayoutFinished, PlayoutStarted, SdkEvent
from ._settings import MessageSettings
from ._streams import ReplayableStream


class MessageItem(Item):
    """A message. The model's are heard and captioned; the user's have a transcript alone.

    Each of its parts has a segment and an aligner of its own, so nothing that happens to another item is taken for its.
    """

    type: Literal["message"]

    def __init__(
        self, wire: WireItem, settings: MessageSettings, *, number: int | None = None, aloud: bool = True
    ) -> None:
        super().__init__(wire)
        self.role: str = wire.role or "assistant"  # "user", "assistant", "system"
        self.phase = wire.phase  # "commentary", "final_answer", another word of the server's, or None
        self.number = number  # its place in the session's order of play; None: no response of this session made it
        self.aloud = aloud  # the session plays it: it is not of an out-of-band or a text response
        self.presumed_complete: bool = False  # a later message sounds, so that all of this one has come
        self.audio_lost: bool = False  # some of its sound came in a form that can't be read, or too late
        self.recognition_ended: bool = False  # what the user said in it is transcribed, once and for all
        self.deleted = False  # the server holds it no more
        self.abandoned: bool = False  # the connection ended before the server had ended it
        self.parts: dict[int, Part] = {}  # by content index
        self._settings = settings
        self._user_text = wire.text  # of a message that the model did not speak
        self._state = PlayoutState.AWAITED
        self._captions: ReplayableStream[Caption] = ReplayableStream(settings.new_event)
        self._complete = False  # the server has ended it, and its response: no text comes for another part
        self._late: list[Caption] = []  # of words that came after its playout was settled
        self._captions_wanted = False  # its captions, or what was heard of it, were asked for
        self._deltas: ReplayableStream[str] = ReplayableStream(settings.new_event)
        self._played: Completion[Playout] = Completion(settings.new_event)
        self.sound: AudioStream = AudioStream(settings)  # for the application
        if number is None:
            self._settle(Progress.COMPLETED)

    def __repr__(self) -> str:
        return f"<MessageItem {self.id} {self.role} {self.phase or ''} {self._state.name} {self.transcript[:40]!r}>"

    # What an application asks

    @property
    def transcript(self) -> str:
        """The text as generated so far; of a user's message what was recognised."""
        if not self.parts:
            return self._user_text
        return "".join(self.parts[index].text for index in sorted(self.parts))

    @property
    def heard(self) -> str:
        """The text that was audible so far (of a text-only message: that was shown)."""
        if self.number is None:
            return self.transcript
        self._want_captions()
        return "".join(caption.text for caption in [*self._captions.values, *self._late])

    @property
    def server_text(self) -> str:
        """The text that the server holds of it: nothing of a part that was truncated, whatever was heard."""
        if self.deleted or self.discarded:
            return ""
        if not self.parts:
            return self._user_text
        return "".join(part.text for _, part in sorted(self.parts.items()) if not part.truncated_on_server)

    @property
    def playout(self) -> Playout:
        """What was heard of it, as it stands; final once `played()` returns."""
        if not self._played.done:
            return self._playout(interrupted=False, transcript=self.heard)
        if self.interrupted:
            return self._played.value
        # Its text may come after all of it was heard, and the next message sounds.
        return replace(self._played.value, transcript=self.heard if self._captions_placed else self.transcript)

    @overload
    def captions(self, mode: Literal["word"] = "word") -> AsyncIterator[Caption]: ...
    @overload
    def captions(self, mode: Literal["line"]) -> AsyncIterator[CaptionLine]: ...
    def captions(self, mode: Literal["word", "line"] = "word") -> AsyncIterator[Caption] | AsyncIterator[CaptionLine]:
        """Its captions from the first on, each as soon as its words are audible; ends when its playout is settled.

        mode: "word" by word, or with each word the whole "line" that it stands in.
        """
        self._want_captions()
        captions = aiter(self._captions)
        return captions if mode == "word" else LineReader(captions, lambda: self.transcript)

    def deltas(self) -> AsyncIterator[str]:
        """Its text from the beginning, as the model writes it."""
        return aiter(self._deltas)

    def audio(self) -> AsyncIterator[Pcm]:
        """Its sound as it arrives: int16 arrays of shape (frames,) at the session's rate.

        In a session without a speaker the application plays it: each frame goes to one reader and counts as heard when
        it is taken. Beside a speaker any number of readers listen along; what was received is kept for them until the
        playout is settled.
        """
        return self.sound.read()

    async def played(self) -> Playout:
        """Wait until its playout is settled: heard in full and its text complete, cut, or never to be heard."""
        return await self._played.wait()

    # What the engine does with it

    @property
    def settled(self) -> bool:
        """Whether its playout is final."""
        return self._state is PlayoutState.SETTLED

    @property
    def spoken(self) -> bool:
        """Whether any sound has come for it."""
        return any(part.spoken for part in self.parts.values())

    @property
    def heard_in_full(self) -> bool:
        """Whether all of its sound was heard; its text, and its end, may still be on the way."""
        return self.spoken and all(segment.state is SegmentState.HEARD for segment in self._segments)

    @property
    def sounds(self) -> bool:
        """Whether some of it was heard."""
        return self._started_at is not None

    @property
    def interrupted(self) -> bool:
        """Whether it was cut: what still comes of it is dropped."""
        return self.settled and self._played.value.interrupted

    @property
    def discarded(self) -> bool:
        """Whether it was cut before anything of it was heard or shown: no later event brings it back."""
        return self.interrupted and not self._played.value.position and not self._played.value.transcript

    def part(self, index: int) -> Part:
        """The content part at `index`, made if it is new."""
        part = self.parts.get(index)
        if part is None:
            part = self.parts[index] = Part(self.id, index, self._settings)
            if self.closed:
                part.end_audio()
            if self._complete:
                part.end_text(None)
        return part

    def add_text(
        self, index: int, delta: str, start: float | None = None, end: float | None = None, *, spoken: bool = False
    ) -> None:
        """Take the next piece of a part's text; `spoken`: it is the transcript of sound."""
        if self.interrupted or not delta:
            return
        part = self.part(index)
        part.spoken_text = part.spoken_text or spoken
        if part.add_text(delta, start, end) and not self.settled:
            self._deltas.put(delta)

    def presume_complete(self) -> None:
        """A later message sounds: all of this one has come, though the server may say so much later."""
        if self.presumed_complete or self.settled:
            return
        self.presumed_complete = True
        for part in self.parts.values():
            part.presume_complete()
        self.sound.end()

    def end_text(self, index: int, text: str | None = None, *, spoken: bool = False) -> None:
        """A part's text is complete; `text` repeats it where the server does, `spoken`: as the transcript of sound."""
        if spoken and not self.interrupted:
            self.part(index).spoken_text = True
        if not self.interrupted and (rest := self.part(index).end_text(text)) and not self.settled:
            self._deltas.put(rest)

    def add_audio(self, index: int, data: bytes, at: float) -> Segment | None:
        """Take the next sound of a part, at wall-clock seconds `at`; returns its segment if this is the first of it."""
        if self.settled:
            return None
        if self.closed or self.presumed_complete:
            self.audio_lost = True  # it comes too late: others may sound already
            return None
        part = self.part(index)
        fresh = part.begin_sound() if part.segment is None else None
        pcm = part.add_audio(data, at)
        if pcm.size and part.segment is not None:
            self.sound.put(part.segment, pcm)
        return fresh

    def end_audio(self, index: int) -> None:
        """A part's sound is complete."""
        self.part(index).end_audio()

    def expect_text(self, index: int) -> None:
        """A part is text alone, as far as is known: it is shown as it comes."""
        if not self.part(index).spoken:
            self.end_audio(index)

    def close(self, wire: WireItem, *, last: bool) -> None:
        """The server ended the item. Its texts end too where `wire` repeats them, or where this is the last of it."""
        self.update(wire)
        self.closed = True
        for index, content in enumerate(wire.content):
            text = content.text if content.transcript is None else content.transcript
            if text is not None or last:
                self.end_text(index, text)
        for part in self.parts.values():
            part.end_audio()
            if last:
                part.end_text(None)
        self._complete = last
        self.sound.end()

    def truncated_on_server(self, index: int) -> None:
        """The server holds a part's text no more."""
        if index in self.parts:
            self.parts[index].truncated_on_server = True

    def abandon(self) -> None:
        """The connection has ended: what has come of it is all there will be."""
        self.abandoned = self.abandoned or not self.closed
        self.close(self.wire, last=True)  # its text may be awaited although its end has come

    def update(self, wire: WireItem) -> None:
        """The server describes the item again."""
        super().update(wire)
        self.phase = wire.phase or self.phase
        if not self.parts:
            self._user_text = wire.text or self._user_text

    def recognised(self, text: str, *, final: bool) -> None:
        """What the user said in it, so far or (`final`) as it stays."""
        self._user_text = text
        self.recognition_ended = final

    def advance(self, at: float) -> list[SdkEvent]:
        """Return what of it was heard or shown since the last call."""
        news: list[SdkEvent] = []
        if self.settled:
            return news
        if self._state is PlayoutState.AWAITED and (started := self._started_at) is not None:
            self._state = TRANSITIONS[self._state, Progress.SOUNDED]
            news.append(PlayoutStarted(started, self))
        if self._captions_placed:
            news += [CaptionShown(at, self, caption) for caption in self._collect()]
        if (self.closed or self.presumed_complete) and all(self._is_over(part) for part in self.parts.values()):
            progress = Progress.STOPPED if self._is_cut else Progress.COMPLETED
            news.append(PlayoutFinished(at, self, self._settle(progress)))
        return news

    def catch_up(self, at: float) -> list[SdkEvent]:
        """Return the captions of words that came after all of it was heard, and its playout was settled."""
        if not self.settled or self.interrupted or not self._captions_placed:
            return []
        return [CaptionShown(at, self, caption) for caption in self._collect()]

    def cut(self, at: float) -> list[SdkEvent]:
        """No more of it will be heard: end its captions where the sound was cut, and settle it."""
        if self.settled:
            return []
        for part in self.parts.values():
            if part.segment is not None:
                part.segment.cut()
        news = self.advance(at)
        if not self.settled:
            progress = Progress.COMPLETED if self.heard_in_full else Progress.STOPPED
            news.append(PlayoutFinished(at, self, self._settle(progress)))
        return news

    def export(self) -> dict[str, Any]:
        """The message as JSON; `text` is what was heard."""
        playout = self.playout
        return super().export() | {
            "role": self.role,
            "phase": self.phase,
            "text": self.heard,
            "generated": self.transcript,
            "interrupted": playout.interrupted,
            "started_at": playout.started_at,
            "finished_at": playout.finished_at,
        }

    @property
    def _segments(self) -> list[Segment]:
        ordered = (self.parts[index].segment for index in sorted(self.parts))
        return [segment for segment in ordered if segment is not None]

    @property
    def _is_cut(self) -> bool:
        """Whether some of it was not heard, or never made."""
        if self.abandoned or any(segment.state is SegmentState.CUT for segment in self._segments):
            return True
        if not self.aloud and self.status == "incomplete":
            return True
        complete = self.closed or self.presumed_complete
        return complete and any(self._is_lost(part) for part in self.parts.values())

    @property
    def _started_at(self) -> float | None:
        return next((segment.started_at for segment in self._segments if segment.started_at is not None), None)

    @property
    def _captions_placed(self) -> bool:
        """Whether its captions are asked for: to place words in time costs more than all else that an item does."""
        return self._captions_wanted or self._settings.captions_wanted

    def _want_captions(self) -> None:
        """Collect its captions from now on, and those that became audible before."""
        if self._captions_wanted:
            return
        if self.settled or not self._settings.captions_wanted:  # else each is collected when it is emitted
            self._collect()
        self._captions_wanted = True
        if self.settled:
            self._captions.end()

    def _collect(self) -> list[Caption]:
        """Collect the captions that have become audible, part by part: one waits until the last is complete."""
        fresh: list[Caption] = []
        offset = 0.0
        for index in sorted(self.parts):
            part = self.parts[index]
            if self._is_lost(part):
                continue
            for caption in part.captions(len(self._captions) + len(self._late), offset, aloud=self.aloud):
                fresh.append(caption)
                if self._captions.ended:
                    self._late.append(caption)
                else:
                    self._captions.put(caption)
            offset += part.duration
            if part.cut or not self._is_over(part):
                break
        return fresh

    def _is_lost(self, part: Part) -> bool:
        """Whether what a part says was lost on the way, and so never heard."""
        return self.audio_lost and part.silent

    def _is_over(self, part: Part) -> bool:
        """Whether nothing more of a part will be heard or shown."""
        return (part.text_ended or self.presumed_complete) and (part.sound_over or not self.aloud)

    def _playout(self, *, interrupted: bool, transcript: str) -> Playout:
        segments = self._segments
        until = [segment.heard_until for segment in segments if segment.heard_until is not None]
        return Playout(
            item_id=self.id,
            started_at=self._started_at,
            finished_at=until[-1] if until else None,
            position=sum((part.heard for part in self.parts.values()), 0.0),
            duration=sum((part.duration for part in self.parts.values()), 0.0),
            interrupted=interrupted or self._is_cut,
            transcript=transcript,
            latency=next((segment.latency for segment in segments if segment.latency is not None), None),
            underruns=sum(segment.underruns for segment in segments),
        )

    def _settle(self, progress: Progress) -> Playout:
        self._state = TRANSITIONS[self._state, progress]
        # Heard in full, its text is the transcript: no word has to be placed in time to know that.
        is_whole = progress is Progress.COMPLETED and not self._captions_placed
        text = self.transcript if is_whole else self.heard
        playout = self._playout(interrupted=progress is Progress.STOPPED, transcript=text)
        self._played.set_result(playout)
        if self._captions_wanted:
            self._captions.end()
        self._deltas.end()
        self.sound.close()
        for part in self.parts.values():
            part.release()
        return playout
