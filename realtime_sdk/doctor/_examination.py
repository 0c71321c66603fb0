"""The whole examination: devices opened, listened to and played through."""

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
from ..devices._microphone import Microphone
from ..devices._opened import opened_stream
from ..devices._portaudio import Choice
from ..devices._protocols import InputDevice, OutputDevice
from ..devices._speaker import Speaker
from ..devices._stream import OpenDevice
from ..errors import DeviceError
from . import _echo_path as echo_path
from ._capture import examine_capture
from ._echo_path import find_echo, probe
from ._finding import Finding, Severity
from ._machine import examine_dropouts, examine_machine
from ._settings import examine_settings

LISTENING: Final = 3.0
"""Seconds in which somebody may say something."""

DECAY: Final = 0.6
"""Seconds that are captured after the probe: the longest way of a sound, Bluetooth at both ends."""

LIMIT: Final = 3.0
"""Seconds that a device may take beyond what its sound lasts."""

LATE: Final = 0.25
"""Seconds of an echo's delay that echo cancellers cope with."""

LOUD: Final = -6.0
"""dB of an echo, against what is played, above which a user who speaks over it is hard to make out."""

_POLL: Final = 0.005  # seconds between two looks at the count


async def examine(
    *, device_in: Choice = None, device_out: Choice = None, play: bool = True,
    listening: Callable[[], None] | None = None, environ: Mapping[str, str] = os.environ,
) -> list[Finding]:  # fmt: skip
    """Examine this machine: settings, PortAudio, devices, the microphone's sound, and the way from speaker to it.

    device_in, device_out: as `Microphone` and `Speaker` take them. play: play a short sound and look for its echo.
    listening: called when the microphone listens: somebody should say something for three seconds.
    """
    machine = await anyio.to_thread.run_sync(examine_machine)
    findings = [*examine_settings(environ), *machine]
    if not any(finding.severity is Severity.ERROR for finding in machine):
        speaker = Speaker(device_out) if play else None
        findings += await examine_sound(speaker, Microphone(device_in), listening=listening)
    return findings


async def examine_sound(
    speaker: OutputDevice | None, microphone: InputDevice, *, listening: Callable[[], None] | None = None
) -> list[Finding]:
    """Examine a microphone and, unless it is None, a speaker. They are closed, and are closed again."""
    capture = _Capture(microphone)
    try:
        findings = await _examine_microphone(capture, listening)
        if speaker is not None:
            findings += await _examine_speaker(speaker, capture)
    finally:
        with anyio.CancelScope(shield=True):
            await microphone.close()
    return [*findings, *_dropouts("microphone", capture.stream)]


class _Capture:
    """What a microphone hears, and when."""

    def __init__(self, microphone: InputDevice) -> None:
        self.pcm = SILENCE
        self.began_at = math.inf  # loop time of the first frame: the earliest that a block speaks for
        self.stream: OpenDevice | None = None  # None: it is not open, or no stream
        self._microphone = microphone

    async def open(self) -> None:
        """Start to capture."""
        await self._microphone.open(WIRE_RATE)
        self.stream = opened_stream(self._microphone)

    async def listen(self, seconds: float) -> None:
        """Capture for so long, or until the device gives no more; raise `DeviceError` if it fails."""
        end = len(self.pcm) + to_frames(seconds)
        with anyio.move_on_after(seconds + LIMIT):
            while len(self.pcm) < end and len(block := await self._microphone.read()):
                self.pcm = np.concatenate([self.pcm, block])
                self.began_at = min(self.began_at, clock.now() - to_seconds(len(self.pcm)))


class _Playback:
    """A sound on its way through a speaker."""

    def __init__(self, speaker: OutputDevice, pcm: Pcm) -> None:
        self.began_at = math.inf  # loop time at which the first frame was heard; infinite: none was
        self.played = 0  # frames heard
        self._speaker = speaker
        self._pcm = pcm

    async def run(self) -> None:
        """Play it to its end, or until the device has had time enough; raise `DeviceError` if it fails."""
        rest = self._pcm
        with anyio.move_on_after(to_seconds(len(rest)) + LIMIT):
            while self.played < len(self._pcm):
                rest = rest[self._speaker.write(rest) :]
                await anyio.sleep(_POLL)
                self.played = self._speaker.played()
                if self.played:
                    self.began_at = min(self.began_at, clock.now() - to_seconds(self.played))


