"""The checks of microphone, speaker and echo path, on the virtual clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import DeviceError
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.devices import InputDevice, OutputDevice
from realtime_sdk.doctor._echo_path import probe
from realtime_sdk.doctor._examination import _echo_finding, examine_channels, examine_sound
from realtime_sdk.doctor._finding import Finding, Severity
from realtime_sdk.testing import VirtualMicrophone, VirtualSpeaker, noise, run_virtual

from ..scenarios.room import RoomMicrophone

OF_THE_AUDIO = [
    f"microphone.{check}" for check in ("level", "clipping", "offset", "noise", "bandwidth", "holes")
]


class Room(RoomMicrophone):
    """A room in which a person speaks."""

    def __init__(self, speaker: VirtualSpeaker, delay: float = 0.08, part: int = 10) -> None:
        super().__init__(speaker, delay, part)
        self.say(noise(1.0, seed=1), at=1.0)


class Hall(Room):
    """A room with a wall that sends the sound back once more."""

    def _in_air(self, pcm: Pcm) -> Pcm:
        heard: Pcm = pcm - pcm // 4 + np.concatenate([np.zeros(240, np.int16), pcm])[: len(pcm)] // 2
        return heard


@dataclass
class Broken:
    """A device that fails when it is opened, or when it is used."""

    opens: bool = False

    async def open(self, rate: int) -> None:
        if not self.opens:
            raise DeviceError("the sound device 'Broken' can't be opened: it is in use")

    async def close(self) -> None: ...

    async def read(self) -> Pcm:
        raise DeviceError("the sound device 'Broken' stopped")

    def write(self, pcm: Pcm) -> int:
        raise DeviceError("the sound device 'Broken' stopped")

    def room(self) -> int:
        raise DeviceError("the sound device 'Broken' stopped")

    played = flush = room

    def pause(self) -> None: ...

    resume = pause


class Stuck(VirtualSpeaker):
    """Accepts audio, and never plays it."""

    def played(self) -> int:
        return 0


class Mute(VirtualMicrophone):
    """Opens, and never delivers a block."""

    async def read(self) -> Pcm:
        await anyio.sleep_forever()
        raise AssertionError


def findings_of(speaker: OutputDevice | None, microphone: InputDevice) -> dict[str, Finding]:
    async def main() -> list[Finding]:
        return await examine_sound(speaker, microphone)

    return {finding.check: finding for finding in run_virtual(main)}


def test_a_laptop_passes_and_its_echo_is_measured() -> None:
    speaker = VirtualSpeaker(latency=0.06)
    found = findings_of(speaker, Room(speaker, delay=0.08, part=10))
    assert list(found) == [
        "microphone", *OF_THE_AUDIO,
        "speaker", "speaker.playback", "echo",
    ]  # fmt: skip
    assert {finding.severity for check, finding in found.items() if check != "echo"} == {Severity.OK}
    assert found["speaker.playback"].figures == {"latency": approx(0.06, abs=0.006)}
    assert found["echo"].severity is Severity.NOTE
    assert found["echo"].figures == {"delay": approx(0.08, abs=0.006), "gain_db": approx(-20.0, abs=0.2)}


def test_headphones_have_no_echo() -> None:
    found = findings_of(VirtualSpeaker(), Room(VirtualSpeaker()))
    assert found["echo"].severity is Severity.OK
    assert "headphones" in found["echo"].found


@pytest.mark.parametrize(
    ("delay", "part", "advice"),
    [(0.4, 10, "use headphones: echo cancellers handle up to 250 ms"), (0.08, 1, "turn the speaker down")],
)
def test_a_late_or_loud_echo_is_a_warning(delay: float, part: int, advice: str) -> None:
    speaker = VirtualSpeaker()
    echo = findings_of(speaker, Hall(speaker, delay, part))["echo"]
    assert echo.severity is Severity.WARNING
    assert echo.advice.startswith(advice)


def test_a_microphone_that_is_the_speakers_monitor_is_an_error() -> None:
    speaker = VirtualSpeaker()
    echo = findings_of(speaker, Room(speaker, delay=0.02, part=1))["echo"]
    assert echo.severity is Severity.ERROR
    assert "monitor" in echo.found and "realtime-sdk devices" in echo.advice


@pytest.mark.parametrize(("lead", "is_monitor"), [(-0.02, True), (0.02, False)])
def test_what_is_captured_before_it_is_heard_comes_from_a_monitor_whatever_else_is_played(
    lead: float, is_monitor: bool
) -> None:
    sweep = probe(WIRE_RATE)
    captured = np.concatenate([sweep, np.zeros(4800, np.int16)]) + noise(0.8, seed=2) // 4
    echo = _echo_finding(captured, sweep, lead)
    assert echo.severity is (Severity.ERROR if is_monitor else Severity.WARNING)
    assert ("monitor" in echo.found) is is_monitor


def test_without_a_speaker_nothing_is_played() -> None:
    found = findings_of(None, Room(VirtualSpeaker()))
    assert list(found) == ["microphone", *OF_THE_AUDIO]


@pytest.mark.parametrize("microphone", [Broken(), Broken(opens=True), Mute()], ids=["in use", "stopping", "mute"])
def test_a_microphone_that_fails_is_an_error_and_the_speaker_is_still_examined(microphone: InputDevice) -> None:
    found = findings_of(VirtualSpeaker(), microphone)
    failed = [finding for finding in found.values() if finding.severity is Severity.ERROR]
    assert [finding.check.partition(".")[0] for finding in failed] == ["microphone"]
    assert failed[0].advice
    assert found["speaker.playback"].severity is Severity.OK
    assert "echo" not in found


@pytest.mark.parametrize("opens", [False, True])
def test_a_speaker_that_fails_is_an_error(opens: bool) -> None:
    found = findings_of(Broken(opens), Room(VirtualSpeaker()))
    assert found["speaker"].severity is Severity.ERROR
    assert found["speaker"].found.startswith("the sound device 'Broken'")
    assert "echo" not in found


def test_a_speaker_that_does_not_play_is_an_error() -> None:
    found = findings_of(Stuck(), Room(VirtualSpeaker()))
    assert found["speaker.playback"].severity is Severity.ERROR
    assert found["speaker.playback"].found == "the device accepts audio, but has played 0.00 of 0.60 s"
    assert "echo" not in found


def test_the_user_is_asked_to_speak_when_the_capture_starts_and_told_when_the_probe_is_played() -> None:
    called_at: list[float] = []

    async def main() -> None:
        speaker = VirtualSpeaker()
        note = partial(_append_time, called_at, clock.now())
        await examine_sound(speaker, Room(speaker), on_listening=note, on_playing=note)

    run_virtual(main)
    assert called_at == [0.0, 3.0]


def _append_time(times: list[float], begun: float) -> None:
    times.append(round(clock.now() - begun, 1))


@pytest.mark.parametrize(("level", "cancels"), [(0.0, False), (1.0, True)], ids=["silent too", "loud"])
def test_channels_that_cancel_each_other_are_found_by_one_of_them(level: float, cancels: bool) -> None:
    async def main() -> list[Finding]:
        microphone = VirtualMicrophone()
        microphone.say((level * noise(2.0, seed=3)).astype(np.int16), at=0.0)
        return await examine_channels(Finding("microphone.level", Severity.ERROR, "no signal"), microphone)

    assert [finding.check for finding in run_virtual(main)] == ["microphone.channels"] * cancels
