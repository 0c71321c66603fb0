"""A message as the engine makes it: the server's deltas in, events of playout and captions out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ..playback._segment import PlayoutEvent, Segment
from ..protocol._objects import WireItem
from ._content import Content
from ._live_items import LiveItem, ServerCopy
from ._message import MessageItem
from ._playout import Playout
from ._playout_state import TRANSITIONS, PlayoutState
from ._sdk_events import CaptionShown, PlayoutFinished, PlayoutStarted, SdkEvent
from ._settings import MessageSettings
from ._usage import TranscriptionUsage

BARE_MESSAGE: Final = WireItem.model_construct(id="", type="message")
"""The wire's item of every message that is closed."""


class LiveMessage(MessageItem, LiveItem):
    """A message whose content grows and is played."""

    def __init__(
        self, wire: WireItem, settings: MessageSettings, *, number: int | None = None, played_locally: bool = True,
        playout: Playout | None = None,
    ) -> None:  # fmt: skip
        super().__init__(wire, settings, generated=number is not None, played_locally=played_locally)
        self.number = number  # its place in the session's order of play; None: no response of this session made it
        self.transcription_ended: bool = False  # the transcript of the user's speech is final
        if number is None:
            self._finish(PlayoutEvent.COMPLETED, playout)  # that of an earlier session, if it is of one

    @property
    def content(self) -> Content:
        """Its parts."""
        return self._content

    @property
    def played_locally(self) -> bool:
        """Whether the session plays it: it is not of an out-of-band or a text response."""
        return self._content.played_locally

    @property
    def finished(self) -> bool:
        """Whether its playout is final."""
        return self._state is PlayoutState.FINISHED

    @property
    def heard_in_part(self) -> bool:
        """Whether any of it was heard."""
        return self._content.started_at is not None

    @property
    def discarded(self) -> bool:
        """Whether it was cut before anything of it was heard or shown: no later event brings it back."""
        return self.interrupted and not self._played.value.position and not self._played.value.transcript

    @property
    def heard_text(self) -> str:
        """The text that was heard, or will be: all of it, unless it was cut."""
        return self.playout.transcript if self.interrupted else self.transcript

    @property
    def server_text(self) -> str:
        """The text that the server holds of it; one that was given it has the text that was heard."""
        if self.server_copy is ServerCopy.ORIGINAL:
            return super().server_text
        return self.heard_text if self.server_copy is ServerCopy.RESTORED and self._on_server else ""

    # The server's deltas

    def add_text(
        self, index: int, delta: str, start: float | None = None, end: float | None = None, *, spoken: bool = False
    ) -> None:
        """Add the next piece of a part's text; `spoken`: it is the transcript of audio."""
        if self.interrupted or not delta:
            return
        part = self._content.part(index)
        part.is_transcript = part.is_transcript or spoken
        if part.add_text(delta, start, end) and not self.finished:
            self._deltas.put(delta)

    def end_text(self, index: int, text: str | None = None, *, spoken: bool = False) -> None:
        """A part's text is complete; `text` repeats it where the server does, `spoken`: as the transcript of audio."""
        if self.interrupted:
            return
        part = self._content.part(index)
        part.is_transcript = part.is_transcript or spoken
        if (rest := part.end_text(text)) and not self.finished:
            self._deltas.put(rest)

    def add_audio(self, index: int, data: bytes, at: float) -> Segment | None:
        """Add the next audio of a part, at wall-clock seconds `at`; returns its segment if this is the first of it."""
        if self.finished:
            return None
        if self._content.audio_ended or self._content.presumed_complete:
            self._content.audio_missing = True  # it comes too late: others may be audible already
            return None
        part = self._content.part(index)
        begun = part.begin_audio() if part.segment is None else None
        pcm = part.add_audio(data, at)
        if pcm.size and part.segment is not None:
            self._audio.put(part.segment, pcm)
        return begun

    def end_audio(self, index: int) -> None:
        """A part's audio is complete."""
        self._content.part(index).end_audio()

    def expect_text(self, index: int) -> None:
        """A part is only text, unless audio has come: it is shown as it comes."""
        if not self._content.part(index).has_audio:
            self.end_audio(index)

    def presume_complete(self) -> None:
        """A later message is heard: treat this one as received in full; the server may confirm that much later."""
        if not (self._content.presumed_complete or self.finished):
            self._content.presume_complete()
            self._audio.end()

    def close(self, wire: WireItem, *, last: bool) -> None:
        """The server ended the item. Its texts end too where `wire` repeats them, or where this is the last of it."""
        self.update(wire)
        self.closed = self._content.audio_ended = True
        for index, content in enumerate(wire.content):
            text = content.text if content.transcript is None else content.transcript
            if text is not None or last:
                self.end_text(index, text)
        self._content.end(text=last)
        self._audio.end()
        self._forget_wire()

    def abandon(self) -> None:
        """The connection has ended: no more of it will come."""
        self._content.abandoned = self._content.abandoned or not self.closed
        self.close(self.wire, last=True)  # its text may be awaited although its end has come

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description."""
        super().update(wire)
        self._phase = wire.phase or self._phase
        if not self._content:
            self._user_text = wire.text or self._user_text
        self._forget_wire()

    def _forget_wire(self) -> None:
        """Once it is closed, its parts hold all that was generated; a day of talk would keep it twice."""
        if self._generated and self.closed:
            self._wire = BARE_MESSAGE

    def set_transcript(self, text: str, *, final: bool, usage: TranscriptionUsage | None = None) -> None:
        """Set the transcript of the user's speech in it; `final`: it is complete. `usage`: what that cost."""
        if usage is not None:
            self._transcription_usage = usage
        self._user_text = text
        self.transcription_ended = final

    def truncated_on_server(self, index: int) -> None:
        """The server has dropped a part's text."""
        if (part := self._content.get(index)) is not None:
            part.truncated_on_server = True

    def deleted_on_server(self) -> None:
        """The server has deleted the item."""
        self._on_server = False

    # Its playout

    def withhold_audio(self) -> None:
        """Give an application that plays it nothing more until `release_audio`."""
        self._audio.withhold()

    def release_audio(self) -> None:
        """Give an application that plays it what was withheld."""
        self._audio.release()

    def place_words(self, *, unread: bool) -> Iterator[None]:
        """Place its words that are audible by now, in short steps; `unread`: also if no captions are requested."""
        return self._captions.place_words(unread=unread)

    def advance(self, at: float) -> list[SdkEvent]:
        """Return what of it was heard or shown since the last call."""
        events: list[SdkEvent] = []
        if self.finished:
            return events
        if self._state is PlayoutState.PENDING and (started := self._content.started_at) is not None:
            self._state = TRANSITIONS[self._state, PlayoutEvent.STARTED]
            events.append(PlayoutStarted(started, self))
        if self._captions.placed:
            events += [CaptionShown(at, self, caption) for caption in self._captions.collect()]
        if self._content.is_finished:
            event = PlayoutEvent.CUT if self._content.is_cut(self.status) else PlayoutEvent.COMPLETED
            events.append(PlayoutFinished(at, self, self._finish(event)))
        return events

    def late_captions(self, at: float) -> list[SdkEvent]:
        """Return the captions of words that came after all of it was heard, and its playout was finished."""
        if not self.finished or self.interrupted or not self._captions.placed:
            return []
        return [CaptionShown(at, self, caption) for caption in self._captions.collect()]

    def cut(self, at: float) -> list[SdkEvent]:
        """No more of it will be heard: end its captions where the audio was cut, and finish its playout."""
        if self.finished:
            return []
        for segment in self._content.segments:
            segment.cut()
        events = self.advance(at)
        if not self.finished:
            event = PlayoutEvent.COMPLETED if self._content.heard_in_full else PlayoutEvent.CUT
            events.append(PlayoutFinished(at, self, self._finish(event)))
        return events

    def _finish(self, event: PlayoutEvent, playout: Playout | None = None) -> Playout:
        self._state = TRANSITIONS[self._state, event]
        playout = self._final_playout(event) if playout is None else playout
        self._played.set_result(playout)
        self._on_server = self._on_server and not self.discarded
        self._captions.finish()
        self._deltas.end()
        self._audio.close()
        for part in self._content:
            part.release()
        return playout

    def _final_playout(self, event: PlayoutEvent) -> Playout:
        # Heard in full, its text is the transcript: no word has to be placed in time to know that.
        is_whole = event is PlayoutEvent.COMPLETED and not self._captions.placed
        text = self.transcript if is_whole else self.heard
        interrupted = event is PlayoutEvent.CUT or self._content.is_cut(self.status)
        return self._content.playout(interrupted=interrupted, transcript=text)
