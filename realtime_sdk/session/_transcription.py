"""A session that only transcribes, as an application uses it: a `Session` without a model's side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeAlias, TypeVar, overload

import anyio
import numpy as np
from typing_extensions import Unpack

from .._runtime.arguments import unknown_field
from .._runtime.event_loop import assert_own_loop, own_event
from ..audio._pcm import Pcm, to_bytes, to_frames
from ..audio._session_formats import Formats
from ..conversation._completion import Completion
from ..conversation._sdk_events import SdkEvent
from ..conversation._spoken_turn import TranscribedUtterance
from ..conversation._spoken_turns import FINAL_COMMIT, TRANSCRIPT_TIMEOUT, SpokenTurns
from ..conversation.message._playout import Playout
from ..conversation.usage._usage import TranscriptionUsage
from ..devices._protocols import InputDevice
from ..errors import UsageError
from ..protocol._codec import ServerEvent
from ..protocol._fields import TranscriptionFields
from ..protocol._input_audio import InputAudioBufferAppend, InputAudioBufferCommit
from ._operation import Operation
from ._runtime import SessionRuntime
from ._session import Session

E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")

TranscriptionState: TypeAlias = Literal["listening", "reconnecting", "closed"]

LAST_SILENCE: Final = 1.0
"""Seconds of silence that let a server's turn detection find the end of the last speech, where it does not say how
much it waits for."""

_INSTEAD: Final = {
    "conversation": "`utterances` has what was said",
    "drained": "finish() waits until all is transcribed",
}
"""What a transcription has in place of a part of a session."""


class Transcription:
    """A session that only transcribes; `transcribe` opens it, and iterating over it gives what was said.

    All methods belong to its event loop. Each acts when it is called; what it returns need not be awaited.
    """

    def __init__(self) -> None:
        raise UsageError("transcribe(…) opens a transcription: async with transcribe(…) as transcription")

    @classmethod
    def _on(cls, runtime: SessionRuntime) -> Transcription:
        """Return the transcription that an application sees of a runtime."""
        assert runtime.engine.spoken_turns is not None  # of a session of this kind
        transcription = cls.__new__(cls)
        transcription._runtime = runtime
        transcription._session = Session._on(runtime)
        transcription._turns = runtime.engine.spoken_turns
        transcription._all_transcribed = None
        runtime.tasks.start_soon(transcription._finish_with_the_microphone)
        return transcription

    _runtime: SessionRuntime
    _session: Session
    _turns: SpokenTurns
    _all_transcribed: Completion[None] | None  # after the last audio; None: more may come

    def __repr__(self) -> str:
        return f"<Transcription {self._runtime.engine.session.id or ''} {len(self.utterances)} utterances>"

    if not TYPE_CHECKING:  # a type checker knows by itself what it has

        def __getattr__(self, name: str) -> NoReturn:
            if not name.startswith("_") and hasattr(Session, name):
                instead = _INSTEAD.get(name, "use connect(…)")
                raise UsageError(f"a transcription has no {name!r}, because no model answers in it; {instead}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    # What was said

    def __aiter__(self) -> AsyncIterator[TranscribedUtterance]:
        """Each utterance once its transcript is final, in the order of speaking, from the first that was not read yet.

        One whose transcript breaks off comes 30 s after its last word, with `final=False`.

        Ends once `finish` is done, when the session is left, or when the server closes the connection regularly.

        Raises:
            ConnectionLost: the connection ended in any other way.

        """
        return self._turns.utterances.follow()

    @property
    def utterances(self) -> list[TranscribedUtterance]:
        """The utterances so far, the last 10 000, for `to_vtt` and `to_srt`.

        One with `final=False`, whose transcript broke off, is left out once the whole of it has come.
        """
        given = self._turns.utterances.values
        whole = {utterance.item_id for utterance in given if utterance.final and utterance.item_id}
        return [utterance for utterance in given if utterance.final or utterance.item_id not in whole]

    def partials(self) -> AsyncIterator[TranscribedUtterance]:
        """Utterances as their text grows: each the whole so far, and once more when it is final.

        From the first that was not read yet. A turn in which several people speak has no speakers before it is final.
        """
        return self._turns.partials.follow()

    @overload
    def events(self) -> AsyncIterator[SdkEvent]: ...
    @overload
    def events(self, kind: type[E], /) -> AsyncIterator[E]: ...
    @overload  # of two and three kinds mypy would infer `object`
    def events(self, kind: type[E], second: type[F], /) -> AsyncIterator[E | F]: ...
    @overload
    def events(self, kind: type[E], second: type[F], third: type[G], /) -> AsyncIterator[E | F | G]: ...
    @overload
    def events(self, *kinds: type[E]) -> AsyncIterator[E]: ...
    def events(self, *kinds: type[E]) -> AsyncIterator[SdkEvent] | AsyncIterator[E]:
        """As `Session.events`: speech, levels, devices, connections, errors."""
        return self._session.events(*kinds)

    def raw_events(self) -> AsyncIterator[ServerEvent]:
        """As `Session.raw_events`."""
        return self._session.raw_events()

    @property
    def state(self) -> TranscriptionState:
        """What the transcription does: `"listening"`, `"reconnecting"` (there is no connection), or `"closed"`."""
        if self._runtime.link.end_reason is not None:
            return "closed"
        return "listening" if self._runtime.link.is_open else "reconnecting"

    @property
    def formats(self) -> Formats:
        """The format of the user's audio on the wire is `formats.input`; here audio is PCM at its rate."""
        return self._session.formats

    @property
    def settings(self) -> Mapping[str, Any]:
        """The wire's session object as the server last described it."""
        return self._session.settings

    @property
    def usage(self) -> TranscriptionUsage:
        """What it has cost so far, in tokens or seconds, as the server counts."""
        return self._session.usage.transcription

    # The user's audio

    def send_audio(self, pcm: Pcm | bytes) -> Operation[None]:
        """Transcribe audio of the application: as `Session.send_audio`. It may come faster than it was spoken."""
        self._require_open("send_audio")
        return self._session.send_audio(pcm)

    def commit_audio(self) -> Operation[None]:
        """Make the audio so far a turn, whose transcript is final. A server that detects turns does so by itself."""
        self._require_open("commit_audio")
        return self._session.commit_audio()

    def clear_audio(self) -> Operation[None]:
        """Drop the audio of which no turn was made."""
        self._require_open("clear_audio")
        return self._session.clear_audio()

    def press(self) -> Operation[list[Playout]]:
        """Begin a turn: as `Session.press`."""
        self._require_open("press")
        return self._session.press()

    def release(self) -> bool:
        """End a turn: as `Session.release`."""
        self._require_open("release")
        return self._session.release()

    def mute(self, *, hard: bool = False) -> None:
        """As `Session.mute`; the times of utterances include it."""
        self._session.mute(hard=hard)

    def unmute(self) -> None:
        """As `Session.unmute`."""
        self._session.unmute()

    def use(self, *, microphone: InputDevice | None) -> Operation[None]:
        """Exchange the microphone while it runs: as `Session.use`."""
        return self._session.use(microphone=microphone)

    def update(
        self, *, timeout: float | None = None, **fields: Unpack[TranscriptionFields]
    ) -> Operation[Mapping[str, Any]]:
        """Change how the next turns are transcribed: `keywords`, `languages`, `prompt`, …; the other fields stay.

        Raises:
            UsageError: an unknown field, or the transcription is finished.
            ServerRefused: the server refused.
            RequestTimedOut: the server did not answer in time.
            ConnectionLost: the connection has ended.

        """
        self._require_open("update")
        known = TranscriptionFields.__annotations__
        for name in fields:
            if name not in known:
                raise unknown_field("update", name, {*known, "timeout"}, f"it has {', '.join(known)}")
        requested = self._runtime.engine.requests.updates.fields_requested
        given: Any = {**requested["audio"]["input"]["transcription"], **fields}
        return self._session.update(type="transcription", transcription=given, timeout=timeout)

    def finish(self) -> Operation[None]:
        """Take no more audio; await it until all that was said is transcribed. The iterators end then.

        A turn that is being spoken ends here. A microphone that has no more does the same.

        Raises:
            ConnectionLost: the connection ended before that, and no other one carries the session on.

        """
        assert_own_loop(self._runtime.loop, "finish")
        if self._all_transcribed is None:
            self._all_transcribed = Completion(own_event())
            self._session.mute(hard=True)
            self._runtime.apply_captured(self._runtime.audio.capture.end_input())
            self._turns.audio.finish()
            self._end_last_turn()
            if self._runtime.link.end_reason is None:
                self._runtime.tasks.start_soon(self._wait_until_transcribed, self._all_transcribed)
            else:  # nothing more comes
                self._complete(self._all_transcribed)
        return Operation(self._all_transcribed, "Transcription.finish")

    async def _wait_until_transcribed(self, transcribed: Completion[None]) -> None:
        try:
            while self._turns.pending and self._runtime.link.end_reason is None:
                if self._turns.audio.commit_due:
                    self._end_last_turn()
                with anyio.move_on_after(TRANSCRIPT_TIMEOUT) as waiting:
                    await self._turns.changed()
                if waiting.cancelled_caught and self._runtime.link.is_open:
                    self._runtime.log.warning(f"the end is not transcribed: {TRANSCRIPT_TIMEOUT:g} s without a word")
                    self._turns.give_up()
                    break
            self._turns.end()
        finally:
            self._complete(transcribed)

    def _complete(self, transcribed: Completion[None]) -> None:
        """Nothing more comes: complete it, with an exception if the connection ended before the last transcript."""
        by_hand = self._runtime.engine.session.turn_detection is None
        missing = self._turns.pending or (by_hand and self._turns.audio.has_uncommitted)
        if missing and self._runtime.link.end_reason is not None:
            transcribed.set_exception(self._runtime.link.end_reason)
        else:
            transcribed.set_result(None)

    def _end_last_turn(self) -> None:
        """Have the server make a turn of what it has, and say when it has made none."""
        detection = self._runtime.engine.session.turn_detection
        if self._runtime.link.end_reason is not None or not (detection or self._turns.audio.has_uncommitted):
            return
        if detection is not None:
            seconds = self._turns.silence_duration + LAST_SILENCE / 2 if self._turns.silence_duration else LAST_SILENCE
            silence = np.zeros(to_frames(seconds, self.formats.input.rate), np.int16)
            encoded = self.formats.input.encode(to_bytes(silence))
            self._runtime.send(InputAudioBufferAppend(audio=encoded))
        self._runtime.send(InputAudioBufferCommit(event_id=FINAL_COMMIT))

    async def _finish_with_the_microphone(self) -> None:
        await self._runtime.input_ended.wait()
        self.finish()

    def _require_open(self, name: str) -> None:
        if self._all_transcribed is not None:
            raise UsageError(f"the transcription is finished: {name}() comes too late")
