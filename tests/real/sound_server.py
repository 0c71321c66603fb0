"""A sound server without a sound card, and a recorder of what it plays."""

from __future__ import annotations

import asyncio
import io
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import anyio
import numpy as np

from realtime_sdk.audio._pcm import Pcm, from_bytes, to_bytes
from realtime_sdk.devices import OutputDevice

RATE = 24_000

PROGRAMS = ("pulseaudio", "pactl", "parec", "pacat")

INSTALL = "on Debian: apt install libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins"

SINK = "module-null-sink sink_name={} rate={} channels={} format=s16le norewinds=1"

SPEAKER, MICROPHONE = "ci_out", "ci_mic"
"""Null sinks: what is played to the first can be recorded; what is played to the second is heard by the microphone."""

UP_LIMIT = 60.0
"""Seconds that the server may take to answer, on a machine under load; it takes 0.1."""

PATIENT = 0.2
"""A latency at which the driver survives a machine under load, where it is not the latency that is tested."""


def missing() -> str:
    """What this machine lacks for real audio, and how to get it; "" if it lacks nothing."""
    programs = [name for name in PROGRAMS if shutil.which(name) is None]
    if programs:
        return f"no sound server: {', '.join(programs)} not found; {INSTALL}"
    try:
        import sounddevice  # noqa: F401
    except OSError as error:
        return f"no PortAudio: {error}; {INSTALL}"
    return ""


class SoundServer:
    """PulseAudio on a private socket, with a null sink as speaker and another one as microphone."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sound-server-"))
        self._socket = self._folder / "native"
        self.environment = {
            "PULSE_RUNTIME_PATH": str(self._folder),
            "PULSE_STATE_PATH": str(self._folder),
            "PULSE_COOKIE": str(self._folder / "cookie"),
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_SINK": SPEAKER,
            "PULSE_SOURCE": f"{MICROPHONE}.monitor",
        }
        self._saved: dict[str, str | None] = {}  # what `os.environ` had before
        self.start()

    def start(self) -> None:
        """Start it, or start it again; not to be called on an event loop."""
        modules = [f"module-native-protocol-unix socket={self._socket} auth-anonymous=1"]
        modules += [SINK.format(name, RATE, 1) for name in (SPEAKER, MICROPHONE)]
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
        _rescan_devices()
        return self

    def __exit__(self, *_exception: object) -> None:
        for name, value in self._saved.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        self.kill()
        _rescan_devices()
        shutil.rmtree(self._folder)

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.wait()

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Suspend the server, as a machine under load does."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def sink(self, name: str, rate: int, channels: int) -> Iterator[None]:
        """Have another null sink, to which everything is played, and whose monitor everything hears."""
        module = self.load(name, rate, channels)
        try:
            with self.played_to(name):
                yield
        finally:
            self.unload(module)

    @contextmanager
    def played_to(self, name: str) -> Iterator[None]:
        """Have devices that are opened meanwhile play to this sink, and hear its monitor."""
        saved = {key: os.environ[key] for key in ("PULSE_SINK", "PULSE_SOURCE")}
        os.environ.update(PULSE_SINK=name, PULSE_SOURCE=f"{name}.monitor")
        try:
            yield
        finally:
            os.environ.update(saved)

    def load(self, name: str, rate: int, channels: int) -> str:
        """Load another null sink; return its module."""
        return self.pactl("load-module", *SINK.format(name, rate, channels).split())

    def unload(self, module: str) -> None:
        """Unload a module, or all of a kind."""
        self.pactl("unload-module", module)

    @contextmanager
    def echo(self, milliseconds: int, amplitude: float) -> Iterator[None]:
        """Let the microphone hear the speaker, so much later, at a share of its amplitude."""
        module = self.pactl(
            "load-module", "module-loopback", f"source={SPEAKER}.monitor", f"sink={MICROPHONE}",
            f"latency_msec={milliseconds}", "adjust_time=0",
        )  # fmt: skip
        streams = self.pactl("list", "short", "sink-inputs").splitlines()
        decibels = 20 * math.log10(amplitude)
        for stream in streams:
            self.pactl("set-sink-input-volume", stream.split()[0], f"{decibels:.2f}dB")
        try:
            yield
        finally:
            self.unload(module)

    def pactl(self, *command: str) -> str:
        """Run a `pactl` command; return its output."""
        environment = {**os.environ, **self.environment}
        done = subprocess.run(["pactl", *command], check=True, capture_output=True, text=True, env=environment)
        return done.stdout.strip()

    async def _wait_until_it_answers(self) -> None:
        with anyio.fail_after(UP_LIMIT):
            while True:
                asked = await anyio.run_process(["pactl", "info"], check=False, env={**os.environ, **self.environment})
                if asked.returncode == 0:
                    return
                await anyio.sleep(0.02)


def _rescan_devices() -> None:
    """Have PortAudio, if it is loaded, list its devices again: it does so only once by itself."""
    if (sounddevice := sys.modules.get("sounddevice")) is not None:
        sounddevice._terminate()
        sounddevice._initialize()


class Ear:
    """Records what a sink plays, at the sink's own rate and of all its channels, until `stop`.

    clock: the clock of `time_of`; read by another thread whenever audio arrives.
    """

    def __init__(self, clock: Callable[[], float], sink: str = SPEAKER, rate: int = RATE, channels: int = 1) -> None:
        self.rate = rate
        self._channels = channels
        self._clock = clock
        self._data = bytearray()
        self._began_at = math.inf  # when the first frame was heard: the earliest that an arrival speaks for
        self._process = subprocess.Popen(_recorder(sink, rate, channels), stdout=subprocess.PIPE)
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def stop(self) -> None:
        """Stop recording."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    async def hear(self, seconds: float) -> None:
        """Wait until so many more seconds are recorded."""
        end = len(self._data) + 2 * self._channels * round(seconds * self.rate)
        with anyio.fail_after(seconds + UP_LIMIT):
            while len(self._data) < end:  # noqa: ASYNC110  # it grows in a thread
                await anyio.sleep(0.01)

    @property
    def channels(self) -> Pcm:
        """All that was heard so far: shape (frames, channels)."""
        whole = len(self._data) // (2 * self._channels) * 2 * self._channels
        return from_bytes(bytes(self._data[:whole])).reshape(-1, self._channels)

    @property
    def recording(self) -> Pcm:
        """All that was heard so far, of the first channel."""
        return self.channels[:, 0]

    @property
    def sound(self) -> Pcm:
        """All that was heard so far, without the silence before and behind."""
        recording = self.recording
        loud = np.flatnonzero(recording)
        return recording[loud[0] : loud[-1] + 1] if len(loud) else recording[:0]

    def time_of(self, frame: float) -> float:
        """When the sound server gave us this frame of the recording, as soon as it does."""
        return self._began_at + frame / self.rate

    @property
    def _bytes_a_second(self) -> int:
        return 2 * self._channels * self.rate

    def _listen(self) -> None:
        assert isinstance(self._process.stdout, io.BufferedReader)
        with self._process.stdout as stream:
            while data := stream.read1():
                self._data += data
                self._began_at = min(self._began_at, self._clock() - len(self._data) / self._bytes_a_second)


