"""A message of the conversation, as an application reads it: its text, its audio, its captions, its playout."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from ..._runtime.arguments import check_choice, check_duration, shown
from ...audio._pcm import Pcm
from ...captions._caption import Caption
from ...playback._heard_runs import Run, heard_at
from ...protocol._objects import ContentPart, WireItem
from .._completion import Completion, EventFactory
from .._streams import Replay
from ..items._items import Item, ServerCopy
from ..usage._usage import TranscriptionUsage
from ._playout import Playout
from ._playout_state import PlayoutState

if TYPE_CHECKING:
    from ...captions._lines import CaptionLine
    from ._delivery import Delivery
    from ._settled_captions import SettledCaptions

COMMENTARY: Final = "commentary"
"""The phase of a message that only announces the answer."""


POSITION_ERROR: Final = 1e-3
"""Seconds by which the end of the last caption may lie behind what was heard."""


class MessageItem(Item, public=True):
    """A message. The model's are heard and captioned; the user's only have a transcript.

    Each of its parts has its own segment and aligner, so nothing that happens to another item is attributed to
    it. A session makes messages (`LiveMessage`); the constructor is not for applications.
    """

    _runs: Sequence[Run] = ()  # in which a settled one was heard, if there were several
    _transcription_usage: TranscriptionUsage | None = None  # of the class: few messages have one of their own

    def __init__(self, wire: WireItem, delivery: Delivery | None, event_factory: EventFactory) -> None:
        super().__init__(wire)
        self._role = wire.role or "assistant"
        self._phase = wire.phase
        self._generated = delivery is not None  # a response of this session makes it
        self._text = wire.text  # of a message without parts, or once it is settled
        self._server_text: str | None = None  # that the server holds of a settled one; None: all of it
        self._state = PlayoutState.PENDING
        self._delivery = delivery  # None: it is settled, no event of a response changes it
        self._captions: SettledCaptions | None = None  # of a settled one that was generated
        self._played: Completion[Playout] = Completion(event_factory)

    def __repr__(self) -> str:
        phase = f" {self.phase}" if self.phase else ""
        return f"<MessageItem {self.id} {self.role}{phase} {self._state.name} {shown(self.transcript)}>"

    @property
    def type(self) -> Literal["message"]:
        """What kind of item it is: a message."""
        return "message"

    @property
    def role(self) -> str:
        """Who speaks: `"user"`, `"assistant"` or `"system"`."""
        return self._role

    @property
    def phase(self) -> str | None:
        """`"commentary"`, `"final_answer"` or another word of the server's; None: the server does not say."""
        return self._phase

    @property
    def transcript(self) -> str:
        """The text as generated so far; of a user's message the transcription."""
        return self._delivery.content.text if self._delivery and self._delivery.content else self._text

    @property
    def transcription_usage(self) -> TranscriptionUsage | None:
        """What transcribing a user's message cost; None: it was not transcribed, or the server does not say."""
        return self._transcription_usage

    @property
    def heard(self) -> str:
        """The text that was audible so far (of a text-only message: that was shown)."""
        is_cut_call = self._delivery is not None and self._delivery.content.remote is not None and self.interrupted
        if self._delivery is not None and not is_cut_call:
            self._delivery.captions.request()
            return self._delivery.captions.text
        if self.interrupted or self._captions is None:
            return self._played.value.transcript if self.interrupted else self._text
        return self._captions.text

    @property
    def server_text(self) -> str:
        """The text that the server holds of it: nothing of a part that was truncated, whatever was heard."""
        if self._server_copy is ServerCopy.NONE:
            return ""
        if self._delivery and self._delivery.content:
            return self._delivery.content.server_text
        return self._text if self._server_text is None else self._server_text

    @property
    def playout(self) -> Playout:
        """What was heard of it so far; final once `played()` returns."""
        if self._delivery is not None and not self._played.done:
            content = self._delivery.content
            content.count_heard()
            return content.playout(interrupted=content.is_cut(self.status), transcript=self.heard)
        if self.interrupted:
            return self._played.value
        # Its text may come after all of it was heard, and the next message is audible.
        unread = self._delivery is not None and not self._delivery.captions.followed
        text = self.transcript if unread else self.heard
        playout = self._played.value
        return playout if text == playout.transcript else replace(playout, transcript=text)

    def heard_at(self, position: float) -> float | None:
        """The wall-clock time at which its audio was heard `position` seconds from its beginning; None: it was not yet.

        `heard_at(caption.start)` is when a word was heard. It is `playout.started_at` plus the position and the time of
        all pauses, underruns and losses of the device in between. Audio that the application plays itself is taken to
        be played in real time from when it is taken.

        Raises:
            UsageError: `position` is no time, or negative.

        """
        check_duration("position", position)
        if self._delivery is None or self._played.done:
            heard, began = self._played.value.position, self._played.value.started_at
        else:
            self._delivery.content.count_heard()
            heard, began = self._delivery.content.heard, self._delivery.content.started_at
        if began is None or position > heard + POSITION_ERROR:
            return None
        runs = self._runs if self._delivery is None else self._delivery.content.runs
        return heard_at(runs or [Run(0.0, began)], position)

    @property
    def interrupted(self) -> bool:
        """Whether its playout was cut; False while that is not known."""
        return self._played.done and self._played.value.interrupted

    @overload
    def captions(self, mode: Literal["word"] = "word") -> AsyncIterator[Caption]: ...
    @overload
    def captions(self, mode: Literal["line"]) -> AsyncIterator[CaptionLine]: ...
    def captions(self, mode: Literal["word", "line"] = "word") -> AsyncIterator[Caption] | AsyncIterator[CaptionLine]:
        """Its captions from the first on, each as soon as its words are audible; ends when its playout is finished.

        mode: "word" by word, or with each word its whole "line".

        Raises:
            UsageError: another mode.

        """
        check_choice("mode", mode, ("word", "line"))
        if self._delivery is not None:
            self._delivery.audio.awaited()
        captions = self._delivery.captions.read() if self._delivery is not None else Replay(self._captions or ())
        if mode == "word":
            return captions
        from ._line_reader import LineReader  # loaded with what makes captions

        return LineReader(captions, lambda: self.transcript)

    def deltas(self) -> AsyncIterator[str]:
        """Its text from the beginning, as the model writes it; long after it was heard, in one piece."""
        if self._delivery is not None:
            return aiter(self._delivery.deltas)
        return Replay([self._text] if self._generated else [])

    def audio(self, *, reported: bool = False) -> AsyncIterator[Pcm]:
        """Its audio as it arrives: int16 arrays of shape (frames,) at the session's rate.

        In a session without a speaker the application plays it: each frame goes to one reader and counts as heard when
        it is taken. Beside a speaker it goes to any number of readers; what was received is kept for them until the
        playout is finished.

        reported: without a speaker: nothing counts as heard until `report_heard` says so. For an application that hands
        the audio on faster than it is played, such as to a telephone gateway.

        Raises:
            UsageError: `reported` in a session with a speaker.

        """
        return Replay(()) if self._delivery is None else self._delivery.audio.read(reported=reported)

    def report_heard(self, position: float) -> None:
        """Report that it was heard up to `position`, in seconds of its audio, as `audio(reported=True)` gave it.

        Captions, `playout` and an interruption follow what is reported. A position that is not behind the last one
        changes nothing, and neither does one that comes after the playout is finished: a late mark is no mistake.

        Raises:
            UsageError: `position` is more than was taken, or no time; or the session has a speaker.

        """
        check_duration("position", position)
        if self._delivery is not None:
            self._delivery.audio.report(self._delivery.content.segments, position)

    async def played(self) -> Playout:
        """Wait until its playout is finished: heard in full and its text complete, cut, or never to be heard.

        In a session without a speaker it is heard once the application has taken it from `audio()`.
        """
        if self._delivery is not None:
            self._delivery.audio.awaited()
        return await self._played.wait()

    def export(self) -> dict[str, Any]:
        """The message as JSON; `text` is what was heard. One that is still being heard is interrupted there."""
        playout = self.playout
        is_heard_on = self._delivery is not None and not (self._played.done or self._delivery.content.is_finished)
        return {
            **super().export(),
            "role": self.role,
            "phase": self.phase,
            "text": self.heard,
            "generated": self.transcript,
            "interrupted": playout.interrupted or is_heard_on,
            "started_at": playout.started_at,
            "finished_at": playout.finished_at,
            "position": playout.position,
            "duration": playout.duration,
            "spoken": self.role == "user" and any(part.type == "input_audio" for part in self._wire.content),
            "images": [part.model_dump(mode="json", exclude_unset=True) for part in self._images],
        }

    @property
    def _images(self) -> list[ContentPart]:
        return [part for part in self._wire.content if part.type == "input_image"]
