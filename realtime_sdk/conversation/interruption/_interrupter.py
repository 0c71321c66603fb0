"""Interrupts replies: the messages that are cut, and the corrections that the server is sent."""

from __future__ import annotations

from collections.abc import Collection

from ...playback._segment import Segment
from ...protocol._codec import ClientEvent
from ...protocol._output_audio_buffer import OutputAudioBufferClear
from .._effects import Effects
from .._engine_state import EngineState
from .._live_response import LiveResponse
from .._sdk_events import Interrupted, SdkEvent
from ..message._live_message import LiveMessage
from ..message._playout import Playout
from ..tools._calls import Calls
from ._corrections import corrections


class Interrupter:
    """Interrupts the replies of a session; `at` is wall-clock seconds.

    Where `responses` are given, only these are interrupted; else all of the conversation, but for those to `spare`.
    """

    def __init__(self, state: EngineState, calls: Calls) -> None:
        self._state = state
        self._registry = state.registry
        self._calls = calls

    def segments(
        self, responses: Collection[LiveResponse] | None = None, *, spare: Collection[LiveResponse] = ()
    ) -> list[Segment]:
        """The audio that an interruption now would cut."""
        _, cut = self._scope(responses, spare)
        return [segment for message in cut for segment in message.content.segments]

    def uninterruptible(self) -> list[LiveResponse]:
        """The responses that the user's speech does not cut, as long as they are made or heard."""
        responses = [response for response in self._registry.running if not response.interruptible]
        heard = [m.response for m in self._registry.messages if m.response and not m.response.interruptible]
        return list(dict.fromkeys([*responses, *heard]))

    def interrupt(
        self, at: float, *, cancelled: bool, responses: Collection[LiveResponse] | None = None,
        spare: Collection[LiveResponse] = (),
    ) -> tuple[Effects, list[Playout]]:  # fmt: skip
        """Playback has stopped: finish what was cut; the effects make the server forget what was not heard.

        cancelled: the server cancels its responses by itself.
        """
        running, cut = self._scope(responses, spare)
        clears = any(item.played_remotely for item in cut) or (self._state.joins_a_call and responses is None)
        for response in running:
            response.interrupt(cancelled=cancelled)
            response.last_event_at = at
        events: list[SdkEvent] = []
        for item in list(self._registry.messages):  # in the order of play: what ended comes before what is cut
            events += item.cut(at) if item in cut else item.advance(at)
        conversation, capabilities = self._state.conversation, self._state.abilities.capabilities
        conversation.remove(*[item.id for item in cut if item.discarded])
        send = corrections(running, cut, conversation, capabilities, cancelled=cancelled)
        send += self.lost_words(but_for=cut)
        if clears:  # of a call, also what began before this side joined it
            send.append(OutputAudioBufferClear())
        if responses is not None:
            self._state.rounds.silence(responses)
        touched = [item.response for item in cut if item.playout.interrupted and item.response is not None]
        for response in [*touched, *(responses or ())]:
            response.interrupt(cancelled=False)
        playouts = [item.playout for item in cut if item.playout.interrupted]
        if running or playouts:
            events.append(Interrupted(at, tuple(playouts)))
        self.release_finished()
        interrupted = self._calls.interrupted(responses, spare=spare)
        return self._state.sent(Effects(tuple(send), tuple(events)), at) + interrupted, playouts

    def lost_words(self, *, but_for: Collection[LiveMessage] = ()) -> list[ClientEvent]:
        """The events after which the server has no words of messages just finished that were lost with their audio."""
        if not self._state.requests.connected:
            return []  # the next server is given what was heard
        finished = [item for item in self._registry.active if item.finished and item not in but_for]
        overstated = [item for item in finished if item.is_overstated]
        capabilities = self._state.abilities.capabilities
        return corrections((), overstated, self._state.conversation, capabilities, cancelled=False)

    def release_finished(self) -> None:
        """Drop the messages whose playout is final."""
        for item in [item for item in self._registry.active if item.finished]:
            self._registry.release(item)

    def _scope(
        self, responses: Collection[LiveResponse] | None, spare: Collection[LiveResponse]
    ) -> tuple[list[LiveResponse], list[LiveMessage]]:
        """The running responses and the unfinished messages that an interruption affects."""
        running = [response for response in self._registry.running if not response.interrupted]
        unheard = [item for item in self._registry.messages if item.is_played and not item.content.heard_in_full]
        if responses is not None:
            return [r for r in running if r in responses], [item for item in unheard if item.response in responses]
        in_band = [response for response in running if not (response.out_of_band or response in spare)]
        return in_band, [item for item in unheard if item.response not in spare]
