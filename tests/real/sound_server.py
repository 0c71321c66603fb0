"""A sound server without a sound card, and ears in front of its loudspeaker."""

from __future__ import annotations

import asyncio
import io
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np

from realtime_sdk.audio import Pcm, from_bytes
from realtime_sdk.devices import Speaker

RATE = 24_000

PROGRAMS = ("pulseaudio", "pactl", "parec", "pacat")

SPEAKER, MICROPHONE = "ci_out", "ci_mic"
"""Null sinks: what is played to the first can be recorded; what is played to the second is heard by the microphone."""

UP_LIMIT = 20.0
"""Seconds that the server may take to answer, on a very busy machine; it takes 0.1."""


def missing() -> str:
    """What this machine lacks for real sound, or nothing."""
    programs = [name for name in PROGRAMS if shutil.which(name) is None]
    if programs:
        return f"not installed: {', '.join(programs)}"
    try:
        import sounddevice  # noqa: F401
    except OSError as error:
        return str(error)
    return ""


class SoundServer:
    """PulseAudio on a private socket, with a null sink as speaker and another one as microphone."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sound-server-"))
        socket = self._folder / "native"
        self.environment = {
            "PULSE_RUNTIME_PATH": str(self._folder),
            "PULSE_STATE_PATH": str(self._folder),
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "PULSE_SERVER": f"unix:{socket}",
            "PULSE_SINK": SPEAKER,
            "PULSE_SOURCE": f"{MICROPHONE}.monitor",
        }
        self._saved: dict[str, str | None] = {}  # what `os.environ` had before
        sink = "module-null-sink sink_name={} rate=24000 channels=1 format=s16le norewinds=1"
        modules = [f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
        modules += [sink.format(name) for name in (SPEAKER, MICROPHONE)]
        self._process = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
             *(argument for module in modules for argument in ("-L", module))],
            env={**os.environ, **self.environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            anyio.run(self._wait_until_it_answers)
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> SoundServer:
        self._saved = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        _look_again()
        return self

    def __exit__(self, *_exception: object) -> None:
        for name, value in self._saved.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        self.kill()
        _look_again()
        shutil.rmtree(self._folder)

    def kill(self) -> None:
        """End it without a farewell."""
        self._process.kill()
        self._process.wait()

    async def _wait_until_it_answers(self) -> None:
        with anyio.fail_after(UP_LIMIT):
            while True:
                asked = await anyio.run_process(["pactl", "info"], check=False, env={**os.environ, **self.environment})
                if asked.returncode == 0:
                    return
                await anyio.sleep(0.02)


def _look_again() -> None:
    """Have PortAudio, if it is loaded, list its devices anew: it does so once."""
    if (sounddevice := sys.modules.get("sounddevice")) is not None:
        sounddevice._terminate()
        sounddevice._initialize()


class Ear:
    """Records what the speaker plays, until `stop`.

    clock: the time in which `time_of` tells; read by another thread whenever sound arrives.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._data = bytearray()
        self._began_at = math.inf  # when the first frame was heard: the earliest that an arrival speaks for
        self._process = subprocess.Popen(
            ["parec", "-d", f"{SPEAKER}.monitor", "--raw", "--format=s16le", f"--rate={RATE}", "--channels=1",
             "--latency-msec=10"], stdout=subprocess.PIPE,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def stop(self) -> None:
        """Hear no more."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    async def hear(self, seconds: float) -> None:
        """Wait until so much more was recorded."""
        end = len(self._data) + 2 * round(seconds * RATE)
        with anyio.fail_after(seconds + UP_LIMIT):
            while len(self._data) < end:  # noqa: ASYNC110  # it grows in a thread
                await anyio.sleep(0.01)

    @property
    def recording(self) -> Pcm:
        """All that was heard so far."""
        return from_bytes(bytes(self._data))

    @property
    def sound(self) -> Pcm:
        """All that was heard so far, without the silence before and behind."""
        recording = self.recording
        loud = np.flatnonzero(recording)
        return recording[loud[0] : loud[-1] + 1] if len(loud) else recording[:0]

    def time_of(self, frame: float) -> float:
        """When the sound server gave us this frame of the recording, as soon as it does."""
        return self._began_at + frame / RATE

    def _listen(self) -> None:
        assert isinstance(self._process.stdout, io.BufferedReader)
        with self._process.stdout as stream:
            while data := stream.read1():
                self._data += data
                self._began_at = min(self._began_at, self._clock() - len(self._data) / 2 / RATE)


@asynccontextmanager
async def heard(speaker: Speaker) -> AsyncIterator[Ear]:
    """Open a speaker and listen to it, until a little after the last sound."""
    ear = Ear(asyncio.get_running_loop().time)
    try:
        await ear.hear(0.05)
        await speaker.open(RATE)
        yield ear
        await ear.hear(0.1)
    finally:
        await speaker.close()
        ear.stop()
