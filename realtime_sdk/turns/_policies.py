"""What the user's speech does to a reply that is being heard, and what the server is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ..capture._turns import Turns, TurnSource
from ..errors import UsageError


class Reaction(Enum):
    """What happens to the sound as soon as the user is heard."""

    STOP = "stop"
    PAUSE = "pause"
    DUCK = "duck"  # it goes on, quietly
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class BargeIn:
    """A policy: how the sound reacts at once, and when the user has taken the turn.

    The seconds run from the server's `speech_started` to its `speech_stopped`, which comes `silence_duration_ms` after
    the last word: an "uh-huh" of 0.3 s lasts 0.8 s. A reply that was only held goes on at the exact frame.
    """

    reaction: Reaction
    seconds: float | None  # of speech after which the reply stops for good; None: it never does
    follows_server: bool = False  # a reply goes on where the server is told not to interrupt

    @classmethod
    def by_server(cls) -> BargeIn:
        """Stop when the user is heard, unless `turn_detection` has `interrupt_response: false`. The default."""
        return cls(Reaction.STOP, 0.0, follows_server=True)

    @classmethod
    def immediate(cls) -> BargeIn:
        """Stop when the user is heard, also where the server is told not to end its response by itself."""
        return cls(Reaction.STOP, 0.0)

    @classmethod
    def duck_then_decide(cls, seconds: float = 1.0) -> BargeIn:
        """Go on quietly, and stop if the user goes on speaking."""
        return cls(Reaction.DUCK, seconds)

    @classmethod
    def pause_then_decide(cls, seconds: float = 1.0) -> BargeIn:
        """Pause, and stop if the user goes on speaking."""
        return cls(Reaction.PAUSE, seconds)

    @classmethod
    def delay(cls, seconds: float = 1.0) -> BargeIn:
        """Go on as if nothing had happened, and stop if the user goes on speaking."""
        return cls(Reaction.NOTHING, seconds)

    @classmethod
    def never(cls) -> BargeIn:
        """Finish what is being said, then answer the user."""
        return cls(Reaction.NOTHING, None)

    @property
    def decides_here(self) -> bool:
        """Whether this side decides about turns; else the server interrupts and answers by itself."""
        return self.reaction is not Reaction.STOP

    def turn_detection(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give the wire's `turn_detection` under this policy; `given` is the application's, if it has one.

        Raises:
            UsageError: the application lets the server interrupt, which leaves nothing to decide.
        """
        detection = {"type": "server_vad", **(given or {})}
        if self.decides_here:
            for field in ("interrupt_response", "create_response"):
                if detection.setdefault(field, False):
                    raise UsageError(
                        f"turn_detection has {field}: true, so the server acts before the barge_in policy can decide: "
                        f"leave it out, or use BargeIn.immediate()"
                    )
        return detection


def with_turns(turns: Turns, barge_in: BargeIn | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the wire's session fields with these turns; `given` and `barge_in` are the application's.

    Raises:
        UsageError: they contradict these turns, or each other.
    """
    fields = dict(given)
    detection = _turn_detection(given)
    if turns.source is TurnSource.SERVER:
        if barge_in is not None and barge_in.decides_here:
            fields["turn_detection"] = barge_in.turn_detection(detection)
        return fields
    if detection is not None:
        raise UsageError(
            f"turn_detection is given, but the turns are decided by {turns.source.value}: leave one of them out"
        )
    if turns.source is TurnSource.KEY and barge_in is not None:
        raise UsageError("barge_in is given, but with push to talk the key alone interrupts: leave it out")
    return {**fields, "turn_detection": None}


def updated_turns(turns: Turns, barge_in: BargeIn, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of an update in mid-session likewise; turn detection that is not given stays as it is.

    Raises:
        UsageError: they contradict these turns or the policy.
    """
    if _turn_detection(given) is None:
        return dict(given)
    return with_turns(turns, barge_in if turns.source is TurnSource.SERVER else None, given)


def _turn_detection(session_fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The application's `turn_detection`, wherever it put it."""
    nested = ((session_fields.get("audio") or {}).get("input") or {}).get("turn_detection")
    detection: Mapping[str, Any] | None = session_fields.get("turn_detection", nested)
    return detection