def player(sink: str, rate: int = RATE, channels: int = 1) -> list[str]:
    """The command that plays the samples of its standard input to a sink."""
    return ["pacat", "-d", sink, "--raw", "--format=s16le", f"--rate={rate}", f"--channels={channels}"]


@contextmanager
def playing(sink: str, sound: Pcm) -> Iterator[None]:
    """Play to a sink: its monitor hears the sound when the block begins. sound: (frames,) or (frames, channels)."""
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    with tempfile.TemporaryFile() as file:
        file.write(to_bytes(sound))
        file.seek(0)
        process = subprocess.Popen(player(sink, RATE, channels), stdin=file)
        try:
            _wait_for_sound(sink, channels)
            yield
        finally:
            process.kill()
            process.wait()


def _wait_for_sound(sink: str, channels: int) -> None:
    with subprocess.Popen(_recorder(sink, RATE, channels), stdout=subprocess.PIPE) as process:
        assert isinstance(process.stdout, io.BufferedReader)
        try:
            while not any(process.stdout.read1()):
                pass
        finally:
            process.terminate()


def _recorder(sink: str, rate: int, channels: int) -> list[str]:
    """The command that writes the samples that a sink plays to its standard output."""
    return [
        "parec", "-d", f"{sink}.monitor", "--raw", "--format=s16le", f"--rate={rate}", f"--channels={channels}",
        "--latency-msec=10",
    ]  # fmt: skip


@asynccontextmanager
async def listening(sink: str = SPEAKER, rate: int = RATE, channels: int = 1) -> AsyncIterator[Ear]:
    """Record what a sink plays from before the block begins until it ends; rate, channels: those of the sink."""
    ear = Ear(asyncio.get_running_loop().time, sink, rate, channels)
    try:
        await ear.hear(0.05)
        yield ear
    finally:
        ear.stop()


@asynccontextmanager
async def heard(speaker: OutputDevice, sink: str = SPEAKER, rate: int = RATE, channels: int = 1) -> AsyncIterator[Ear]:
    """Open a speaker and listen to it, until a little after the last sound; rate, channels: those of the sink."""
    async with listening(sink, rate, channels) as ear:
        try:
            await speaker.open(RATE)
            yield ear
            await ear.hear(0.1)
        finally:
            await speaker.close()
