"""The user's voice on its way to the server."""

from __future__ import annotations

from collections.abc import Callable

from .audio import Pcm, checked_bytes
from .conversation import InputLevel, Outcome, SdkEvent
from .devices.protocols import InputDevice
from .errors import DeviceError
from .events import ClientEvent, InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from .formats import AudioFormat
from .levels import LevelMeter
from .microphone import MicrophoneFeed
from .tap import Tap


class VoiceInput:
    """Sends what the microphone captures, or what the application gives in its place."""

    def __init__(
        self, microphone: InputDevice | None, format: AudioFormat, *, send: Callable[[ClientEvent], Outcome[None]],
        tell: Callable[[SdkEvent], None], tap: Tap | None, lost: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        self._format = format  # on the wire
        self._send = send
        self._tap = tap
        self._level = LevelMeter(format.rate, lambda at, dbfs: tell(InputLevel(at, dbfs)))
        self._feed: MicrophoneFeed | None = None  # None: there is no microphone
        if microphone is not None:
            self._feed = MicrophoneFeed(microphone, format.rate, captured=self._captured, lost=lost)

    async def run(self) -> None:
        """Send until cancelled or until the microphone has no more; the device is open."""
        if self._feed is not None:
            await self._feed.run()

    def append(self, pcm: Pcm | bytes) -> Outcome[None]:
        """Add sound to the server's input buffer."""
        return self._send(InputAudioBufferAppend(audio=self._format.encode(checked_bytes(pcm))))

    def commit(self) -> Outcome[None]:
        """Make the input buffer a user's message."""
        return self._send(InputAudioBufferCommit())

    def clear(self) -> Outcome[None]:
        """Drop what is in the input buffer."""
        return self._send(InputAudioBufferClear())

    def mute(self) -> None:
        """Send silence in place of what the microphone hears."""
        if self._feed is not None:
            self._feed.muted = True

    def unmute(self) -> None:
        """Send what the microphone hears."""
        if self._feed is not None:
            self._feed.muted = False

    def _captured(self, at: float, pcm: Pcm) -> None:
        self._level.push(at, pcm)
        if self._tap is not None:
            self._tap.captured(at, pcm)
        self.append(pcm)
