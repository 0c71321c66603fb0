"""What every kind of session has: one event loop, and playback that the application pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._runtime.arguments import check_gain
from .._runtime.event_loop import assert_own_loop
from ..devices._protocols import InputDevice, OutputDevice
from ..errors import UsageError
from ..playback._pause_reason import PauseReason
from ._defaults import DEFAULT, Default
from ._operation import Operation

if TYPE_CHECKING:
    from ._audio_runtime import AudioRuntime
    from .audio._sink import Sink


class SessionBase:
    """The methods that a `Session` and the stream sessions share."""

    _runtime: AudioRuntime

    def pause(self) -> None:
        """Pause playback at the exact frame, and the captions with it; a `UsageError` without a speaker."""
        self._assert_own_loop("pause")
        self._sink("pause").pause(PauseReason.APPLICATION)
        self._runtime.wake()

    def resume(self) -> None:
        """Continue with the frame after the last one heard."""
        self._assert_own_loop("resume")
        if self._runtime.audio.sink is not None:
            self._runtime.audio.sink.resume(PauseReason.APPLICATION)
            self._runtime.wake()

    @property
    def volume(self) -> float:
        """The gain of the speaker: 1.0 leaves the audio as it is received, 0.0 is silence, 2.0 twice as loud.

        A change is a short ramp, and is heard almost at once: it includes audio that was received before. A device
        without `GainControl`, such as a telephone line, first plays what it has taken. Positions stay as they are.
        What is recorded as heard, the echo canceller's reference and `OutputLevel` follow it; what becomes too loud is
        clipped.

        Raises:
            UsageError: it is set to no number of 0 or more, or without a speaker.

        """
        return 1.0 if self._runtime.audio.sink is None else self._runtime.audio.sink.volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._assert_own_loop("volume")
        check_gain("volume", volume)
        self._sink("turn up or down").set_volume(float(volume))
        self._runtime.wake()

    def use(
        self, *, speaker: OutputDevice | Default = DEFAULT, microphone: InputDevice | Default | None = DEFAULT
    ) -> Operation[None]:
        """Exchange the speaker, the microphone or both while they run; a device that is left out stays.

        The new device is opened first. Then it continues at the exact frame at which the old one stops: no audio is
        lost, and none is repeated. The old device is closed. A pause and the volume apply to the new one. Await it for
        the end of the exchange.

        Args:
            speaker: an `OutputDevice`, such as `Speaker("Headset")`.
            microphone: an `InputDevice`; None: nothing is captured any more, and the device is closed.

        Raises:
            DeviceError: a new device failed to open; the old ones go on.
            UsageError: the session has no speaker, its microphone has had no more audio, or another session uses a
                device.
            ConnectionLost: the session has ended.

        """
        self._assert_own_loop("use")
        return self._runtime.devices.use(speaker, microphone, f"{type(self).__name__}.use")

    def _sink(self, purpose: str) -> Sink:
        if self._runtime.audio.sink is None:
            raise UsageError(f"there is no speaker to {purpose}: the application plays the audio itself")
        return self._runtime.audio.sink

    def _assert_own_loop(self, name: str) -> None:
        assert_own_loop(self._runtime.loop, name)
