"""Runs every check: opens the devices, captures audio, plays a probe."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import anyio
import anyio.to_thread
import numpy as np

from .._runtime import clock
from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, to_frames, to_seconds
from ..capture._levels import SILENT_DBFS
from ..devices._choice import Choice
from ..devices._microphone import Microphone
from ..devices._opened import opened_stream
from ..devices._protocols import InputDevice, OutputDevice
from ..devices._speaker import Speaker
from ..devices._stream import OpenDevice
from ..errors import DeviceError
from . import _echo_path as echo_path
from ._capture import QUIET_DBFS, examine_capture
from ._echo_path import find_echo, probe
from ._finding import Finding, Severity
from ._loudness import loudest_dbfs
from ._machine import examine_dropouts, examine_machine
from ._settings import examine_settings

LISTEN_SECONDS: Final = 3.0
"""Seconds of audio that are captured while the user speaks."""

ECHO_SECONDS: Final = 0.6
"""Seconds that are captured after the probe: the longest echo delay, with Bluetooth at both ends."""

DEVICE_TIMEOUT: Final = 3.0
"""Seconds that a device may take beyond the length of its audio."""

CHANNEL_SECONDS: Final = 1.0
"""Seconds of one channel that are captured where all of them together are silent."""

CANCELLING_DB: Final = 20.0
"""Decibels by which one channel is louder than their mean if they cancel each other; alone, it would be 6."""

MAX_ECHO_DELAY: Final = 0.25
"""Seconds of echo delay that echo cancellers handle."""

LOUD_ECHO_DB: Final = -6.0
"""Level of an echo, relative to the played audio, above which a user who talks over it is hard to hear."""

COPY_CORRELATION: Final = 0.995
"""Correlation above which the captured probe is a copy: no loudspeaker, room or microphone leaves it as it was."""

COPY_GAIN_DB: Final = 1.0
"""Decibels by which the level of such a copy may differ."""

_POLL_SECONDS: Final = 0.005  # between two reads of the played frames


async def examine(
    *, device_in: Choice = None, device_out: Choice = None, channel: int | None = None, play: bool = True,
    on_listening: Callable[[], None] | None = None, on_playing: Callable[[], None] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> list[Finding]:  # fmt: skip
    """Examine this machine: settings, PortAudio, devices, the microphone's audio, and the echo path.

    device_in, channel, device_out: as `Microphone` and `Speaker` take them. play: play a probe and measure its echo.
    on_listening: called when the capture starts: the user should speak for three seconds. on_playing: called when the
    probe is about to be played.
    """
    machine = await anyio.to_thread.run_sync(examine_machine)
    findings = [*examine_settings(environ), *machine]
    if not any(finding.severity is Severity.ERROR for finding in machine):
        speaker = Speaker(device_out) if play else None
        microphone = Microphone(device_in, channel=channel)
        found = await examine_sound(speaker, microphone, on_listening=on_listening, on_playing=on_playing)
        findings += found
        level = next((finding for finding in found if finding.check == "microphone.level"), None)
        if channel is None and level is not None and level.severity is not Severity.OK:
            findings += await examine_channels(level, Microphone(device_in, channel=0))
    return findings


async def examine_channels(mixed: Finding, first_channel: InputDevice) -> list[Finding]:
    """Find out whether the channels of a microphone cancel each other when they are mixed.

    mixed: the finding about their level together. first_channel: the microphone with its first channel alone.
    """
    capture = _Capture(first_channel)
    try:
        await capture.open()
        await capture.run(CHANNEL_SECONDS)
    except DeviceError:
        return []
    finally:
        with anyio.CancelScope(shield=True):
            await first_channel.close()
    alone = loudest_dbfs(capture.pcm, WIRE_RATE)
    if alone < QUIET_DBFS or alone - mixed.figures.get("loudest_dbfs", SILENT_DBFS) < CANCELLING_DB:
        return []
    found = "its channels cancel each other when they are mixed: one of them is inverted"
    advice = "choose one of them, Microphone(channel=0) or --channel 0, or mend the cable or the driver"
    return [Finding("microphone.channels", Severity.WARNING, found, advice, {"first_channel_dbfs": round(alone, 1)})]


async def examine_sound(
    speaker: OutputDevice | None, microphone: InputDevice, *, on_listening: Callable[[], None] | None = None,
    on_playing: Callable[[], None] | None = None,
) -> list[Finding]:  # fmt: skip
    """Examine a microphone and, unless it is None, a speaker; both are closed before and after."""
    capture = _Capture(microphone)
    try:
        findings = await _examine_microphone(capture, on_listening)
        if speaker is not None:
            findings += await _examine_speaker(speaker, capture, on_playing)
    finally:
        with anyio.CancelScope(shield=True):
            await microphone.close()
    return [*findings, *_dropout_findings("microphone", capture.stream)]


class _Capture:
    """The audio of a microphone, and when it was captured."""

    def __init__(self, microphone: InputDevice) -> None:
        self.pcm = SILENCE
        self.started_at = math.inf  # loop time of the first frame: the earliest that any block implies
        self.stream: OpenDevice | None = None  # None: it is closed, or is no PortAudio stream
        self._microphone = microphone

    async def open(self) -> None:
        """Open the microphone."""
        await self._microphone.open(WIRE_RATE)
        self.stream = opened_stream(self._microphone)

    async def run(self, seconds: float) -> None:
        """Capture for `seconds`, or until the device delivers no more; raise `DeviceError` if it fails."""
        end = len(self.pcm) + to_frames(seconds)
        with anyio.move_on_after(seconds + DEVICE_TIMEOUT):
            while len(self.pcm) < end and len(block := await self._microphone.read()):
                self.pcm = np.concatenate([self.pcm, block])
                self.started_at = min(self.started_at, clock.now() - to_seconds(len(self.pcm)))


class _Playback:
    """The playback of some audio through a speaker."""

    def __init__(self, speaker: OutputDevice, pcm: Pcm) -> None:
        self.started_at = math.inf  # loop time at which the first frame was heard; infinity: none was
        self.played = 0  # frames heard
        self._speaker = speaker
        self._pcm = pcm

    async def run(self) -> None:
        """Play to the end, or until the device times out; raise `DeviceError` if it fails."""
        rest = self._pcm
        with anyio.move_on_after(to_seconds(len(rest)) + DEVICE_TIMEOUT):
            while self.played < len(self._pcm):
                rest = rest[self._speaker.write(rest) :]
                await anyio.sleep(_POLL_SECONDS)
                self.played = self._speaker.played()
                if self.played:
                    self.started_at = min(self.started_at, clock.now() - to_seconds(self.played))


async def _examine_microphone(capture: _Capture, on_listening: Callable[[], None] | None) -> list[Finding]:
    try:
        await capture.open()
        if on_listening is not None:
            on_listening()
        await capture.run(LISTEN_SECONDS)
    except DeviceError as error:
        return [_failure_finding("microphone", error)]
    return [_open_finding("microphone", capture.stream), *examine_capture(capture.pcm, WIRE_RATE)]


async def _examine_speaker(
    speaker: OutputDevice, capture: _Capture, on_playing: Callable[[], None] | None
) -> list[Finding]:
    sweep, start = probe(WIRE_RATE), len(capture.pcm)
    playback = _Playback(speaker, sweep)
    stream = None
    try:
        await speaker.open(WIRE_RATE)
        if on_playing is not None:
            on_playing()
        stream, written_at = opened_stream(speaker), clock.now()
        await _play_and_capture(playback, capture)
    except DeviceError as error:
        return [_failure_finding("speaker", error)]
    finally:
        with anyio.CancelScope(shield=True):
            await speaker.close()
    findings = [_open_finding("speaker", stream), _playback_finding(playback, len(sweep), written_at)]
    findings += _dropout_findings("speaker", stream)
    if np.any(capture.pcm) and playback.played == len(sweep):
        lead = capture.started_at + to_seconds(start) - playback.started_at
        findings.append(_echo_finding(capture.pcm[start:], sweep, lead))
    return findings


async def _play_and_capture(playback: _Playback, capture: _Capture) -> None:
    """Play, and capture the echo; raise `DeviceError` if the speaker fails."""
    failure: DeviceError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_capture_echo, capture)
        try:
            await playback.run()
        except DeviceError as error:  # caught here: the group would wrap it
            failure = error
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _capture_echo(capture: _Capture) -> None:
    with suppress(DeviceError):  # a microphone that fails has its finding already
        await capture.run(echo_path.PROBE_SECONDS + ECHO_SECONDS)


def _failure_finding(check: str, error: DeviceError) -> Finding:
    advice = "choose another device, or close the program that uses this one"
    return Finding(check, Severity.ERROR, str(error), advice)


def _open_finding(check: str, stream: OpenDevice | None) -> Finding:
    if stream is None:
        return Finding(check, Severity.OK, "the device opens")
    format = stream.format
    resampled = "" if format.rate == WIRE_RATE else f", resampled to and from the session's {WIRE_RATE} Hz"
    channels = "1 channel" if format.channels == 1 else f"{format.channels} channels"
    found = f"{stream.name} opens at {format.rate} Hz, {channels}{resampled}"
    return Finding(check, Severity.OK, found, figures={"rate": format.rate, "channels": format.channels})


def _playback_finding(playback: _Playback, frames: int, written_at: float) -> Finding:
    if playback.played < frames:
        played, total = to_seconds(playback.played), to_seconds(frames)
        found = f"the device accepts audio, but has played {played:.2f} of {total:.2f} s"
        advice = "restart the sound server, or choose another device"
        return Finding("speaker.playback", Severity.ERROR, found, advice)
    latency = playback.started_at - written_at
    found = f"output latency {latency * 1000:.0f} ms"
    return Finding("speaker.playback", Severity.OK, found, figures={"latency": round(latency, 3)})


def _dropout_findings(side: str, stream: OpenDevice | None) -> list[Finding]:
    """The dropouts that a closed stream has counted."""
    return [] if stream is None else [examine_dropouts(side, stream.dropouts)]


def _echo_finding(captured: Pcm, played: Pcm, lead: float) -> Finding:
    """Find the echo; `lead`: seconds from the probe's first frame in the speaker to the first frame of `captured`."""
    echo = find_echo(captured, played, WIRE_RATE)
    if echo is None:
        found = "no echo: headphones, or the speaker is turned down"
        return Finding("echo", Severity.OK, found)
    delay = lead + to_seconds(echo.frame)
    # Other programs may play, too: then it is no copy of the probe alone. But no room echoes before it hears.
    if abs(echo.gain) <= COPY_GAIN_DB and (echo.correlation >= COPY_CORRELATION or delay <= 0.0):
        found = "the microphone is the speaker's monitor: it captures what is played, sample for sample, and no voice"
        advice = "choose a microphone: `realtime-sdk devices` lists them, --device-in takes one"
        return Finding("echo", Severity.ERROR, found, advice, {"gain_db": round(echo.gain, 1)})
    found = f"echo after {delay * 1000:.0f} ms, at {echo.gain:.0f} dB"
    figures = {"delay": round(delay, 3), "gain_db": round(echo.gain, 1)}
    if delay > MAX_ECHO_DELAY:
        advice = f"use headphones: echo cancellers handle up to {MAX_ECHO_DELAY * 1000:.0f} ms, and Bluetooth has more"
        return Finding("echo", Severity.WARNING, found, advice, figures)
    if echo.gain > LOUD_ECHO_DB:
        advice = "turn the speaker down, move the microphone away from it, or use headphones"
        return Finding("echo", Severity.WARNING, found, advice, figures)
    advice = "a session on these devices cancels it; headphones avoid it"
    return Finding("echo", Severity.NOTE, found, advice, figures)
