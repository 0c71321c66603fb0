"""Reports to the turn timer when the user's turns end, by the clock of the capture."""

from __future__ import annotations

from collections.abc import Mapping

from ..._runtime import clock
from ...capture._events import Append, CaptureEvent, SpeechEnded, TurnEnded
from ...capture._turns import TurnSource
from ...conversation._effects import NOTHING, Effects, Handler
from ...conversation._engine import Engine
from ...conversation.usage._turn_timer import TurnTimer
from ...conversation.usage._turn_timing import TurnEnd
from ...protocol._input_audio import (
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStopped,
)
from ..connection._link import Link
from ._input_clock import InputClock


class TurnReports:
    """Reports the ends of the user's turns: as the server, the local detector, the key or the application says.

    The server says where in the audio that it was sent on this connection the speech ended. Its own silence, after
    which it knows that, is taken off where the session states it (`server_vad`); where it does not, the last voice that
    a local detector heard is nearer to the truth.
    """

    def __init__(self, engine: Engine, link: Link, source: TurnSource) -> None:
        self.timer = TurnTimer()
        self._engine = engine
        self._link = link
        self._source = source
        self._clock = InputClock()
        self._voice_ended_at: float | None = None  # of a turn that the server has not taken; None: no detector says so
        self._reports_ends = False  # the server has said that the user's speech ended: not all do

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each event by which the server describes the user's turns."""
        return {
            "input_audio_buffer.speech_stopped": self._speech_stopped,
            "input_audio_buffer.committed": self._committed,
            "input_audio_buffer.cleared": self._cleared,
        }

    def captured(self, event: CaptureEvent) -> None:
        """The capture has sent audio, or found an end of speech."""
        match event:
            case Append():
                self._clock.record(self._link.position.seconds, event.at)
            case SpeechEnded():
                self._voice_ended_at = event.at
                if self._source is TurnSource.DETECTOR:
                    self.timer.speech_ended(event.at, TurnEnd.DETECTOR)
            case TurnEnded(commit=True):
                self.timer.commit_sent(clock.wall())
                if self._source is TurnSource.KEY:
                    self.timer.speech_ended(event.at, TurnEnd.KEY)

    def sent(self, kind: str, begin: float) -> None:
        """The application has sent an event of this type; the audio from position `begin` on was captured by now."""
        at = clock.wall()
        match kind:
            case "input_audio_buffer.append":
                self._clock.record(begin, at - (self._link.position.seconds - begin))
            case "input_audio_buffer.commit":
                self.timer.commit_sent(at)
                self.timer.speech_ended(at, TurnEnd.APPLICATION)

    def _speech_stopped(self, event: InputAudioBufferSpeechStopped, at: float) -> Effects:
        self._reports_ends = True
        detection = self._engine.session.turn_detection
        silence = None if detection is None else detection.silence_duration_ms
        if silence is None and self._voice_ended_at is not None:
            self.timer.speech_ended(self._voice_ended_at, TurnEnd.DETECTOR)
            return NOTHING
        ended = None
        if event.audio_end_ms is not None:
            position = self._link.position.on_server((event.audio_end_ms - (silence or 0)) / 1000)
            ended = self._clock.captured_at(position)
        self.timer.speech_ended(ended, TurnEnd.SERVER)
        return NOTHING

    def _committed(self, event: InputAudioBufferCommitted, at: float) -> Effects:
        self._voice_ended_at = None
        if self.timer.speech_has_ended or not self._reports_ends:  # else silence: the server's idle timeout
            self.timer.committed(at)
        return NOTHING

    def _cleared(self, event: InputAudioBufferCleared, at: float) -> Effects:
        self._voice_ended_at = None
        self.timer.speech_dropped()
        return NOTHING
