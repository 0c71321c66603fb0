"""Follows the user's speech, decides who has the floor, and changes the playback of a reply accordingly."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Final, Protocol

from ..capture._turns import Turns, TurnSource
from ..conversation._effects import NOTHING, Effects, Handler, emitting
from ..conversation._engine import Engine
from ..conversation._live_response import LiveResponse
from ..conversation.message._playout import Playout
from ..playback._pause_reason import PauseReason
from ..playback._segment import Segment
from ..protocol._codec import ProtocolViolation
from ._floor import TRANSITIONS, WITHHOLDING, FloorEvent, FloorState
from ._policies import BargeIn, BargeInAction, decides_locally, updated_turns

TENTATIVE_TIMEOUT: Final = 0.6
"""Seconds that a server has to report speech that this side detected: half for its detection, half for the network."""

TURN_TIMEOUT: Final = 600.0
"""Seconds after which the floor is free although no end of the user's speech was reported: that event was lost."""

UNREPORTED_TURN_TIMEOUT: Final = 30.0
"""Seconds likewise, where the server has never reported an end of speech: some servers do not."""

COMMIT_TIMEOUT: Final = 15.0
"""Seconds within which the user's speech becomes a message: the server takes a moment, a late microphone more."""

_PLAYBACK_CHANGED: Final = (FloorState.TENTATIVE, FloorState.OVERLAPPING)
"""The states in which a reply is paused or ducked."""

DUCKED_GAIN: Final = 0.2
"""Gain of a ducked reply: -14 dB, well below a voice that speaks over it."""


class Playback(Protocol):
    """The playback of replies, as the floor controls it; each call acts at once."""

    def flush(self) -> None:
        """Silence now: audio that has not been heard is dropped."""
        ...

    def drop(self, segments: Collection[Segment]) -> None:
        """Silence only these segments."""
        ...

    def pause(self, reason: PauseReason) -> None:
        """Pause at an exact frame."""
        ...

    def resume(self, reason: PauseReason) -> None:
        """Continue with the frame after the last one heard, unless there is another reason to pause."""
        ...

    def set_gain(self, gain: float) -> None:
        """Continue at another gain; 1.0 leaves the audio as it is."""
        ...


