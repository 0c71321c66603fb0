"""The effect of the user's speech on a reply that is being heard, and the turn detection that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .._runtime.arguments import check_seconds
from ..capture._turns import Turns, TurnSource
from ..errors import UsageError


class BargeInAction(Enum):
    """The first action on a reply when the user is heard."""

    STOP = "stop"
    PAUSE = "pause"
    DUCK = "duck"  # it goes on, quietly
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The effect of the user's speech on a reply; made by one of the class methods.

    action: as soon as the user is heard. seconds: of speech after which the reply stops for good; None: it never does.
    follows_server: a reply goes on where `turn_detection` has `interrupt_response: false`.

    The timer runs from the server's `speech_started` to its `speech_stopped`, which comes `silence_duration_ms` after
    the last word: an "uh-huh" of 0.3 s lasts 0.8 s. A reply that was paused continues at the exact frame.
    """

    action: BargeInAction
    seconds: float | None
    follows_server: bool = False

    @classmethod
    def by_server(cls) -> BargeIn:
        """Stop when the user is heard, unless `turn_detection` has `interrupt_response: false`. The default."""
        return cls(BargeInAction.STOP, 0.0, follows_server=True)

    @classmethod
    def immediate(cls) -> BargeIn:
        """Stop when the user is heard, also where the server does not end its response by itself."""
        return cls(BargeInAction.STOP, 0.0)

    @classmethod
    def duck_then_decide(cls, seconds: float = 1.0) -> BargeIn:
        """Continue quietly, and stop after `seconds` of speech."""
        check_seconds("seconds", seconds)
        return cls(BargeInAction.DUCK, seconds)

    @classmethod
    def pause_then_decide(cls, seconds: float = 1.0) -> BargeIn:
        """Pause, and stop after `seconds` of speech."""
        check_seconds("seconds", seconds)
        return cls(BargeInAction.PAUSE, seconds)

    @classmethod
    def delay(cls, seconds: float = 1.0) -> BargeIn:
        """Continue unchanged, and stop after `seconds` of speech."""
        check_seconds("seconds", seconds)
        return cls(BargeInAction.CONTINUE, seconds)

    @classmethod
    def never(cls) -> BargeIn:
        """Finish the reply, then answer the user."""
        return cls(BargeInAction.CONTINUE, None)


def decides_locally(policy: BargeIn) -> bool:
    """Whether this side interrupts and has the user answered; else the server does both by itself."""
    return policy.action is not BargeInAction.STOP


def with_turns(turns: Turns, barge_in: BargeIn | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wire's session fields with these turns; `given` and `barge_in` are the application's.

    Raises:
        UsageError: they contradict these turns, or each other.
    """
    fields = dict(given)
    detection = _turn_detection(given)
    if turns.source is TurnSource.SERVER:
        if barge_in is not None and decides_locally(barge_in):
            fields["turn_detection"] = _without_server_decisions(detection)
        return fields
    if detection is not None:
        raise UsageError(
            f"turn_detection is given, but the turns are decided by {turns.source.value}: leave one of them out"
        )
    if turns.source is TurnSource.KEY and barge_in is not None:
        raise UsageError("barge_in is given, but with push to talk only the key interrupts: leave it out")
    return {**fields, "turn_detection": None}


def updated_turns(turns: Turns, barge_in: BargeIn, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a later update likewise; turn detection that is not given does not change.

    Raises:
        UsageError: they contradict these turns or the policy.
    """
    if _turn_detection(given) is None:
        return dict(given)
    return with_turns(turns, barge_in if turns.source is TurnSource.SERVER else None, given)


def _without_server_decisions(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the wire's `turn_detection` for a policy that decides on this side; `given` is the application's.

    Raises:
        UsageError: the application lets the server interrupt or answer, which leaves nothing to decide.
    """
    detection = {"type": "server_vad", **(given or {})}
    for field in ("interrupt_response", "create_response"):
        if detection.setdefault(field, False):
            raise UsageError(
                f"turn_detection has {field}: true, so the server acts before the barge_in policy can decide: "
                f"leave it out, or use BargeIn.immediate()"
            )
    return detection


def _turn_detection(session_fields: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The application's `turn_detection`, at the top level or in `audio.input`."""
    nested = ((session_fields.get("audio") or {}).get("input") or {}).get("turn_detection")
    detection: Mapping[str, Any] | None = session_fields.get("turn_detection", nested)
    return detection
