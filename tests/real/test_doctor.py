"""The doctor on real devices: a microphone that captures the speaker, is silent, or clips."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk.devices import Speaker
from realtime_sdk.devices._opened import opened_stream
from realtime_sdk.doctor import _examination as examination
from realtime_sdk.doctor._finding import Finding, Severity
from realtime_sdk.testing import noise

from .attempts import in_attempts
from .sound_server import MICROPHONE, RATE, SPEAKER, UP_LIMIT, SoundServer, playing

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]


@pytest.fixture(autouse=True)
def short_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Capture for one second instead of three: these signals do not change."""
    monkeypatch.setattr(examination, "LISTEN_SECONDS", 1.0)


def findings() -> dict[str, Finding]:
    """The findings of an examination without dropouts: on a machine under load it is repeated."""
    for _ in range(10):
        found = {finding.check: finding for finding in asyncio.run(examination.examine(environ={}))}
        if not any(check.endswith(".dropouts") and finding.figures["dropouts"] for check, finding in found.items()):
            return found
    pytest.fail("no examination in ten was free of dropouts")


@contextmanager
def spoken(peak: float) -> Iterator[None]:
    """Feed a tone to the microphone for as long as the examination may take; beyond full scale it is clipped."""
    wave = peak * np.sin(2 * np.pi * 200 * np.arange(20 * RATE) / RATE)
    with playing(MICROPHONE, np.clip(wave * 32768, -32768, 32767).astype(np.int16)):
        yield


@in_attempts
def test_the_echo_path_is_found_with_its_delay_and_its_level(sound_server: SoundServer) -> None:
    with sound_server.echo(milliseconds=100, amplitude=0.1):
        found = findings()
    assert found["speaker"].severity is found["speaker.playback"].severity is Severity.OK
    assert 0.02 < found["speaker.playback"].figures["latency"] < 0.5
    assert found["echo"].severity is Severity.NOTE
    assert found["echo"].figures["gain_db"] == approx(-20.0, abs=0.5)
    # A null sink's monitor is ahead of what is heard, by one or two of its pieces of 17 ms.
    assert found["echo"].figures["delay"] == approx(0.083, abs=0.03)


def test_a_silent_microphone_is_an_error_and_has_no_echo_finding() -> None:
    found = findings()
    assert found["microphone.level"].severity is Severity.ERROR
    assert "echo" not in found


@in_attempts
@pytest.mark.parametrize(("peak", "severity"), [(0.3, Severity.OK), (4.0, Severity.WARNING)])
def test_a_clipping_microphone_is_distinguished_from_a_clean_one(peak: float, severity: Severity) -> None:
    with spoken(peak):
        found = findings()
    assert found["microphone.level"].severity is Severity.OK
    assert found["microphone.clipping"].severity is severity


def test_stalls_of_the_sound_server_are_counted_as_dropouts() -> None:
    async def main(server: SoundServer) -> None:
        with anyio.fail_after(UP_LIMIT):
            while not await dropouts_of_a_stall(server):
                pass

    with SoundServer() as server:  # its own: it lags for good afterwards
        asyncio.run(main(server))


async def dropouts_of_a_stall(server: SoundServer) -> int:
    """Stall the server while it plays; return the dropouts of the stream: 0 where the driver did not run meanwhile."""
    speaker = Speaker()
    await speaker.open(RATE)
    stream = opened_stream(speaker)
    assert stream is not None
    speaker.write(noise(1.0, seed=1))
    await until_played(speaker, RATE // 10)
    with server.stalled():
        await anyio.sleep(0.3)  # more than the driver holds
    await until_played(speaker, RATE)
    await speaker.close()
    return stream.dropouts


async def until_played(speaker: Speaker, frames: int) -> None:
    while speaker.played() < frames:  # noqa: ASYNC110  # a device has no event to wait for
        await anyio.sleep(0.01)


@in_attempts
def test_the_command_reports_in_json_and_by_its_exit_code() -> None:
    command = "from realtime_sdk.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", command, "doctor", "--json"], check=False, capture_output=True, text=True
    )
    found = {finding["check"]: finding["severity"] for finding in json.loads(result.stdout)}
    assert (found["portaudio"], found["speaker"], found["microphone.level"]) == ("ok", "ok", "error")
    assert result.returncode == 1


@in_attempts
def test_a_microphone_that_is_the_speakers_monitor_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_SOURCE", f"{SPEAKER}.monitor")
    echo = findings()["echo"]
    assert echo.severity is Severity.ERROR and "monitor" in echo.found
