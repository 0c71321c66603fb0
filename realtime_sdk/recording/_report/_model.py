"""What a report says: who said what and when, what was never heard, and what went wrong. Times are seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Literal, TypeAlias

from ...captions._caption import Caption
from ...captions._spread import spread
from ...conversation.message._message import COMMENTARY
from ...conversation.message._playout import Playout
from ...conversation.usage._prices import Prices, cost_of_time
from ...conversation.usage._turn_timing import LatencySummary, TurnTiming
from ...conversation.usage._usage import SessionUsage

Side: TypeAlias = Literal["user", "assistant"]

IncidentKind: TypeAlias = Literal["interruption", "underrun", "connection", "device", "error", "recording"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word on the timeline of the recording."""

    text: str  # with its punctuation
    space: str  # before it
    start: float
    end: float


@dataclass(slots=True)
class Spoken:
    """What one side said without a break."""

    side: Side
    start: float  # of a message that was never heard: when that was decided
    end: float
    words: Sequence[Word] = ()  # those that were heard
    unheard: str = ""  # text that was received, and never heard
    phase: str | None = None
    playout: Playout | None = None  # of a message that has ended
    ended: bool = True  # False: the recording ends in the middle of it
    typed: bool = False  # the application sent it as text
    is_spread: bool = False  # its words are spread over it: a transcript of the user's has no times

    def say(self, text: str) -> None:
        """Spread what the user said over the turn."""
        captions = [Caption("", 0, word, start, end) for word, start, end in spread(text, self.start, self.end)]
        self.words, self.is_spread = words_of(captions, 0.0), True

    @property
    def text(self) -> str:
        """What was heard."""
        return "".join(word.space + word.text for word in self.words).strip()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show of it: no word, no sound."""
        return not (self.words or self.unheard or (self.playout is not None and self.playout.duration))

    @property
    def is_commentary(self) -> bool:
        """Whether it only announces the answer."""
        return self.phase == COMMENTARY

    @property
    def interrupted(self) -> bool:
        """Whether it was cut."""
        return self.playout is not None and self.playout.interrupted

    @property
    def unheard_seconds(self) -> float:
        """Audio that was received, and never heard."""
        return max(0.0, self.playout.duration - self.playout.position) if self.interrupted and self.playout else 0.0


@dataclass(slots=True)
class ToolCall:
    """A call of a function, or of a hosted tool."""

    name: str
    start: float
    arguments: str
    end: float | None = None  # None: it has not ended
    output: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that a user perceives as a fault, or that explains one."""

    kind: IncidentKind
    start: float
    text: str
    end: float | None = None  # None: it is a moment


Entry: TypeAlias = Spoken | ToolCall


@dataclass(slots=True)
class ReportData:
    """A recording, read for a report."""

    started_at: float  # wall-clock seconds of the start of the recording
    duration: float = 0.0
    model: str | None = None
    entries: list[Entry] = field(default_factory=list)  # in the order in which they began
    incidents: list[Incident] = field(default_factory=list)  # in order
    turns: list[TurnTiming] = field(default_factory=list)  # their times count from the start of the recording
    usage: SessionUsage = field(default_factory=SessionUsage)
    billed_seconds: float = 0.0  # of a session that is billed by the minute

    @property
    def spoken(self) -> Iterator[Spoken]:
        """What was said, or was to be said."""
        return (entry for entry in self.entries if isinstance(entry, Spoken))

    @property
    def turns_of_user(self) -> list[Spoken]:
        """What the user said, in turns that were recognised as a whole."""
        return sorted((spoken for spoken in self.spoken if spoken.is_spread), key=attrgetter("start"))

    @property
    def unheard(self) -> list[Spoken]:
        """The messages of which something was received, and never heard."""
        return [spoken for spoken in self.spoken if spoken.interrupted]

    def cost(self, prices: Prices) -> Decimal:
        """What it costs, in the currency of the prices.

        Raises:
            UsageError: there are tokens or seconds of a kind that has no price.

        """
        return self.usage.cost(prices) + cost_of_time(self.billed_seconds, prices, "session_minute", "the session")

    @property
    def latency(self) -> LatencySummary:
        """How long each stage of the turns took."""
        return LatencySummary.of(self.turns)


def words_of(captions: Sequence[Caption], since: float) -> list[Word]:
    """The words of captions whose times count from `since`."""
    return [
        Word(text.lstrip(), text[: len(text) - len(text.lstrip())], since + caption.start, since + caption.end)
        for caption in captions
        if (text := caption.text).strip()
    ]
