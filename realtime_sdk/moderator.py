"""Gives the floor to who speaks: follows the user's speech, and has the sound of a reply react to it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

import anyio
from anyio.abc import TaskGroup

from . import clock
from .conversation import Playout, Router
from .errors import UsageError
from .events import ClientEvent
from .sink import Hold, Sink
from .tool_runner import ToolRunner
from .turns import BargeIn, Reaction, Teller, Turns

SUSPENSE: Final = 0.6
"""Seconds that a server has to hear what this side hears: its own detection takes half of it, the network the rest."""


class Floor(Enum):
    """Who has the floor."""

    FREE = "free"  # the user is silent
    SUSPECTED = "suspected"  # the user is heard on this side, and the server has not said so yet
    CLAIMED = "claimed"  # the user speaks while a reply is heard, and nothing is decided
    TAKEN = "taken"  # the user speaks, and is to be answered
    WAIVED = "waived"  # the user has said something, but the reply goes on


class Step(Enum):
    """What can happen to the floor."""

    SUSPECT = "suspect"  # somebody seems to speak while a reply is heard
    DISMISS = "dismiss"  # the server hears nobody
    CLAIM = "claim"  # speech, while a reply is heard
    TAKE = "take"  # speech in the silence, or for long enough
    FALL_SILENT = "fall silent"
    COMMIT = "commit"  # the server made a user's message of it


# A missing entry is a step that changes nothing.
TRANSITIONS: Final[dict[tuple[Floor, Step], Floor]] = {
    (Floor.FREE, Step.SUSPECT): Floor.SUSPECTED,
    (Floor.WAIVED, Step.SUSPECT): Floor.SUSPECTED,
    (Floor.SUSPECTED, Step.DISMISS): Floor.FREE,
    (Floor.FREE, Step.CLAIM): Floor.CLAIMED,
    (Floor.SUSPECTED, Step.CLAIM): Floor.CLAIMED,
    (Floor.WAIVED, Step.CLAIM): Floor.CLAIMED,
    (Floor.FREE, Step.TAKE): Floor.TAKEN,
    (Floor.SUSPECTED, Step.TAKE): Floor.TAKEN,
    (Floor.WAIVED, Step.TAKE): Floor.TAKEN,
    (Floor.CLAIMED, Step.TAKE): Floor.TAKEN,
    (Floor.CLAIMED, Step.FALL_SILENT): Floor.WAIVED,
    (Floor.TAKEN, Step.COMMIT): Floor.FREE,
    (Floor.WAIVED, Step.COMMIT): Floor.FREE,
}


class Moderator:
    """Follows the user's speech, and has the sound react to it. All methods are called on the session's loop."""

    def __init__(
        self, turns: Turns, policy: BargeIn, tasks: TaskGroup, router: Router, sink: Sink | None,
        tools: ToolRunner, *, send: Callable[[ClientEvent], object], answer: Callable[[], object],
    ) -> None:  # fmt: skip
        self.floor = Floor.FREE
        self._by_server = turns.told_by is Teller.SERVER
        self._policy = policy
        self._tasks = tasks
        self._router = router
        self._sink = sink  # what can be held meanwhile; None: the application plays
        self._tools = tools
        self._send = send
        self._answer = answer
        self._patience: anyio.CancelScope | None = None  # runs while something is undecided; None: nothing is

    def notice(self, event_type: str) -> None:
        """Act on what the server's turn detection found, if this event says so."""
        if self._by_server and (react := _REACTIONS.get(event_type)) is not None:
            react(self)

    def call_off(self) -> list[Playout]:
        """Interrupt by code: what was asked for and has not begun, or is asked for by tools, is not wanted any more."""
        self._router.queue.withdraw(UsageError("the request was interrupted before the server began to answer it"))
        playouts = self.interrupt()
        self._tools.call_off()
        return playouts

    def interrupt(self, *, cancelled: bool = False) -> list[Playout]:
        """Stop the sound and put the server's memory right, in one step; return the playouts that were cut.

        cancelled: the server cancels its responses by itself.
        """
        if self._sink is not None:
            self._sink.flush()
        events, playouts = self._router.interrupt(clock.wall(), cancelled=cancelled)
        for event in events:
            self._send(event)
        return playouts

    def suspect(self) -> None:
        """Let a reply go on quietly: this side hears the user, and the server may soon."""
        undecided = self.floor in (Floor.FREE, Floor.WAIVED)
        if undecided and self._router.is_speaking and self._policy.reaction is not Reaction.NOTHING:
            self._step(Step.SUSPECT)
            self._hold(Reaction.DUCK)
            self._later(SUSPENSE, self._dismiss)

    def speech_started(self) -> None:
        """Let the sound react: the user is heard."""
        self._decided()
        if self._policy.reaction is Reaction.STOP:
            self._take()
        elif self.floor is Floor.TAKEN or not self._router.is_speaking or self._policy.seconds is None:
            self._step(Step.TAKE)
        else:
            self._step(Step.CLAIM)
            self._hold(self._policy.reaction)
            self._later(self._policy.seconds, self._take)

    def speech_stopped(self) -> None:
        """Let a reply that was only held go on: the user has fallen silent."""
        if self.floor is Floor.CLAIMED:
            self._decided()
            self._step(Step.FALL_SILENT)
            self._release()

    def committed(self) -> None:
        """Have the user answered who took the turn."""
        taken = self.floor is Floor.TAKEN
        self._step(Step.COMMIT)
        if taken and (self._policy.decides_here or not self._by_server):
            self._answer()

    def _take(self) -> None:
        self._step(Step.TAKE)
        self.interrupt(cancelled=self._server_cancels)
        self._release()

    @property
    def _server_cancels(self) -> bool:
        """Whether the server has cancelled its response itself: its turn detection does, unless told not to."""
        detection = ((self._router.session.get("audio") or {}).get("input") or {}).get("turn_detection") or {}
        return self._by_server and bool(detection) and detection.get("interrupt_response") is not False

    def _dismiss(self) -> None:
        self._step(Step.DISMISS)
        self._release()

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do this in so many seconds, unless it is decided until then."""
        self._patience = anyio.CancelScope()
        self._tasks.start_soon(self._run_out, self._patience, seconds, act)

    async def _run_out(self, patience: anyio.CancelScope, seconds: float, act: Callable[[], None]) -> None:
        with patience:
            await anyio.sleep(seconds)
            act()

    def _decided(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _hold(self, reaction: Reaction) -> None:
        if self._sink is not None and reaction is Reaction.PAUSE:
            self._sink.pause(Hold.TURN)
        elif self._sink is not None and reaction is Reaction.DUCK:
            self._sink.duck()

    def _release(self) -> None:
        if self._sink is not None:
            self._sink.duck(1.0)
            self._sink.resume(Hold.TURN)

    def _step(self, step: Step) -> None:
        self.floor = TRANSITIONS.get((self.floor, step), self.floor)


_REACTIONS: Final[dict[str, Callable[[Moderator], None]]] = {
    "input_audio_buffer.speech_started": Moderator.speech_started,
    "input_audio_buffer.speech_stopped": Moderator.speech_stopped,
    "input_audio_buffer.committed": Moderator.committed,
}
