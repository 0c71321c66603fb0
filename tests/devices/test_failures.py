"""A device that raises anything is lost."""

from __future__ import annotations

import asyncio
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import SILENCE, Pcm
from realtime_sdk.devices import InputDevice, Microphone, OutputDevice, Speaker, WavMicrophone, WavSpeaker, list_devices
from realtime_sdk.devices._choice import Choice
from realtime_sdk.devices._failures import as_device_error, device_errors
from realtime_sdk.devices._reopening import reopen
from realtime_sdk.errors import DeviceError, PortAudioMissing, UsageError
from realtime_sdk.testing import run_virtual

from .fake_sounddevice import FakeSounddevice, PortAudioError, install
from .sound_card import RATE, ManualClock


class PhoneLine:
    """An input device of an application's own; `failures` are raised by its methods, one after the other."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)

    async def open(self, rate: int) -> None:
        self._fail()

    async def read(self) -> Pcm:
        self._fail()
        return SILENCE

    async def close(self) -> None:
        self._fail()

    def _fail(self) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


class Silent(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError("the line is dead"), "the sound device PhoneLine failed: OSError: the line is dead"),
        (ValueError("no\nrate\x1b[2J"), "the sound device PhoneLine failed: ValueError: no rate [2J"),
        (StopIteration(), "the sound device PhoneLine failed: StopIteration"),
        (Silent(), "the sound device PhoneLine failed: Silent"),
        (ExceptionGroup("tasks", [OSError("hung up")]), "the sound device PhoneLine failed: OSError: hung up"),
    ],
)
def test_a_device_error_names_the_device_and_the_failure(error: Exception, message: str) -> None:
    with pytest.raises(DeviceError) as lost, device_errors(PhoneLine()):
        raise error
    assert str(lost.value) == str(as_device_error(error, PhoneLine())) == message
    assert lost.value.__cause__ is error


@pytest.mark.parametrize("error", [DeviceError("unplugged"), PortAudioMissing("sudo apt install libportaudio2")])
def test_a_device_error_comes_out_as_it_is(error: DeviceError) -> None:
    with pytest.raises(DeviceError) as lost, device_errors(PhoneLine()):
        raise error
    assert lost.value is error
    assert as_device_error(ExceptionGroup("tasks", [error]), PhoneLine()) is error


def test_a_name_may_stand_for_the_device() -> None:
    assert str(as_device_error(OSError("gone"), "USB Audio")) == "the sound device 'USB Audio' failed: OSError: gone"


def test_a_cancelled_task_stays_cancelled() -> None:
    async def read() -> None:
        with device_errors("line"):
            await anyio.sleep_forever()

    async def main() -> None:
        reading = asyncio.ensure_future(read())
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        with anyio.move_on_after(1.0) as scope, device_errors("line"):
            await anyio.sleep_forever()
        assert scope.cancelled_caught

    run_virtual(main)


def test_a_device_whose_own_task_was_cancelled_has_failed() -> None:
    async def main() -> None:
        own = asyncio.ensure_future(anyio.sleep_forever())
        own.cancel()
        with pytest.raises(DeviceError, match="the sound device 'line' failed: CancelledError"), device_errors("line"):
            await own

    run_virtual(main)


def test_a_lost_device_is_opened_again_after_any_exceptions() -> None:
    line = PhoneLine(OSError("close"), ValueError("open"), None, RuntimeError("open"), KeyError("close"), None)

    async def main() -> float:
        assert isinstance(line, InputDevice)
        await reopen(line, RATE)
        return clock.now()

    assert run_virtual(main) == pytest.approx(1.5)
    assert not line.failures


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_args: object, **_options: object) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("error", [PortAudioError("Unanticipated host error", -9999), OSError("ALSA"), RuntimeError()])
@pytest.mark.parametrize(
    "use",
    [Speaker.room, Speaker.played, Speaker.flush, Speaker.pause, Speaker.resume, lambda it: it.write(SILENCE)],
)
def test_a_speaker_whose_stream_raises_is_lost(
    monkeypatch: pytest.MonkeyPatch, use: Callable[[Speaker], Any], error: Exception
) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        speaker = Speaker()
        assert isinstance(speaker, OutputDevice)
        await speaker.open(RATE)
        monkeypatch.setattr(type(fake.opened[0]), "active", property(failing(error)))
        with pytest.raises(DeviceError, match=f"the sound device 'card' failed: {type(error).__name__}"):
            use(speaker)
        await speaker.close()

    run_virtual(main)


def test_a_microphone_whose_stream_raises_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        microphone = Microphone()
        await microphone.open(RATE)
        await microphone.read()
        monkeypatch.setattr(type(fake.opened[0]), "active", property(failing(PortAudioError("gone", -9999))))
        with pytest.raises(DeviceError, match="the sound device 'card' failed: PortAudioError"):
            await microphone.read()
        await microphone.close()

    run_virtual(main)


@pytest.mark.parametrize("device", [Speaker, Microphone])
@pytest.mark.parametrize("refusal", [ValueError("no such thing"), OSError("ALSA"), TypeError()])
def test_a_library_that_fails_while_it_opens_a_device_is_a_device_error(
    monkeypatch: pytest.MonkeyPatch, device: type[Speaker | Microphone], refusal: Exception
) -> None:
    install(monkeypatch, FakeSounddevice(ManualClock(), refusal=refusal))
    with pytest.raises(DeviceError, match=f"PortAudio failed: {type(refusal).__name__}"):
        anyio.run(device().open, RATE)


def test_a_library_that_fails_to_list_its_devices_is_a_device_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = install(monkeypatch, FakeSounddevice(ManualClock()))
    monkeypatch.setattr(fake, "query_devices", failing(PortAudioError("Unanticipated host error", -9999)))
    with pytest.raises(DeviceError, match="PortAudio failed: PortAudioError"):
        list_devices()


def test_a_function_that_chooses_and_raises_is_a_device_error(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeSounddevice(ManualClock()))
    choice: Choice = failing(KeyError("headset"))
    with pytest.raises(DeviceError, match="the function that chooses a sound output failed: KeyError: 'headset'"):
        anyio.run(Speaker(choice).open, RATE)


def test_a_stream_that_fails_to_stop_is_closed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        speaker = Speaker()
        await speaker.open(RATE)
        monkeypatch.setattr(fake.opened[0], "abort", failing(OSError("gone")))
        with pytest.raises(DeviceError, match="PortAudio failed: OSError: gone"):
            await speaker.close()
        assert fake.opened[0].closed
        await speaker.close()

    run_virtual(main)


@pytest.mark.parametrize("path", ["\0", "/"])
def test_a_path_that_can_not_be_written_is_a_device_error(path: str) -> None:
    with pytest.raises(DeviceError, match="can't write audio to"):
        anyio.run(WavSpeaker(path).open, RATE)


def test_a_file_that_is_longer_than_its_header_can_say_is_a_device_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        speaker = WavSpeaker(tmp_path / "heard.wav")
        await speaker.open(RATE)
        await anyio.sleep(1.0)
        monkeypatch.setattr(wave.Wave_write, "writeframes", failing(struct.error("argument out of range")))
        with pytest.raises(DeviceError, match=r"can't write audio to .*: error: argument out of range"):
            speaker.played()
        monkeypatch.undo()
        await speaker.close()

    run_virtual(main)


def test_a_file_that_breaks_off_in_its_middle_is_a_device_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import soundfile

    path = tmp_path / "said.wav"
    soundfile.write(path, [0.0] * RATE, RATE)

    async def main() -> None:
        microphone = WavMicrophone(path)
        await microphone.open(RATE)
        monkeypatch.setattr(soundfile.SoundFile, "read", failing(soundfile.LibsndfileError(1)))
        with pytest.raises(DeviceError, match="the sound device WavMicrophone failed: LibsndfileError"):
            await microphone.read()
        await microphone.close()

    run_virtual(main)


def test_a_thing_that_is_no_path_is_refused() -> None:
    with pytest.raises(UsageError, match=r"path is an audio file, such as 'talk\.wav', not an object"):
        WavMicrophone(object())  # type: ignore[arg-type]
