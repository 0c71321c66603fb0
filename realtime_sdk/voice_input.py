"""The user's voice on its way to the server."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import numpy as np

from . import clock
from .audio import SILENCE, Pcm, checked_bytes
from .capture.events import TurnBegan, TurnEnded
from .capture.levels import LevelMeter
from .capture.turn_gate import MINIMUM_TURN, GateOutput, Passed, TurnGate
from .conversation import (
    DeviceRestored,
    EchoCancellerFailed,
    InputLevel,
    Outcome,
    Playout,
    SdkEvent,
    UserSpeechStarted,
    UserSpeechStopped,
)
from .devices.protocols import InputDevice
from .echo import EchoCanceller
from .errors import UsageError
from .events import ClientEvent, InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from .formats import Formats
from .microphone import MicrophoneFeed
from .moderator import Moderator
from .tap import Tap
from .turns import Teller, Turns
from .voice_activity import Edge, SpeechDetector
from .voice_path import Mute, Noticed, Voice, VoicePath


class VoiceInput:
    """Sends what the microphone captures, or what the application gives in its place.

    From the microphone through mute, echo canceller and detector (`VoicePath`) to the server; where the turns are told
    on this side, through a `TurnGate`.
    """

    def __init__(
        self, microphone: InputDevice | None, formats: Formats, *, turns: Turns, canceller: EchoCanceller | None,
        moderator: Moderator, told_until: Callable[[], float], send: Callable[[ClientEvent], Outcome[None]],
        answer: Callable[[], object], tell: Callable[[SdkEvent], None], tap: Tap | None,
    ) -> None:  # fmt: skip
        self._format = formats.input
        self._turns = turns
        self._moderator = moderator
        self._send = send
        self._answer = answer
        self._tell = tell
        self._tap = tap
        rate = formats.input.rate
        self._level = LevelMeter(rate)
        self._mute = Mute.NONE
        self._muted = Mute.NONE  # what it was before
        self._unmuted_at = 0.0  # wall clock
        detector = None if turns.detector is None else SpeechDetector(turns.detector, rate, silence=turns.silence)
        self._path = VoicePath(
            rate, formats.output.rate, canceller=canceller, detector=detector, told_until=told_until,
            mute_at=self._mute_at, passed=self._passed, failed=self._failed,
        )  # fmt: skip
        self._gate: TurnGate | None = None  # None: everything is sent
        if turns.told_by is not Teller.SERVER:
            self._gate = TurnGate(
                rate, padding=turns.padding, shortest=MINIMUM_TURN if turns.told_by is Teller.KEY else 0.0
            )  # fmt: skip
        self._feed: MicrophoneFeed | None = None  # None: there is no microphone
        if microphone is not None:
            self._feed = MicrophoneFeed(microphone, rate, captured=self._captured, tell=tell)

    async def run(self) -> None:
        """Send until cancelled or until the microphone has no more; the device is open."""
        if self._feed is None:
            return
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._path.run)
            await self._feed.run()
            self._fall_still()

    def heard(self, at: float, pcm: Pcm) -> None:
        """Take what the loudspeaker played: it may come back as an echo."""
        self._path.heard(at, pcm)

    def told(self) -> None:
        """All that was heard until now has been told."""
        self._path.told()

    def notice(self, event: SdkEvent) -> None:
        """Take what the session tells: a device that is back has another way through the room, and other times."""
        if isinstance(event, DeviceRestored):
            self._path.begin_anew()

    # What the application does

    def append(self, pcm: Pcm | bytes) -> Outcome[None]:
        """Add sound to the server's input buffer."""
        return self._send(InputAudioBufferAppend(audio=self._format.encode(checked_bytes(pcm))))

    def commit(self) -> Outcome[None]:
        """Make the input buffer a user's message."""
        return self._send(InputAudioBufferCommit())

    def clear(self) -> Outcome[None]:
        """Drop what is in the input buffer."""
        return self._send(InputAudioBufferClear())

    def mute(self, mute: Mute) -> None:
        """Let this become of what the microphone hears from now on; what is on its way is muted, too."""
        if mute is Mute.NONE and self._mute is not Mute.NONE:
            self._muted, self._unmuted_at = self._mute, clock.wall()
        self._mute = mute

    def press(self) -> list[Playout]:
        """Begin a turn: the user holds the key down; returns the playouts that it cut.

        Raises:
            UsageError: no key tells the turns.
        """
        self._apply(self._keyed().begin(clock.wall()))
        return self._moderator.call_off()

    def release(self) -> bool:
        """End the turn; it is committed once its last sound has come through. Return whether it is sent."""
        meant, outputs = self._keyed().end(clock.wall())
        self._apply(outputs)
        if self._feed is None:
            self._fall_still()
        return meant

    def _keyed(self) -> TurnGate:
        if self._gate is None or self._turns.told_by is not Teller.KEY:
            raise UsageError("no key tells the turns of this session: open it with connect(turns=Turns.push_to_talk())")
        return self._gate

    # The way of the sound

    def _mute_at(self, at: float) -> Mute:
        """What becomes of sound of this time, as things stand."""
        return self._muted if self._mute is Mute.NONE and at < self._unmuted_at else self._mute

    def _captured(self, at: float, pcm: Pcm) -> None:
        self._path.captured(at, np.zeros_like(pcm) if self._mute is Mute.HARD else pcm)

    def _passed(self, voice: Voice) -> None:
        mute = voice.mute if self._mute is Mute.NONE else self._mute
        if mute is Mute.HARD:
            self._hear(voice.until, SILENCE)
        else:
            pcm = voice.pcm if mute is Mute.NONE else np.zeros_like(voice.pcm)
            if (level := self._level.push(voice.at, pcm)) is not None:
                self._tell(InputLevel(level.at, level.dbfs))
            self._hear(voice.at, pcm)
        for noticed in voice.noticed:
            self._notice(noticed, voice.until)

    def _failed(self, reason: str) -> None:
        self._tell(EchoCancellerFailed(clock.wall(), reason))

    def _hear(self, at: float, pcm: Pcm) -> None:
        if self._gate is not None:
            self._apply(self._gate.hear(at, pcm))
        elif pcm.size:
            self._pass_on(at, pcm)

    def _pass_on(self, at: float, pcm: Pcm) -> None:
        if self._tap is not None:
            self._tap.captured(at, pcm)
        self.append(pcm)

    def _fall_still(self) -> None:
        """No sound will come: what waits for some need not, and nobody will hear a turn end."""
        self._feed = None
        if self._gate is not None:
            self._apply(self._gate.hear(clock.wall(), SILENCE))
            if self._turns.told_by is Teller.VOICE:
                self._end_turn(clock.wall())

    # The turns

    def _notice(self, noticed: Noticed, until: float) -> None:
        """Speech began or ended in what was captured until now."""
        if self._gate is None:
            if noticed.edge is Edge.BEGINNING:
                self._moderator.suspect()
        elif noticed.edge is Edge.BEGINNING:
            self._apply(self._gate.begin(noticed.at))
            self._moderator.speech_started()
        else:
            self._end_turn(until)

    def _end_turn(self, until: float) -> None:
        """The user whom a detector heard has fallen silent, or silent for it."""
        assert self._gate is not None  # a detector tells the turns
        self._moderator.speech_stopped()
        self._apply(self._gate.end(until)[1])

    def _apply(self, outputs: list[GateOutput]) -> None:
        for output in outputs:
            match output:
                case TurnBegan(at):
                    self._tell(UserSpeechStarted(at, None))
                case Passed(at, pcm):
                    self._pass_on(at, pcm)
                case TurnEnded():
                    self._ended(output)

    def _ended(self, turn: TurnEnded) -> None:
        self._tell(UserSpeechStopped(turn.at, None))
        if turn.clear:
            self.clear()
        if turn.commit:
            self.commit()
            if self._turns.told_by is Teller.VOICE:
                self._moderator.committed()
            else:
                self._answer()
