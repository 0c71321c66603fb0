"""PortAudio, of which a process has one: loading it, and the only place that imports sounddevice and rtmixer."""

from __future__ import annotations

import atexit
import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .._runtime.text import describe
from ..errors import DeviceError, PortAudioMissing
from ._caller import Caller
from ._stream import OpenDevice

DRIVER_TIMEOUT_SECONDS: Final = 10.0
"""Seconds after which a call of PortAudio is taken to hang in a driver."""

STARTING_SECONDS: Final = 2.0
"""Seconds after which the start of PortAudio is taken to hang in a driver, once its caller has left."""

ENDING_SECONDS: Final = 2.0
"""Seconds for which the end of the program waits for a thread that is in PortAudio: it must not be ended then."""


class Library:
    """Gives PortAudio to one thread at a time, and restarts it when its list of devices may have changed.

    PortAudio lists the devices when it starts, and can restart only while no stream is open: its streams would end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starting = threading.Lock()
        self._ended_with: Any = None  # the sounddevice for which the end of the program calls `_end`
        self._open: set[OpenDevice] = set()
        self._failures = 0  # attempts in a row to open a device that failed
        self._is_stale = False  # an attempt to open a device has failed since the devices were listed

    @contextmanager
    def exclusive(self, caller: Caller | None = None) -> Iterator[Any]:
        """Give sounddevice to this thread; its exceptions in the block become a `DeviceError`.

        caller: who waits for this thread, if it may leave.

        Raises:
            PortAudioMissing: the library is not installed.
            DeviceError: another thread hangs in it, or the caller has left.
        """
        caller = caller or Caller()
        if not self._lock.acquire(timeout=DRIVER_TIMEOUT_SECONDS):
            raise DeviceError("PortAudio does not answer: a sound driver hangs; restart the program")
        try:
            with caller.served():
                yield self._started(caller)
        except DeviceError:
            raise
        except Exception as error:
            raise DeviceError(f"PortAudio failed: {describe(error)}") from error
        finally:
            self._lock.release()

    def _started(self, caller: Caller) -> Any:
        """Import sounddevice, which starts PortAudio, or restart it if its list of devices may be old."""
        with self._starting:
            caller.check()
            sounddevice = _import_sounddevice()
            if sounddevice is not self._ended_with:
                self._ended_with = sounddevice
                atexit.register(self._end, sounddevice)  # is called before the function of sounddevice's own
            if self._is_stale and not self._open:
                _restart(sounddevice)
                self._is_stale = False
        caller.check()
        return sounddevice

    def _end(self, sounddevice: Any) -> None:
        """Keep sounddevice from ending PortAudio with the program where a driver hangs: that would hang, too.

        The streams that stay open play on until the process is gone, so that what they use must not be freed.
        """
        if not self._lock.acquire(timeout=ENDING_SECONDS):
            sounddevice._initialized = 0
            for used in (sounddevice._lib, *self._open):
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(used))

    def wait_for_start(self) -> None:
        """Wait while PortAudio starts, `STARTING_SECONDS` at most. For a caller that has left, no start begins."""
        if self._starting.acquire(timeout=STARTING_SECONDS):
            self._starting.release()

    def add(self, device: OpenDevice) -> None:
        """Add an open stream; to be called within `exclusive`."""
        self._open.add(device)
        self._failures = 0

    def remove(self, device: OpenDevice) -> None:
        """Remove a closed stream; to be called within `exclusive`."""
        self._open.discard(device)

    def open_failed(self) -> None:
        """Refresh the list of devices, because one could not be opened.

        Open streams are closed for that after the first failed attempt, the second, the fourth and so on. Not on Linux,
        where a device is found by its name, and a sound server moves streams by itself.
        """
        self._is_stale = True
        self._failures += 1
        if sys.platform != "linux" and self._failures.bit_count() == 1:
            for device in self._open:
                device.give_way()


def rtmixer() -> Any | None:
    """Import rtmixer; None where it has no wheel."""
    try:
        import rtmixer
    except ImportError:
        return None
    return rtmixer


def _import_sounddevice() -> Any:
    """Import sounddevice, which loads PortAudio."""
    try:
        import sounddevice
    except OSError as error:
        raise PortAudioMissing(f"the PortAudio library is not installed: {_install_line()}") from error
    except Exception as error:  # its PortAudioError is out of reach: its module failed to load
        raise DeviceError(f"PortAudio can't start: {error}") from error
    return sounddevice


def _restart(sounddevice: Any) -> None:
    try:
        if sounddevice._initialized:
            sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise DeviceError(f"PortAudio can't start: {error}") from error


def _install_line() -> str:
    if sys.platform == "darwin":
        return "brew install portaudio"
    if sys.platform == "win32":
        return "pip install --force-reinstall sounddevice"
    return "sudo apt install libportaudio2 (Debian, Ubuntu) or sudo dnf install portaudio (Fedora)"
