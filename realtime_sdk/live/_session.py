"""What the two kinds of stream sessions share, as an application uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, Self, TypeVar, get_args, overload

from .._runtime import clock
from .._runtime.arguments import check_choice, check_classes
from ..audio._formats import AudioFormat
from ..audio._pcm import Pcm, checked_bytes, from_bytes, to_seconds
from ..captions._utterance import Utterance
from ..capture._mute import Mute
from ..errors import UsageError
from ..session._operation import Operation, completed
from ..session._session_base import SessionBase
from ._engine import StreamEngine
from ._events import LiveCaption, LiveEvent, LiveUsage, Role
from ._readers import AudioReader, RoleReader
from ._runtime import StreamRuntime

E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")


class StreamSession(SessionBase):
    """A session that is a stream of audio and timed words, without items or responses.

    `connect_live` and `connect_translation` make its two kinds. All methods belong to the session's event loop; a call
    from another thread is a `UsageError`.
    """

    _runtime: StreamRuntime
    _engine: StreamEngine

    def __init__(self) -> None:
        raise UsageError("connect_live(…) or connect_translation(…) opens a session: async with connect_live(…) as …")

    @classmethod
    def _on(cls, runtime: StreamRuntime) -> Self:
        """Return the session that an application sees of a runtime."""
        session = cls.__new__(cls)
        session._runtime = runtime
        session._engine = runtime.engine
        return session

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.state}>"

    @property
    def id(self) -> str | None:
        """The session's id on the server; None: the server has not sent it."""
        return self._engine.session_id

    @property
    def state(self) -> Literal["opening", "open", "closing", "closed"]:
        """`"closing"`: the last speech of the model still comes; `"closed"`: audio that came may still be heard."""
        return self._engine.lifecycle.state.value

    @property
    def expires_at(self) -> float | None:
        """The wall-clock time at which the server ends the session; None: it does not say."""
        return self._engine.expires_at

    @property
    def format(self) -> AudioFormat:
        """The format of the audio in both directions; its rate is that of the arrays of `audio` and `send_audio`."""
        return self._runtime.format

    @property
    def position(self) -> float:
        """Seconds on the timeline of the session up to the last frame heard."""
        self._runtime.report_playback()
        return self._engine.stream.position

    @property
    def underruns(self) -> int:
        """How often the loudspeaker ran out of audio and went on."""
        return self._runtime.underruns

    @property
    def usage(self) -> LiveUsage:
        """The consumption so far: totals, as the server last reported them."""
        return self._engine.usage

    @property
    def transcript(self) -> list[Utterance]:
        """What both sides said so far, as it was heard, for `to_vtt` and `to_srt`.

        Times are seconds since the session was opened. The server marks no end of an utterance: a second of silence
        does.
        """
        return self._runtime.transcript.build()

    # What happens

    def captions(self, role: Role | None = None) -> AsyncIterator[LiveCaption]:
        """The words of both sides, or of one, from the first that was not read yet; the last 10 000 are kept.

        The model's arrive when they are audible: text that comes early waits for its audio, and words whose audio is
        never heard never arrive. The user's arrive as soon as the server has recognised them.

        Ends when the session has ended, and all that came was heard; raises `ConnectionLost` if the connection was
        lost, or the server ended the session by itself.
        """
        self._assert_own_loop("captions")
        if role is None:
            return self._runtime.captions.follow()
        check_choice("role", role, get_args(Role))
        return RoleReader(self._runtime.captions.follow(role), role)

    @overload
    def events(self) -> AsyncIterator[LiveEvent]: ...
    @overload
    def events(self, kind: type[E], /) -> AsyncIterator[E]: ...
    @overload  # of two and three kinds mypy would infer `object`
    def events(self, kind: type[E], second: type[F], /) -> AsyncIterator[E | F]: ...
    @overload
    def events(self, kind: type[E], second: type[F], third: type[G], /) -> AsyncIterator[E | F | G]: ...
    @overload
    def events(self, *kinds: type[E]) -> AsyncIterator[E]: ...
    def events(self, *kinds: type[E]) -> AsyncIterator[LiveEvent] | AsyncIterator[E]:
        """Every event of the session, from the first that was not read yet; the last 10 000 are kept.

        kinds: only events of these classes. `InputLevel` and `OutputLevel` begin with the first call that asks for
        them: until then no levels are measured. Ends when the session has ended, and all that came was heard.
        """
        check_classes("events()", kinds, get_args(LiveEvent))
        return self._runtime.follow_events(kinds)

    def audio(self) -> AsyncIterator[Pcm]:
        """The model's audio as it comes: int16 arrays of shape (frames,), silence included; what is read is heard.

        Raises:
            UsageError: a speaker plays it.

        """
        self._assert_own_loop("audio")
        if self._engine.audio is None:
            raise UsageError("the speaker plays the audio: pass speaker=None to take it from audio()")
        self._runtime.audio_is_taken = True
        return AudioReader(aiter(self._engine.audio), self._runtime.count_as_heard)

    # What the user says

    def send_audio(self, pcm: Pcm | bytes) -> Operation[None]:
        """Send audio of the user's, int16 mono at the rate of `format`: an array of shape (frames,), or its bytes.

        Where nothing is sent, with or without a microphone, silence is: the server's clock is the audio that it gets.

        Raises:
            UsageError: another dtype or shape, or half a frame.

        """
        self._assert_own_loop("send_audio")
        data = checked_bytes(pcm)
        if not data:
            return completed(None, "send_audio")  # servers refuse an event without audio
        self._runtime.connection.require_room()
        frames = from_bytes(data)
        at = clock.wall() - to_seconds(frames.size, self.format.rate)
        sent = self._runtime.send_audio(frames, self._runtime.audio.capture.encode(data), at)
        return Operation(sent, "send_audio")

    def mute(self) -> Operation[None]:
        """Send silence in place of the microphone's audio, from now on."""
        self._assert_own_loop("mute")
        self._runtime.audio.capture.mute(Mute.SOFT, clock.wall())
        return completed(None, "mute")

    def unmute(self) -> Operation[None]:
        """Send the microphone's audio."""
        self._assert_own_loop("unmute")
        self._runtime.audio.capture.mute(Mute.NONE, clock.wall())
        return completed(None, "unmute")

    # What is heard

    def pause(self) -> None:
        """Pause the loudspeaker at the exact frame, and the captions with it; a `UsageError` without a speaker.

        The server does not pause: what it says meanwhile is heard afterwards, and silence in it is left out until the
        reply has caught up.
        """
        super().pause()

    def interrupt(self) -> float:
        """Silence the audio that came and was not heard, on this side alone; return its seconds.

        The protocol has no way to interrupt the model, which hears the user and stops by itself: it does not know what
        was dropped here, and what it goes on to say is heard. Captions of dropped audio are never shown.
        """
        self._assert_own_loop("interrupt")
        return self._runtime.interrupt()

    # The end

    def close(self) -> Operation[None]:
        """Ask the server to close the session; await it for the confirmation, with which `usage` is final.

        What the server still has to say comes before, and is heard; nothing more of the user's is sent. If the server
        refuses, or does not answer in time, the session ends without it, and awaiting `close` raises the error. Leaving
        the block closes it too, but waits no longer than a moment.
        """
        self._assert_own_loop("close")
        return self._runtime.close(f"{type(self).__name__}.close")