async def _examine_microphone(capture: _Capture, listening: Callable[[], None] | None) -> list[Finding]:
    try:
        await capture.open()
        if listening is not None:
            listening()
        await capture.listen(LISTENING)
    except DeviceError as error:
        return [_failed("microphone", error)]
    return [_opened("microphone", capture.stream), *examine_capture(capture.pcm, WIRE_RATE)]


async def _examine_speaker(speaker: OutputDevice, capture: _Capture) -> list[Finding]:
    sound, start = probe(WIRE_RATE), len(capture.pcm)
    playback = _Playback(speaker, sound)
    stream = None
    try:
        await speaker.open(WIRE_RATE)
        stream, given_at = opened_stream(speaker), clock.now()
        await _play(playback, capture)
    except DeviceError as error:
        return [_failed("speaker", error)]
    finally:
        with anyio.CancelScope(shield=True):
            await speaker.close()
    findings = [_opened("speaker", stream), _counted(playback, len(sound), given_at), *_dropouts("speaker", stream)]
    if np.any(capture.pcm) and playback.played == len(sound):
        findings.append(_echo(capture.pcm[start:], sound, capture.began_at + to_seconds(start) - playback.began_at))
    return findings


async def _play(playback: _Playback, capture: _Capture) -> None:
    """Play, and hear what comes of it; raise `DeviceError` if the speaker fails."""
    failure: DeviceError | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_hear, capture)
        try:
            await playback.run()
        except DeviceError as error:  # caught here: the group would wrap it
            failure = error
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _hear(capture: _Capture) -> None:
    with suppress(DeviceError):  # one that does not work was told of before
        await capture.listen(echo_path.SECONDS + DECAY)


def _failed(check: str, error: DeviceError) -> Finding:
    advice = "choose another device, or end the program that keeps this one busy"
    return Finding(check, Severity.ERROR, str(error), advice)


def _opened(check: str, stream: OpenDevice | None) -> Finding:
    if stream is None:
        return Finding(check, Severity.OK, "it can be opened")
    format = stream.format
    resampled = "" if format.rate == WIRE_RATE else f", to and from which the {WIRE_RATE} Hz of a session are resampled"
    channels = "1 channel" if format.channels == 1 else f"{format.channels} channels"
    found = f"{stream.name} opens at {format.rate} Hz with {channels}{resampled}"
    return Finding(check, Severity.OK, found, figures={"rate": format.rate, "channels": format.channels})


def _counted(playback: _Playback, frames: int, given_at: float) -> Finding:
    if playback.played < frames:
        found = f"it takes sound, but has played {to_seconds(playback.played):.2f} of {to_seconds(frames):.2f} s"
        advice = "start the sound server anew, or choose another device"
        return Finding("speaker.playback", Severity.ERROR, found, advice)
    latency = playback.began_at - given_at
    found = f"sound is heard {latency * 1000:.0f} ms after it is given"
    return Finding("speaker.playback", Severity.OK, found, figures={"latency": round(latency, 3)})


def _dropouts(side: str, stream: OpenDevice | None) -> list[Finding]:
    """What a stream says of its gaps, once it is closed."""
    return [] if stream is None else [examine_dropouts(side, stream.dropouts)]


def _echo(heard: Pcm, played: Pcm, ahead: float) -> Finding:
    """Look for the probe; `ahead`: seconds from its beginning in the speaker to the first frame of `heard`."""
    echo = find_echo(heard, played, WIRE_RATE)
    if echo is None:
        found = "what is played does not come back into the microphone: headphones, or a speaker that is turned down"
        return Finding("echo", Severity.OK, found)
    delay = ahead + to_seconds(echo.frame)
    found = f"what is played comes back into the microphone after {delay * 1000:.0f} ms, at {echo.gain:.0f} dB"
    figures = {"delay": round(delay, 3), "gain_db": round(echo.gain, 1)}
    if delay > LATE:
        advice = f"use headphones: echo cancellers cope with {LATE * 1000:.0f} ms; Bluetooth takes longer"
        return Finding("echo", Severity.WARNING, found, advice, figures)
    if echo.gain > LOUD:
        advice = "turn the speaker down, move the microphone away from it, or use headphones"
        return Finding("echo", Severity.WARNING, found, advice, figures)
    advice = "a session on these devices cancels it; with headphones there is none"
    return Finding("echo", Severity.NOTE, found, advice, figures)