class TurnController:
    """Decides who has the floor; `at` is wall-clock seconds."""

    def __init__(self, turns: Turns, policy: BargeIn, engine: Engine, sink: Playback | None) -> None:
        self.floor = FloorState.FREE
        self.deadline = math.inf  # wall clock at which `expire` is due
        self._turns = turns
        self._reports_silence = turns.source is not TurnSource.SERVER  # the end of the user's speech is reported
        self._by_server = turns.source is TurnSource.SERVER
        self._policy = policy
        self._engine = engine
        self._interrupter = engine.interrupter
        self._sink = sink  # None: the application plays

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each event by which the server describes the user's turns."""
        if not self._by_server:
            return {}
        return {
            "input_audio_buffer.speech_started": lambda event, at: self.speech_started(at),
            "input_audio_buffer.speech_stopped": lambda event, at: self.speech_stopped(at),
            "input_audio_buffer.committed": lambda event, at: self.committed(at),
            "input_audio_buffer.cleared": lambda event, at: self.cleared(at),
            "response.created": lambda event, at: self.response_began(event.response.id, at),
        }

    # Calls of the application

    def update_fields(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the session fields of an update, as these turns need them.

        Raises:
            UsageError: they contradict the turns or the policy.

        """
        return updated_turns(self._turns, self._policy, given)

    def interrupt(self, at: float) -> tuple[Effects, list[Playout]]:
        """Interrupt by code: cut the reply, and withdraw requests that have not begun, or are for tools."""
        self._engine.withdraw_all()
        return self.cut(at)

    def cut(
        self, at: float, *, cancelled: bool = False, spare: Collection[LiveResponse] = ()
    ) -> tuple[Effects, list[Playout]]:
        """Stop playback and correct the server's memory, in one step; return the playouts that were cut.

        cancelled: the server cancels its responses by itself. spare: responses that are not cut.
        """
        if self._sink is not None:
            if spare:
                self._sink.drop(self._interrupter.segments(spare=spare))
            else:
                self._sink.flush()
        return self._interrupter.interrupt(at, cancelled=cancelled, spare=spare)

    def cancel(self, responses: Collection[LiveResponse], at: float) -> Effects:
        """Silence these responses and no others."""
        if self._sink is not None:
            self._sink.drop(self._interrupter.segments(responses))
        effects, _ = self._interrupter.interrupt(at, cancelled=False, responses=responses)
        return effects

    def press(self, at: float) -> tuple[Effects, list[Playout]]:
        """Push to talk: the user takes the floor."""
        effects, playouts = self.interrupt(at)
        return self._step(FloorEvent.TAKE, at) + effects, playouts

    def released(self, at: float, *, long_enough: bool) -> Effects:
        """Push to talk: the user has spoken; `long_enough`: to be answered."""
        effects = self._step(FloorEvent.STOP_SPEAKING, at)
        return effects if long_enough else effects + self.cleared(at)

    def cleared(self, at: float) -> Effects:
        """The user's speech so far is dropped."""
        return self._step(FloorEvent.CLEAR, at)

    def disconnected(self, at: float) -> Effects:
        """The server's turn detection is lost with the connection: the next server has heard no speech yet."""
        return self._step(FloorEvent.CLEAR, at) if self._by_server else NOTHING

    # The user's speech

    def local_speech_started(self, at: float) -> Effects:
        """Duck a reply: this side has detected speech, and the server may soon."""
        undecided = self.floor in (FloorState.FREE, FloorState.CLEARED, FloorState.BACKCHANNEL)
        if not (undecided and self._engine.speaking) or self._policy.action is BargeInAction.CONTINUE:
            return NOTHING
        effects = self._step(FloorEvent.DETECT, at)
        self._change_playback(BargeInAction.DUCK)
        return effects

    def speech_started(self, at: float) -> Effects:
        """Stop, pause or duck a reply, by the policy: the user speaks."""
        if self._policy.action is BargeInAction.STOP and self._stops_replies:
            return self._interrupt_reply(FloorEvent.TAKE, at)
        undecided = self._policy.seconds is not None and self._policy.action is not BargeInAction.STOP
        if self.floor is FloorState.TAKEN or not self._engine.speaking or not undecided:
            effects = self._engine.calls.interrupted() if undecided and self.floor is not FloorState.TAKEN else NOTHING
            return effects + self._step(FloorEvent.TAKE, at)
        effects = self._step(FloorEvent.OVERLAP, at)
        self._change_playback(self._policy.action)
        return effects

    def speech_stopped(self, at: float) -> Effects:
        """Continue a reply that was only paused or ducked: the user has stopped speaking."""
        self._reports_silence = True
        return self._step(FloorEvent.STOP_SPEAKING, at)

    def response_began(self, response_id: str, at: float) -> Effects:
        """The server began a response. An unrequested one answers the user, who has stopped speaking.

        A server that reports the end of speech has done so by now; else the response waits for the report.
        """
        turn_over = self.floor is FloorState.ENDED or (self.floor is FloorState.TAKEN and not self._reports_silence)
        if not turn_over or not self._engine.began_unrequested(response_id):
            return NOTHING
        return self._step(FloorEvent.COMMIT, at)

    def committed(self, at: float) -> Effects:
        """The user's speech became a message: have it answered if the user took the turn."""
        self._reports_silence = True
        taken = self.floor in (FloorState.TAKEN, FloorState.ENDED, FloorState.CLEARED)
        effects = NOTHING
        if taken and (decides_locally(self._policy) or not self._by_server):
            _, effects = self._engine.submit_continuation(at)  # one answer for all that waits for the floor
        return effects + self._step(FloorEvent.COMMIT, at, taken=taken)

    def expire(self, at: float) -> Effects:
        """Leave the present state, if its time limit has passed."""
        if at < self.deadline:
            return NOTHING
        if self.floor is FloorState.OVERLAPPING:
            return self._interrupt_reply(FloorEvent.EXPIRE, at)
        return self._report_lost_end(at) + self._step(FloorEvent.EXPIRE, at)

    def _report_lost_end(self, at: float) -> Effects:
        """Report that the server has not said when the user stopped speaking: requests have waited for that."""
        if not (self._by_server and self.floor is FloorState.TAKEN):
            return NOTHING
        reason = f"the server reported no end of the user's speech within {self._time_limit(self.floor):g} s"
        return emitting(ProtocolViolation(reason, "", at))

    def _interrupt_reply(self, event: FloorEvent, at: float) -> Effects:
        spare = self._interrupter.uninterruptible()
        interrupted, _ = self.cut(at, cancelled=self._server_cancels, spare=spare)
        effects = self._step(event, at)
        self._restore_playback()
        return effects + interrupted

    @property
    def _stops_replies(self) -> bool:
        """Whether the user's speech stops a reply: by default not with `interrupt_response: false`."""
        if self._engine.joins_a_call:
            return False
        if not (self._by_server and self._policy.follows_server):
            return True
        detection = self._engine.turn_detection
        return detection is None or detection.interrupt_response is not False

    @property
    def _server_cancels(self) -> bool:
        """Whether the server has cancelled its response itself: its turn detection does by default."""
        detection = self._engine.session.turn_detection
        return self._by_server and detection is not None and detection.interrupt_response is not False

    def _change_playback(self, action: BargeInAction) -> None:
        if self._sink is not None and action is BargeInAction.PAUSE:
            self._sink.pause(PauseReason.TURN)
        elif self._sink is not None and action is BargeInAction.DUCK:
            self._sink.set_gain(DUCKED_GAIN)

    def _restore_playback(self) -> None:
        if self._sink is not None:
            self._sink.set_gain(1.0)
            self._sink.resume(PauseReason.TURN)

    def _step(self, event: FloorEvent, at: float, *, taken: bool = False) -> Effects:
        """Change state, and with it what new responses may do; `taken`: the user is to be answered."""
        state = TRANSITIONS.get((self.floor, event))
        if state is None:
            return NOTHING
        before, self.floor = self.floor, state
        self.deadline = at + self._time_limit(state)
        if before in _PLAYBACK_CHANGED and state not in _PLAYBACK_CHANGED:
            self._restore_playback()
        if state in WITHHOLDING:
            self._engine.yield_floor()
        if before not in WITHHOLDING or state in WITHHOLDING:
            return NOTHING
        effects, dropped = self._engine.regain_floor(at, turn_taken=taken)
        # A response that was never heard is deleted before the next one is requested.
        return self.cancel(dropped, at) + effects if dropped else effects

    def _time_limit(self, state: FloorState) -> float:
        """Seconds that a state may last."""
        match state:
            case FloorState.FREE:
                return math.inf
            case FloorState.TENTATIVE:
                return TENTATIVE_TIMEOUT
            case FloorState.OVERLAPPING:
                return math.inf if self._policy.seconds is None else self._policy.seconds
            case FloorState.TAKEN | FloorState.CLEARED:
                return TURN_TIMEOUT if self._reports_silence else UNREPORTED_TURN_TIMEOUT
            case FloorState.ENDED | FloorState.BACKCHANNEL:
                return COMMIT_TIMEOUT
