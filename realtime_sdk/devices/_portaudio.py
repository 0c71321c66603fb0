"""Lists, chooses and opens the devices of PortAudio."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import anyio
import numpy as np

from .._runtime.threads import call_in_daemon_thread, run_in_daemon_thread
from ..audio._pcm import to_frames
from ..errors import DeviceError
from ._callback_mixer import CallbackMixer
from ._caller import Caller
from ._choice import Choice, DeviceInfo, ListedDevice, Side, choose, listed_devices
from ._library import DRIVER_TIMEOUT_SECONDS, Library, rtmixer
from ._mixer import Mixer, RtMixer
from ._recorder import CallbackRecorder, Recorder, RtRecorder
from ._stream import Format, OpenDevice

T = TypeVar("T", bound=OpenDevice)

FALLBACK_RATES = (48_000, 44_100)
"""Sample rates in Hz to try on a device that refuses both the requested rate and the one it is listed with."""

ACTION_QUEUE_SIZE = 64
"""Actions between rtmixer's callback and us, a power of 2: a speaker has four at most."""

CLOSE_TIMEOUT_SECONDS = 0.5
"""Seconds that closing may take; a device that hangs is left to its thread."""

MOST_INPUTS = 16
"""Channels of a sound card; an ALSA device that leads to a sound server claims 32."""

_REFUSALS = (-9997, -9998)
"""PortAudio's paInvalidSampleRate and paInvalidChannelCount."""

_TIMED_OUT = -9987
"""PortAudio's paTimedOut: it gives its own thread a second to start, which a busy machine may not have."""

OPEN_ATTEMPTS = 3
"""Attempts to open a stream whose thread does not start in time."""

_portaudio = Library()


def list_devices() -> list[DeviceInfo]:
    """List the sound devices of this machine, as PortAudio found them when it started: at its first use.

    Behind them are those of a PulseAudio or PipeWire server, by the names that the desktop shows, where `pactl` is
    installed.

    After an attempt to open a device has failed, the list is refreshed as soon as no device is open. It blocks: the
    first call, which starts PortAudio, for up to a second. It may be called in any thread.

    Raises:
        PortAudioMissing: the library is not installed.
        DeviceError: PortAudio can't start, or a driver hangs.
    """
    caller = Caller()
    try:
        return call_in_daemon_thread(partial(_list_devices, caller), DRIVER_TIMEOUT_SECONDS)
    except TimeoutError:
        waited = f"{DRIVER_TIMEOUT_SECONDS:g} s"
        raise DeviceError(f"PortAudio does not list the sound devices within {waited}: a driver hangs") from None
    finally:
        caller.leave()
        caller.restore_stderr()


def _list_devices(caller: Caller) -> list[DeviceInfo]:
    with _portaudio.exclusive(caller) as sounddevice:
        return [each.info for each in listed_devices(sounddevice)]


async def open_mixer(choice: Choice, rate: int, latency: float, block: float) -> Mixer:
    """Open and start an output in a thread, at `rate` or else at another; raise `DeviceError` if it refuses all.

    rate: in Hz. latency, block: seconds.
    """
    return await _in_thread(partial(_open_mixer, choice, rate, latency, block))


async def open_recorder(choice: Choice, rate: int, latency: float, block: float, channel: int | None) -> Recorder:
    """Open and start an input in a thread, at `rate` or else at another; raise `DeviceError` if it refuses all.

    rate: in Hz. latency, block: seconds. channel: the one that will be read, from 0; None: their mean.
    """
    return await _in_thread(partial(_open_recorder, choice, rate, latency, block, channel))


async def close(device: OpenDevice) -> None:
    """Close a device in a thread, even while being cancelled."""
    with anyio.move_on_after(CLOSE_TIMEOUT_SECONDS, shield=True):
        await run_in_daemon_thread(_close, device)


