"""Translates the events of the capture into effects of the session."""

from __future__ import annotations

from typing import TypeAlias

from ...capture._events import (
    Append,
    CancellerFailed,
    FaultBegan,
    FaultEnded,
    InputLost,
    InputReport,
    InputRestored,
    SpeechBegan,
    SpeechEnded,
    SpeechEvent,
    TurnBegan,
    TurnEnded,
)
from ...capture._levels import Level
from ...capture._turns import TurnSource
from ...conversation._effects import NOTHING, Effects, emitting
from ...conversation._engine import Engine
from ...conversation._input_position import InputPosition
from ...conversation._sdk_events import (
    DeviceLost,
    DeviceRestored,
    EchoCancellerFailed,
    InputFault,
    InputFaultEnded,
    InputLevel,
    UserSpeechStarted,
    UserSpeechStopped,
)
from ...protocol._input_audio import InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from ...turns._controller import TurnController
from ..observers._tap import Tap

CaptureReport: TypeAlias = (
    InputLevel | EchoCancellerFailed | DeviceLost | DeviceRestored | InputFault | InputFaultEnded
)
"""An event of the microphone that every kind of session has."""


def report_of(event: InputReport) -> CaptureReport:
    """Return the event that reports it to the application."""
    match event:
        case Level():
            return InputLevel(event.at, event.dbfs)
        case CancellerFailed():
            return EchoCancellerFailed(event.at, event.reason)
        case InputLost():
            return DeviceLost(event.at, "input", event.reason)
        case InputRestored():
            return DeviceRestored(event.at, "input")
        case FaultBegan():
            return InputFault(event.at, event.fault, event.reason)
        case FaultEnded():
            return InputFaultEnded(event.at, event.fault)


class CaptureHandler:
    """Translates the events of the capture into effects; `at` is wall-clock seconds."""

    def __init__(
        self, controller: TurnController, engine: Engine, position: InputPosition, tap: Tap | None,
        turn_source: TurnSource,
    ) -> None:  # fmt: skip
        self._controller = controller
        self._engine = engine
        self._position = position  # of the user's audio
        self._tap = tap
        self._turn_source = turn_source

    def append(self, event: Append) -> InputAudioBufferAppend:
        """Return the event to send with captured audio: all that comes of it, fifty times a second."""
        self._position.capture(event.at)
        if self._tap is not None:
            self._tap.captured(event.at, event.pcm)
        return InputAudioBufferAppend(audio=event.data)

    def effects(self, event: SpeechEvent | InputReport, at: float) -> Effects:
        """Return the effects of one event."""
        match event:
            case TurnBegan():
                return emitting(UserSpeechStarted(event.at, None))
            case TurnEnded():
                return emitting(UserSpeechStopped(event.at, None)) + self._end_turn(event, at)
            case SpeechBegan():
                by_server = self._turn_source is TurnSource.SERVER
                return self._controller.local_speech_started(at) if by_server else self._controller.speech_started(at)
            case SpeechEnded():
                return self._controller.speech_stopped(at) if self._turn_source is TurnSource.DETECTOR else NOTHING
            case _:
                return emitting(report_of(event))

    def _end_turn(self, turn: TurnEnded, at: float) -> Effects:
        if turn.commit:
            if self._engine.spoken_turns is not None:
                self._engine.spoken_turns.audio.commit()
            return Effects(send=(InputAudioBufferCommit(),)) + self._controller.committed(at)
        cleared = self._controller.cleared(at)
        return Effects(send=(InputAudioBufferClear(),)) + cleared if turn.clear else cleared
