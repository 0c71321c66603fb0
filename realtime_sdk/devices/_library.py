"""PortAudio, of which a process has one: loading it, and the only place that imports sounddevice and rtmixer."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._runtime.text import describe
from ..errors import DeviceError, PortAudioMissing
from ._stream import OpenDevice

HANGING = 10.0
"""Seconds after which a thread that calls PortAudio is taken to hang in a driver."""


class Library:
    """Lets one thread at a time at PortAudio, and has it list its devices anew when they may have changed.

    PortAudio lists them when it starts, and can start anew only while no stream is open: its streams would end.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[OpenDevice] = set()
        self._failures = 0  # attempts in a row to open a device that failed
        self._is_outdated = False  # a device could not be opened since the devices were listed

    @contextmanager
    def alone(self) -> Iterator[Any]:
        """Give sounddevice to this thread; raise `DeviceError` if another one hangs in it.

        What it raises in the block becomes a `DeviceError`, too. Raises `PortAudioMissing` where the library is not
        installed.
        """
        if not self._lock.acquire(timeout=HANGING):
            raise DeviceError("PortAudio does not answer: a sound driver hangs; start the program anew")
        try:
            sounddevice = _sounddevice()
            if self._is_outdated and not self._open:
                _start_anew(sounddevice)
                self._is_outdated = False
            yield sounddevice
        except DeviceError:
            raise
        except Exception as error:
            raise DeviceError(f"PortAudio failed: {describe(error)}") from error
        finally:
            self._lock.release()

    def opened(self, device: OpenDevice) -> None:
        """Remember an open stream; to be called alone."""
        self._open.add(device)
        self._failures = 0

    def closed(self, device: OpenDevice) -> None:
        """Forget it; to be called alone."""
        self._open.discard(device)

    def failed(self) -> None:
        """A device could not be opened: it, or another one, may be found once the devices are listed anew.

        Streams that are open give way to that: after the first attempt that failed, the second, the fourth and so on.
        Not on Linux, where a device is found by its name, and a sound server moves streams by itself.
        """
        self._is_outdated = True
        self._failures += 1
        if sys.platform != "linux" and self._failures.bit_count() == 1:
            for device in self._open:
                device.give_way()


@contextmanager
def no_stderr() -> Iterator[None]:
    """Send to nowhere what C libraries write to standard error: there is no other way to stop ALSA and JACK."""
    try:
        saved = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def rtmixer() -> Any | None:
    """Load rtmixer, where there is a wheel of it."""
    try:
        import rtmixer
    except ImportError:
        return None
    return rtmixer


def _sounddevice() -> Any:
    """Load PortAudio."""
    try:
        import sounddevice
    except OSError as error:
        raise PortAudioMissing(f"the PortAudio library is not installed: {_install_line()}") from error
    except Exception as error:  # its PortAudioError: the module that defines it is what failed to load
        raise DeviceError(f"PortAudio can't start: {error}") from error
    return sounddevice


def _start_anew(sounddevice: Any) -> None:
    try:
        with no_stderr():
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