def _open_mixer(choice: Choice, rate: int, latency: float, block: float, sounddevice: Any) -> Mixer:
    chosen = choose(choice, "output", listed_devices(sounddevice, by_name=choice is not None))
    device = chosen.info
    # Two channels first: a device that has no fewer is silent on those that PortAudio was not asked for.
    formats = _formats(rate, device, (min(2, device.outputs), 1, device.outputs), block)
    return _opened(sounddevice, chosen, "output", formats, partial(_mixer, sounddevice, chosen, latency))


def _open_recorder(
    choice: Choice, rate: int, latency: float, block: float, channel: int | None, sounddevice: Any
) -> Recorder:
    chosen = choose(choice, "input", listed_devices(sounddevice, by_name=choice is not None))
    device = chosen.info
    formats = _formats(rate, device, _channels_to_read(device, channel), block)
    return _opened(sounddevice, chosen, "input", formats, partial(_recorder, sounddevice, chosen, latency))


def _channels_to_read(device: DeviceInfo, channel: int | None) -> Sequence[int]:
    """Numbers of channels to open an input with, in the order in which to try them.

    A sound server mixes its channels to those that it is asked for: to read one unmixed takes all of them.
    """
    if channel is None:
        return 1, min(2, device.inputs), device.inputs
    if channel >= device.inputs:
        counted = "1 channel" if device.inputs == 1 else f"{device.inputs} channels"
        raise DeviceError(f"the sound input {device.name!r} has {counted}, counted from 0: there is no {channel}")
    fewest = min(max(2, channel + 1), device.inputs)
    return (fewest, device.inputs) if device.inputs > MOST_INPUTS else (device.inputs, fewest)


def _formats(rate: int, device: DeviceInfo, channels: Sequence[int], block: float) -> list[Format]:
    """Formats to open a device in, in the order in which to try them."""
    rates = dict.fromkeys((rate, device.rate, *FALLBACK_RATES))
    return [Format(r, c, to_frames(block, r)) for r in rates for c in dict.fromkeys(channels)]


def _opened(
    sounddevice: Any, device: ListedDevice, side: Side, formats: Sequence[Format], open_as: Callable[[Format], T]
) -> T:
    """Open a device in the first format that it accepts; PortAudio's errors become a `DeviceError`."""
    name = device.info.name
    refusal: Exception | None = None
    for format in formats:
        try:
            with device.reached(side):
                return _in_attempts(sounddevice, partial(open_as, format))
        except sounddevice.PortAudioError as error:
            if _code(error) not in _REFUSALS:
                raise DeviceError(f"the sound {side} {name!r} can't be opened: {error}") from error
            refusal = error
    tried = ", ".join(f"{rate}" for rate in dict.fromkeys(format.rate for format in formats))
    raise DeviceError(
        f"the sound {side} {name!r} refuses every rate that was tried ({tried} Hz): "
        "choose a device for which the system resamples, such as its default"
    ) from refusal


def _in_attempts(sounddevice: Any, open_stream: Callable[[], T]) -> T:
    """Open a stream, again if its thread does not start in time."""
    for _ in range(OPEN_ATTEMPTS - 1):
        try:
            return open_stream()
        except sounddevice.PortAudioError as error:
            if _code(error) != _TIMED_OUT:
                raise
    return open_stream()


def _code(error: Exception) -> int | None:
    """The number of a PortAudio error, if it has one."""
    return error.args[1] if len(error.args) > 1 else None


def _mixer(sounddevice: Any, device: ListedDevice, latency: float, format: Format) -> Mixer:
    settings = _settings(sounddevice, device, latency, format)
    if (in_c := rtmixer()) is None:
        opener = partial(_started, sounddevice.RawOutputStream, {**settings, "dtype": "float32"})
        return CallbackMixer(opener, device.info.name, format)
    stream = _started(partial(in_c.Mixer, qsize=ACTION_QUEUE_SIZE), settings)
    return RtMixer(stream, in_c.RingBuffer, device.info.name, format)


