"""What the user's speech does to a reply that is being heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import anyio
from anyio.abc import TaskGroup

from .conversation import Router
from .errors import UsageError
from .sink import Hold, Sink


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

    @classmethod
    def at_once(cls) -> BargeIn:
        """Stop when the user is heard; the server ends its response by itself. The default."""
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
    def wait(cls, seconds: float = 1.0) -> BargeIn:
        """Go on as if nothing were, and stop if the user goes on speaking."""
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
                        f"leave it out, or use BargeIn.at_once()"
                    )
        return detection


class Floor(Enum):
    """Who has the floor."""

    FREE = "free"  # the user is silent
    CLAIMED = "claimed"  # the user speaks while a reply is heard, and nothing is decided
    TAKEN = "taken"  # the user speaks, and is to be answered
    WAIVED = "waived"  # the user has said something, but the reply goes on


class Step(Enum):
    """What can happen to the floor."""

    CLAIM = "claim"  # speech, while a reply is heard
    TAKE = "take"  # speech in the silence, or for long enough
    FALL_SILENT = "fall silent"
    COMMIT = "commit"  # the server made a user's message of it


# A missing entry is a step that changes nothing.
TRANSITIONS: Final[dict[tuple[Floor, Step], Floor]] = {
    (Floor.FREE, Step.CLAIM): Floor.CLAIMED,
    (Floor.FREE, Step.TAKE): Floor.TAKEN,
    (Floor.WAIVED, Step.CLAIM): Floor.CLAIMED,
    (Floor.WAIVED, Step.TAKE): Floor.TAKEN,
    (Floor.CLAIMED, Step.TAKE): Floor.TAKEN,
    (Floor.CLAIMED, Step.FALL_SILENT): Floor.WAIVED,
    (Floor.TAKEN, Step.COMMIT): Floor.FREE,
    (Floor.WAIVED, Step.COMMIT): Floor.FREE,
}


class Turns:
    """Follows the user's speech, and has the sound react to it. All methods are called on the session's loop."""

    def __init__(
        self, policy: BargeIn, tasks: TaskGroup, router: Router, sink: Sink | None, *,
        stop: Callable[[], object], answer: Callable[[], object],
    ) -> None:  # fmt: skip
        self.floor = Floor.FREE
        self._policy = policy
        self._tasks = tasks
        self._router = router
        self._sink = sink  # what can be held meanwhile; None: the application plays
        self._stop = stop
        self._answer = answer
        self._patience: anyio.CancelScope | None = None  # runs while the floor is claimed; None: it is not

    def notice(self, event_type: str) -> None:
        """Act on what the server's turn detection found, if this event says so."""
        if (react := _REACTIONS.get(event_type)) is not None:
            react(self)

    def speech_started(self) -> None:
        """Let the sound react: the user is heard."""
        if not self._policy.decides_here:
            self._stop()
        elif not self._router.is_speaking or self._policy.seconds is None:
            self._step(Step.TAKE)
        else:
            self._step(Step.CLAIM)
            self._hold()
            self._patience = anyio.CancelScope()
            self._tasks.start_soon(self._decide, self._patience, self._policy.seconds)

    def speech_stopped(self) -> None:
        """Let a reply that was only held go on: the user has fallen silent."""
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._step(Step.FALL_SILENT) is Floor.WAIVED:
            self._release()

    def committed(self) -> None:
        """Have the user answered who took the turn."""
        taken = self.floor is Floor.TAKEN
        self._step(Step.COMMIT)
        if taken and self._policy.decides_here:
            self._answer()

    async def _decide(self, patience: anyio.CancelScope, seconds: float) -> None:
        with patience:
            await anyio.sleep(seconds)
            self._step(Step.TAKE)
            self._stop()
            self._release()

    def _hold(self) -> None:
        if self._sink is not None and self._policy.reaction is Reaction.PAUSE:
            self._sink.pause(Hold.TURN)
        elif self._sink is not None and self._policy.reaction is Reaction.DUCK:
            self._sink.duck()

    def _release(self) -> None:
        if self._sink is not None:
            self._sink.duck(1.0)
            self._sink.resume(Hold.TURN)

    def _step(self, step: Step) -> Floor:
        self.floor = TRANSITIONS.get((self.floor, step), self.floor)
        return self.floor


_REACTIONS: Final[dict[str, Callable[[Turns], None]]] = {
    "input_audio_buffer.speech_started": Turns.speech_started,
    "input_audio_buffer.speech_stopped": Turns.speech_stopped,
    "input_audio_buffer.committed": Turns.committed,
}
