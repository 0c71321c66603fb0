"""Does a session interrupt itself through an open speaker, and how soon does it detect a user who barges in?

A whole session on a sound server: a reply is played to a null sink, whose monitor goes to another one, the
microphone, 50 ms later and 6 dB down. The session cancels the echo, and finds the user's turns with Silero's detector
(the extra `local`); the reply plays on, so that they can be counted. For the given minutes only the reply speaks. Then
a user does, every 5 s, over it. The delay until `UserSpeechStarted` runs from the onset
of their voice at the sink of the microphone: with the latency of microphone, canceller, detector and event loop.

It needs PulseAudio, and takes the time that it prints:

    python benchmarks/echo_rig.py [--minutes 10] [--sentences 20] [--canceller default|webrtc|none] [--echo -6]
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

import anyio
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # the sound server is the tests'

from echo_scenes import REPLY, SENTENCES, speech

from realtime_sdk import BargeIn, Microphone, Session, Speaker, Turns, UserSpeechStarted, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_bytes, to_frames
from realtime_sdk.capture._voice_activity import SileroVoiceActivity
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.capture.echo._choice import default_canceller
from realtime_sdk.capture.echo._webrtc import WebRtcCanceller
from realtime_sdk.testing import FakeServer, message
from tests.real.sound_server import MICROPHONE, Ear, SoundServer

PEAK_LEVEL = 0.1
"""RMS of reply and user, -20 dB of full scale."""

SENTENCE_INTERVAL_SECONDS = 5.0
"""Seconds from one of the user's sentences to the next."""

DETECTION_LIMIT_SECONDS = 1.0
"""Seconds for the last event."""


def pcm_of(voice: str, text: str) -> Pcm:
    """Speech."""
    return np.asarray((speech(voice, text) * PEAK_LEVEL * 32767).clip(-32767, 32767), np.int16)


def canceller_of(name: str) -> EchoCanceller | None:
    """The canceller of that name."""
    if name == "none":
        return None
    return WebRtcCanceller(WIRE_RATE) if name == "webrtc" else default_canceller(WIRE_RATE)


async def record_detections(session: Session, detections: list[float]) -> None:
    """Record the times at which the session reports that the user began to speak."""
    async for event in session.events():
        if isinstance(event, UserSpeechStarted):
            detections.append(clock.now())
            print(f"  speech detected: {len(detections)}", flush=True)


async def speak(pcm: Pcm) -> None:
    """Say something into the microphone."""
    command = ["pacat", "-d", MICROPHONE, "--raw", "--format=s16le", f"--rate={WIRE_RATE}", "--channels=1"]
    await anyio.run_process(command, input=to_bytes(pcm), stderr=subprocess.DEVNULL)


def onset(ear: Ear, after: float, pcm: Pcm) -> float:
    """When the first sound of `pcm` was at the microphone."""
    start = max(round((after - ear.time_of(0)) * WIRE_RATE), 0)
    heard = ear.recording[start:].astype(np.float64)
    size = 1 << (len(heard) + len(pcm)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(pcm.astype(np.float64), size).conj(), size)
    return ear.time_of(start + int(correlation[: len(heard)].argmax()))


async def run(options: argparse.Namespace) -> None:
    """Play it, and print the figures."""
    seconds = 60 * options.minutes + SENTENCE_INTERVAL_SECONDS * options.sentences + 5
    reply = np.resize(np.concatenate([pcm_of("joe", REPLY), np.zeros(to_frames(0.4), np.int16)]), to_frames(seconds))
    server = FakeServer()
    detections: list[float] = []
    server.reply(message(REPLY, pcm=reply), pace=1.5)
    async with (
        server,
        server.listen() as url,
        connect(
            endpoint=url, speaker=Speaker(), microphone=Microphone(), barge_in=BargeIn.never(),
            turns=Turns.by_voice(SileroVoiceActivity()), echo_canceller=canceller_of(options.canceller),
        ) as session,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(record_detections, session, detections)
        await session.respond()
        await anyio.sleep(60 * options.minutes)
        print(f"{len(detections)} false interruptions in {options.minutes:g} minutes", flush=True)
        delays = [await _cut_in(n, detections) for n in range(options.sentences)]
        tasks.cancel_scope.cancel()
    heard = [delay for delay in delays if delay is not None]
    print(f"{options.sentences - len(heard)} of {options.sentences} barge-ins missed")
    if heard:
        print("ms until detected: " + ", ".join(f"{1000 * delay:.0f}" for delay in sorted(heard)))


async def _cut_in(number: int, detections: list[float]) -> float | None:
    """Speak a sentence; return the seconds until the session reports it, None if it does not."""
    pcm = pcm_of("en-us+f2", SENTENCES[number % len(SENTENCES)])
    before = len(detections)
    ear = Ear(asyncio.get_running_loop().time, MICROPHONE)
    try:
        await ear.hear(0.05)
        began = clock.now()
        await speak(pcm)
        await anyio.sleep(max(DETECTION_LIMIT_SECONDS, began + SENTENCE_INTERVAL_SECONDS - clock.now()))
        first = onset(ear, began, pcm)
    finally:
        ear.stop()
    times = [at - first for at in detections[before:] if 0 <= at - first < DETECTION_LIMIT_SECONDS]
    return times[0] if times else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the reply alone")
    parser.add_argument("--sentences", type=int, default=20, help="that the user speaks afterwards")
    parser.add_argument("--canceller", choices=("default", "webrtc", "none"), default="default")
    parser.add_argument("--echo", type=float, default=-6.0, help="its level in dB")
    options = parser.parse_args()
    with SoundServer() as server, server.echo(50, 10 ** (options.echo / 20)):
        asyncio.run(run(options))


if __name__ == "__main__":
    main()
