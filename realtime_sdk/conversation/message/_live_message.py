"""A message as the engine makes it: the server's deltas in, events of playout and captions out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

from ...playback._segment import PlayoutEvent, Segment, SegmentState
from ...protocol._objects import ContentPart, WireItem
from .._sdk_events import CaptionShown, PlayoutFinished, PlayoutStarted, SdkEvent
from .._settings import MessageSettings
from ..items._items import ServerCopy
from ..items._live_items import LiveItem
from ..usage._usage import TranscriptionUsage
from ._content import Content
from ._delivery import Delivery
from ._message import MessageItem
from ._playout import Playout
from ._playout_state import TRANSITIONS, PlayoutState
from ._remote_playout import RemotePlayout
from ._settled_captions import PlacedCaptions, UnplacedCaptions

BARE_MESSAGE: Final = WireItem.model_construct(id="", type="message")
"""The wire's item of every message of a response that is closed."""

BARE_SPEECH: Final = WireItem.model_construct(
    id="", type="message", role="user", content=(ContentPart.model_construct(type="input_audio"),)
)
"""The wire's item of every message that is nothing but the user's speech."""


class LiveMessage(MessageItem, LiveItem):
    """A message whose content grows and is played."""

    def __init__(
        self, wire: WireItem, settings: MessageSettings, *, number: int | None = None, played_locally: bool = True,
        playout: Playout | None = None,
    ) -> None:  # fmt: skip
        generated = number is not None
        delivery = Delivery(wire.id, settings, played_locally=played_locally) if generated else None
        super().__init__(wire, delivery, settings.event_factory)
        self.played_locally = played_locally  # the session plays it: it is not of an out-of-band or a text response
        self.number = number  # its place in the session's order of play; None: no response of this session made it
        self._awaited: Segment | None = None  # its only segment; None: it has none, or several
        self.lost_audio: bool = False  # audio has come that will not be heard, although it was not cut
        self.transcription_ended: bool = False  # the transcript of the user's speech is final
        if number is None:
            self._finish(PlayoutEvent.COMPLETED, playout)  # that of an earlier session, if it is of one
            self._forget_wire()

    @property
    def content(self) -> Content:
        """Its parts, until it is settled."""
        return self.delivery.content

    @property
    def delivery(self) -> Delivery:
        """What a response adds to it, until it is settled."""
        assert self._delivery is not None, f"{self} is settled"
        return self._delivery

    @property
    def settled(self) -> bool:
        """Whether no event of a response changes it any more."""
        return self._delivery is None

    @property
    def remote(self) -> RemotePlayout | None:
        """How far the server of a joined call has played it; None: it is of no call, or settled."""
        return None if self._delivery is None else self._delivery.content.remote

    @property
    def played_remotely(self) -> bool:
        """Whether the server plays it to a caller, and has not ended that."""
        return self.remote is not None and not self.remote.ended

    @property
    def is_played(self) -> bool:
        """Whether it is to be heard, here or by a caller."""
        return self.played_locally or self.played_remotely

    @property
    def finished(self) -> bool:
        """Whether its playout is final."""
        return self._state is PlayoutState.FINISHED

    @property
    def is_unread(self) -> bool:
        """Whether the application is to play it, and has not begun to read the audio that has come."""
        return self._delivery is not None and self._delivery.audio.is_unread

    @property
    def unreported(self) -> float:
        """Seconds of audio that the application is to report as heard, and of which it has reported nothing yet."""
        return 0.0 if self.finished or self._delivery is None else self._delivery.audio.unreported

    @property
    def heard_in_part(self) -> bool:
        """Whether any of it was heard."""
        return self.heard_since is not None

    @property
    def heard_since(self) -> float | None:
        """Wall-clock seconds of the first frame heard; None: none was."""
        return (self._played.value if self._delivery is None else self._delivery.content).started_at

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
        if self.discarded:
            return ""
        if self.server_copy is ServerCopy.ORIGINAL:
            return super().server_text
        return self.heard_text if self.server_copy is ServerCopy.RESTORED else ""

    @property
    def is_overstated(self) -> bool:
        """Whether the server has words that were lost with its audio, though no interruption has cut it.

        It was given the message while that still sounded, or it broke the message off, whose text was ahead.
        """
        broken_off = self.played_locally and self._delivery is not None and self._delivery.content.abandoned
        may_be = self.server_copy is ServerCopy.RESTORED or (self.server_copy is ServerCopy.ORIGINAL and broken_off)
        return may_be and self.interrupted and self.playout.transcript != self.transcript

    # The server's deltas

    def add_text(
        self, index: int, delta: str, start: float | None = None, end: float | None = None, *, spoken: bool = False
    ) -> None:
        """Add the next piece of a part's text; `spoken`: it is the transcript of audio."""
        if self.interrupted or not delta:
            return
        part = self.content.part(index)
        part.is_transcript = part.is_transcript or spoken
        if part.add_text(delta, start, end) and not self.finished:
            self.delivery.deltas.put(delta)

    def end_text(self, index: int, text: str | None = None, *, spoken: bool = False) -> None:
        """A part's text is complete; `text` repeats it where the server does, `spoken`: as the transcript of audio."""
        if self.interrupted:
            return
        part = self.content.part(index)
        part.is_transcript = part.is_transcript or spoken
        if (rest := part.end_text(text)) and not self.finished:
            self.delivery.deltas.put(rest)

    def add_audio(self, index: int, data: bytes, at: float) -> Segment | None:
        """Add the next audio of a part, at wall-clock seconds `at`; returns its segment if this is the first of it."""
        if self.finished:
            self.lost_audio = bool(data) and not self.interrupted
            return None
        delivery = self.delivery
        content = delivery.content
        if content.audio_ended or content.presumed_complete:
            self.lost_audio = content.audio_missing = True  # it comes too late: others may be audible already
            return None
        part = content.part(index)
        begun = content.begin_audio(part) if part.segment is None else None
        if begun is not None:
            self._awaited = begun if self.played_locally and len(content) == 1 else None
        pcm = part.add_audio(data, at)
        if pcm.size and part.segment is not None:
            delivery.audio.put(part.segment, pcm)
        elif part.segment is not None and part.segment.ended:
            self.lost_audio = bool(data)
        return begun

    def end_audio(self, index: int) -> None:
        """A part's audio is complete."""
        self.content.end_audio(self.content.part(index))

    def expect_text(self, index: int) -> None:
        """A part is only text, unless audio has come: it is shown as it comes."""
        if not self.content.part(index).has_audio:
            self.end_audio(index)

    def presume_complete(self) -> None:
        """A later message is heard: treat this one as received in full; the server may confirm that much later."""
        if not (self.finished or self.content.presumed_complete):
            self.content.presume_complete()
            self.delivery.audio.end()

    def close(self, wire: WireItem, *, last: bool) -> None:
        """The server ended the item. Its texts end too where `wire` repeats them, or where this is the last of it."""
        self.update(wire)
        self.closed = self.content.audio_ended = True
        for index, content in self._described(wire):
            text = content.text if content.transcript is None else content.transcript
            if text is not None or last:
                self.end_text(index, text)
        self.content.end(text=last)
        self.delivery.audio.end()
        self._forget_wire()

    def _described(self, wire: WireItem) -> Iterable[tuple[int, ContentPart]]:
        """The parts of the wire's item, by their indices; none where it has the same text in other parts."""
        if wire.text and len(wire.content) != len(self.content) and wire.text == self.content.text:
            return ()
        return zip(self.content.indices(len(wire.content)), wire.content, strict=True)

    def abandon(self) -> None:
        """The connection has ended: no more of it will come."""
        if not self.closed:
            self.content.break_off()
        self.close(self.wire, last=True)  # its text may be awaited although its end has come

    def update(self, wire: WireItem) -> None:
        """Update it from the server's latest description."""
        super().update(wire)
        self._phase = wire.phase or self._phase
        if not (self._delivery and self._delivery.content) and not (self._generated and self.settled):
            self._text = wire.text or self._text
        self._forget_wire()

    def _forget_wire(self) -> None:
        """Keep nothing that is kept elsewhere: what was generated is in its parts, what was said in its transcript."""
        if self._generated and self.closed:
            self._wire = BARE_MESSAGE
        elif self.role == "user" and [part.type for part in self._wire.content] == ["input_audio"]:
            self._wire = BARE_SPEECH

    def settle(self) -> None:
        """No event of a response changes it any more: keep its text, the times of its captions, and its playout."""
        super().settle()
        if self._delivery is None:
            return
        content, captions = self._delivery.content, self._delivery.captions
        text, server_text = self.transcript, self.server_text
        if captions.followed or captions.requested or self.interrupted:
            captions.request()
            self._captions = PlacedCaptions(self.id, captions.values, text)
        else:
            self._captions = UnplacedCaptions(self.id, ((part.text, part.duration) for part in content))
        self._text, self._server_text = text, None if server_text == text else server_text
        if len(runs := content.runs) > 1:
            self._runs = runs
        self._delivery = self._awaited = None

    def set_transcript(self, text: str, *, final: bool, usage: TranscriptionUsage | None = None) -> None:
        """Set the transcript of the user's speech in it; `final`: it is complete. `usage`: what that cost."""
        if usage is not None:
            self._transcription_usage = usage
        self._text = text
        self.transcription_ended = final

    def truncated_on_server(self, index: int) -> None:
        """The server has dropped a part's text."""
        if self._delivery is None:
            self._server_text = ""
        elif (part := self._delivery.content.get(index)) is not None:
            part.truncated_on_server = True

    def deleted_on_server(self) -> None:
        """The server has deleted the item."""
        self.server_copy = ServerCopy.NONE

    # Its playout

    def withhold_audio(self) -> None:
        """Give an application that plays it nothing more until `release_audio`."""
        if self._delivery is not None:
            self._delivery.audio.withhold()

    def release_audio(self) -> None:
        """Give an application that plays it what was withheld."""
        if self._delivery is not None:
            self._delivery.audio.release()

    @property
    def awaited(self) -> Segment | None:
        """The segment that has to begin before there is anything new of it; None: it does not wait for one."""
        waits = self._awaited is not None and self._awaited.state is SegmentState.QUEUED and not self.captions_followed
        return self._awaited if waits else None

    @property
    def captions_followed(self) -> bool:
        """Whether its captions are read."""
        return self._delivery is not None and self._delivery.captions.followed

    @property
    def places_words(self) -> bool:
        """Whether `place_words` may have something to do."""
        return self._delivery is not None and self._delivery.captions.places_words

    def place_words(self) -> Iterator[None]:
        """Place its words that are audible by now, in short steps."""
        return iter(()) if self._delivery is None else self._delivery.captions.place_words()

    def until_next_caption(self) -> float:
        """Seconds of its audio before which no caption is due; 0: that is not known."""
        return math.inf if self.finished or self._delivery is None else self._delivery.captions.until_next()

    def advance(self, at: float) -> list[SdkEvent]:
        """Return what of it was heard or shown since the last call."""
        events: list[SdkEvent] = []
        if self.finished or self.awaited is not None:
            return events
        if self._state is PlayoutState.PENDING and (started := self.content.started_at) is not None:
            self._state = TRANSITIONS[self._state, PlayoutEvent.STARTED]
            events.append(PlayoutStarted(started, self))
        if self.delivery.captions.followed:
            events += [CaptionShown(at, self, caption) for caption in self.delivery.captions.collect()]
        if self.content.is_finished:
            event = PlayoutEvent.CUT if self.content.is_cut(self.status) else PlayoutEvent.COMPLETED
            events.append(PlayoutFinished(at, self, self._finish(event)))
        return events

    def late_captions(self, at: float) -> list[SdkEvent]:
        """Return the captions of words that came after all of it was heard, and its playout was finished."""
        if not self.finished or self.interrupted or not self.delivery.captions.followed:
            return []
        return [CaptionShown(at, self, caption) for caption in self.delivery.captions.collect()]

    def cut(self, at: float) -> list[SdkEvent]:
        """No more of it will be heard: end its captions where the audio was cut, and finish its playout."""
        if self.finished:
            return []
        for segment in self.content.segments if self.is_played else ():
            segment.cut()
        if self.remote is not None:
            self.remote.end(at, cut=True)
        events = self.advance(at)
        if not self.finished:
            event = PlayoutEvent.COMPLETED if self.content.heard_in_full else PlayoutEvent.CUT
            events.append(PlayoutFinished(at, self, self._finish(event)))
        return events

    def _finish(self, event: PlayoutEvent, playout: Playout | None = None) -> Playout:
        self._state = TRANSITIONS[self._state, event]
        playout = self._final_playout(event) if playout is None else playout
        self._played.set_result(playout)
        if self._delivery is not None:
            self._delivery.finish()
        return playout

    def _final_playout(self, event: PlayoutEvent) -> Playout:
        if self._delivery is None:
            return Playout(self.id, None, None, 0.0, 0.0, False, self._text)
        # Heard in full, its text is the transcript: no word has to be placed in time to know that.
        is_whole = event is PlayoutEvent.COMPLETED and not self.delivery.captions.followed
        text = self.transcript if is_whole else self.heard
        interrupted = event is PlayoutEvent.CUT or self.content.is_cut(self.status)
        if (remote := self.content.remote) is not None:
            text = remote.heard(self.transcript)
        return self.content.playout(interrupted=interrupted, transcript=text)