def _recorder(sounddevice: Any, device: ListedDevice, latency: float, format: Format) -> Recorder:
    settings = _settings(sounddevice, device, latency, format)
    if (in_c := rtmixer()) is None:
        opener = partial(_started, sounddevice.RawInputStream, {**settings, "dtype": "float32"})
        return CallbackRecorder(opener, device.info.name, format)
    stream = _started(partial(in_c.Recorder, qsize=ACTION_QUEUE_SIZE), settings)
    return RtRecorder(stream, in_c.RingBuffer, device.info.name, format)


def _call_with_frames(
    callback: Callable[..., None], channels: int, memory: Any, frames: int, time: Any, status: object
) -> None:
    """Call a callback with a view of PortAudio's memory.

    sounddevice's own views are made in a way that numpy 2.5 deprecates: a program in which warnings are errors would
    lose the device.
    """
    callback(np.frombuffer(memory, np.float32).reshape(frames, channels), frames, time, status)


def _settings(sounddevice: Any, device: ListedDevice, latency: float, format: Format) -> dict[str, Any]:
    """Arguments for a stream whose samples are left unchanged."""
    host_api = sounddevice.query_hostapis(sounddevice.query_devices(device.portaudio_index)["hostapi"])["name"]
    return {
        "device": device.portaudio_index,
        "samplerate": format.rate,
        "channels": format.channels,
        "blocksize": format.block_frames,
        "latency": latency,
        "clip_off": True,
        "dither_off": True,
        # WASAPI is the one host API that refuses every rate but the device's own unless asked to resample.
        "extra_settings": sounddevice.WasapiSettings(auto_convert=True) if host_api == "Windows WASAPI" else None,
    }


def _started(
    open_stream: Callable[..., Any], settings: dict[str, Any], callback: Callable[..., None] | None = None
) -> Any:
    """Open a stream and start it, with a callback in Python if one is given, which takes arrays."""
    if callback is not None:
        settings = {**settings, "callback": partial(_call_with_frames, callback, settings["channels"])}
    stream = open_stream(**settings)
    try:
        stream.start()
    except BaseException:
        stream.close()
        raise
    return stream


async def _in_thread(opener: Callable[[Any], T]) -> T:
    """Run `opener` in a thread; if cancelled, do not wait for it, and close the device when it has opened.

    What the program writes to standard error from then on is seen.
    """
    opening = _Opening(opener)
    try:
        with anyio.fail_after(DRIVER_TIMEOUT_SECONDS):
            return await run_in_daemon_thread(opening.run)
    except BaseException as error:
        await opening.leave()
        if not isinstance(error, TimeoutError):
            raise
        waited = f"{DRIVER_TIMEOUT_SECONDS:g} s"
        raise DeviceError(f"a sound device did not open within {waited}: its driver hangs") from error


class _Opening(Generic[T]):
    """A device that a thread opens, for a caller who may leave at any moment, even once it is open."""

    def __init__(self, opener: Callable[[Any], T]) -> None:
        self._opener = opener
        self._caller = Caller()
        self._lock = threading.Lock()  # of the device, and of the caller's leaving: they decide who closes it
        self._device: T | None = None  # None: it is not open yet

    def run(self) -> T:
        """Open it, in the thread; and close it where the caller has left by then."""
        with _portaudio.exclusive(self._caller) as sounddevice:
            try:
                with self._caller.silence():
                    device = self._opener(sounddevice)
            except Exception:
                _portaudio.open_failed()
                raise
            _portaudio.add(device)
        with self._lock:
            self._device, left = device, self._caller.has_left
        if left:
            _close(device)
        return device

    async def leave(self) -> None:
        """Want the device no more: close it if it is open, for the thread does not, and let standard error be seen."""
        with self._lock:
            self._caller.leave()
            opened = self._device
        if opened is not None:
            await close(opened)
        with anyio.CancelScope(shield=True):
            await run_in_daemon_thread(_portaudio.wait_for_start)
        self._caller.restore_stderr()


def _close(device: OpenDevice) -> None:
    with _portaudio.exclusive():
        try:
            device.close()
        finally:
            _portaudio.remove(device)
