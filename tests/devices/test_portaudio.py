"""PortAudio: choosing and opening devices, its failures, and the mixer in Python."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk._runtime import clock
from realtime_sdk.devices import (
    DeviceInfo,
    InputDevice,
    Microphone,
    OutputDevice,
    Speaker,
    _library as library,
    _portaudio as portaudio,
    list_devices,
)
from realtime_sdk.devices._choice import Choice, ListedDevice, choose
from realtime_sdk.devices._stream import Format
from realtime_sdk.errors import DeviceError, PortAudioMissing, UsageError
from realtime_sdk.testing import run_virtual

from .fake_sounddevice import INVALID_CHANNELS, INVALID_RATE, FakeSounddevice, PortAudioError, install
from .sound_card import RATE, ManualClock, SoundCard

LISTED = [
    DeviceInfo("HDA Analog", 0, inputs=2, outputs=0, rate=44_100, is_default_input=False, is_default_output=False),
    DeviceInfo("USB Audio", 1, inputs=1, outputs=2, rate=48_000, is_default_input=True, is_default_output=False),
    DeviceInfo("USB Audio 2", 2, inputs=1, outputs=2, rate=48_000, is_default_input=False, is_default_output=True),
]

KNOWN = [ListedDevice(info, info.index) for info in LISTED]


def test_the_default_is_chosen_if_nothing_is_said() -> None:
    assert choose(None, "input", KNOWN).info.index == 1
    assert choose(None, "output", KNOWN).info.index == 2


@pytest.mark.parametrize(
    ("choice", "index"),
    [(1, 1), ("USB Audio 2", 2), ("USB Audio", 1), ("usb audio 2", 2), ("audio", 1), (lambda listed: listed[-1], 2),
     (lambda listed: 1, 1), (lambda listed: None, 2)],
)  # fmt: skip
def test_a_device_is_chosen_by_index_by_name_or_by_a_callable(choice: Choice, index: int) -> None:
    assert choose(choice, "output", KNOWN).info.index == index


def test_a_callable_sees_those_that_can_do_it() -> None:
    seen: list[str] = []

    def record(listed: Sequence[DeviceInfo]) -> None:
        seen.extend(info.name for info in listed)

    choose(record, "output", KNOWN)
    assert seen == ["USB Audio", "USB Audio 2"]


@pytest.mark.parametrize("choice", ["HDA", 0, 7, lambda listed: LISTED[0]])
def test_an_unknown_device_is_an_error_that_lists_the_known(choice: Choice) -> None:
    with pytest.raises(DeviceError, match=r"no sound output is .*; there are: 1 'USB Audio', 2 'USB Audio 2'"):
        choose(choice, "output", KNOWN)


def test_a_machine_without_a_device_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DeviceError, match=r"no sound input: connect a device or start the sound server"):
        choose(None, "input", [])


@pytest.mark.parametrize(("platform", "line"), [("linux", "apt install libportaudio2.*dnf install portaudio"),
                                                ("darwin", "brew install portaudio"),
                                                ("win32", "pip install")])  # fmt: skip
def test_a_missing_portaudio_is_an_error_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, line: str
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(PortAudioMissing, match=line):
        list_devices()
    with pytest.raises(PortAudioMissing, match="not installed"):
        anyio.run(Speaker().open, RATE)
    with pytest.raises(PortAudioMissing, match="not installed"):
        anyio.run(Microphone().open, RATE)


def test_a_portaudio_that_cannot_start_is_a_device_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sounddevice.py").write_text("raise RuntimeError('Error initializing PortAudio')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    with pytest.raises(DeviceError, match="PortAudio can't start: Error initializing PortAudio"):
        list_devices()


def test_devices_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeSounddevice(ManualClock()))
    assert list_devices() == [
        DeviceInfo("card", 0, inputs=4, outputs=4, rate=48_000, is_default_input=True, is_default_output=True)
    ]
    install(monkeypatch, FakeSounddevice(ManualClock(), cards=0))
    assert list_devices() == []


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (INVALID_RATE, r"'card' refuses every rate that was tried \(24000, 48000, 44100 Hz\): choose a device"),
        (INVALID_CHANNELS, "choose a device for which the system resamples"),
        (PortAudioError("Device unavailable", -9985), r"'card' can't be opened: .*Device unavailable"),
        (PortAudioError("no code"), "no code"),
    ],
)
def test_a_device_that_refuses_is_a_device_error(
    monkeypatch: pytest.MonkeyPatch, refusal: PortAudioError, text: str
) -> None:
    install(monkeypatch, FakeSounddevice(ManualClock(), refusal=refusal))
    with pytest.raises(DeviceError, match=text):
        anyio.run(Speaker().open, RATE)


@pytest.mark.parametrize(("late", "opens"), [(2, True), (3, False)])
def test_a_stream_that_a_busy_machine_does_not_start_in_time_is_opened_again(
    monkeypatch: pytest.MonkeyPatch, late: int, opens: bool
) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, late=late))
        with nullcontext() if opens else pytest.raises(DeviceError, match="Wait timed out"):
            await Speaker().open(RATE)
        assert len(fake.opened) == opens

    run_virtual(main)


def test_a_speaker_without_rtmixer_plays_through_a_python_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.arange(1, 4801, dtype=np.int16)

    async def main() -> SoundCard:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        speaker = Speaker()
        assert isinstance(speaker, OutputDevice)
        await speaker.open(RATE)
        assert speaker.write(sound) == 4800
        for _ in range(30):
            await anyio.sleep(0.01)
            speaker.played()
        assert speaker.played() == 4800
        await speaker.close()
        await speaker.close()
        with pytest.raises(DeviceError, match="not open"):
            speaker.played()
        return fake.opened[0]

    card = run_virtual(main)
    assert card.closed
    output = card.output
    assert output[np.flatnonzero(output)].tolist() == sound.tolist()


def test_a_device_that_opens_and_plays_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> SoundCard:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, plays=False))
        with pytest.raises(DeviceError, match="'card' was opened, but plays nothing"):
            await Speaker().open(RATE)
        return fake.opened[0]

    assert run_virtual(main).closed


def test_a_device_whose_opening_was_cancelled_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> SoundCard:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, plays=False))
        with anyio.move_on_after(1.0):
            await Speaker().open(RATE)
        return fake.opened[0]

    assert run_virtual(main).closed


def test_a_device_whose_opening_is_cancelled_as_it_ends_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread has opened it, and found its caller waiting; the caller is cancelled before it is given the device."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        fake = install(monkeypatch, FakeSounddevice(loop.time))
        opening = asyncio.create_task(Speaker().open(RATE))
        run = portaudio._Opening.run

        def run_and_cancel(self: portaudio._Opening[Any]) -> Any:
            device = run(self)
            loop.call_soon_threadsafe(opening.cancel)
            return device

        monkeypatch.setattr(portaudio._Opening, "run", run_and_cancel)
        with pytest.raises(asyncio.CancelledError):
            await opening
        [card] = fake.opened
        assert card.closed and not portaudio._portaudio._open

    run_virtual(main)


def test_a_microphone_without_rtmixer_hears_through_a_python_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        microphone = Microphone()
        assert isinstance(microphone, InputDevice)
        await microphone.open(RATE)
        [capture] = fake.captures
        assert not (await microphone.read()).any()
        for level in (0.25, -1.5):
            capture(np.full((960, 1), level, np.float32), 960, None, None)
        assert (await microphone.read()).tolist() == [8192] * 960
        assert (await microphone.read()).tolist() == [-32768] * 960, "too loud is clipped"
        fake.opened[0].unplug()
        with pytest.raises(DeviceError, match="'card' stopped"):
            await microphone.read()
        await microphone.close()
        assert len(await microphone.read()) == 0

    run_virtual(main)


@pytest.mark.parametrize(
    ("rates", "channels", "format"),
    [
        (None, None, Format(24_000, 2, 240)),
        ({48_000, 96_000}, None, Format(48_000, 2, 480)),
        ({44_100}, {1, 2}, Format(44_100, 2, 441)),
        (None, {1}, Format(24_000, 1, 240)),
        ({48_000}, {4}, Format(48_000, 4, 480)),
    ],
)
def test_a_speaker_opens_as_the_device_has_it(
    monkeypatch: pytest.MonkeyPatch, rates: set[int] | None, channels: set[int] | None, format: Format
) -> None:
    sound = np.full(4800, 5000, np.int16)

    async def main() -> SoundCard:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, rates=rates, channels=channels))
        speaker = Speaker()
        await speaker.open(RATE)
        assert speaker.write(sound) == 4800
        for _ in range(30):
            await anyio.sleep(0.01)
            speaker.played()
        assert speaker.played() == 4800
        await speaker.close()
        return fake.opened[0]

    card = run_virtual(main)
    assert card.format == format
    steady = np.count_nonzero(np.abs(card.channels - 5000 / 32768) < 0.01, axis=0) / format.rate
    assert steady == pytest.approx([0.2] * format.channels, abs=0.01)


@pytest.mark.parametrize(
    ("rates", "channels", "format"),
    [
        (None, None, Format(24_000, 1, 960)),
        ({48_000}, None, Format(48_000, 1, 1920)),
        ({44_100}, {2, 4}, Format(44_100, 2, 1764)),
        (None, {4}, Format(24_000, 4, 960)),
    ],
)
def test_a_microphone_opens_at_the_devices_rate_and_mixes_its_channels(
    monkeypatch: pytest.MonkeyPatch, rates: set[int] | None, channels: set[int] | None, format: Format
) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, rates=rates, channels=channels))
        microphone = Microphone()
        await microphone.open(RATE)
        assert fake.opened[0].format == format
        seconds = np.arange(format.rate) / format.rate
        tone = 0.25 * np.sin(2 * np.pi * 440 * seconds)
        heard = np.stack([tone * share for share in np.linspace(0, 2, format.channels)], axis=1)
        if format.channels == 1:
            heard = tone[:, np.newaxis]
        for start in range(0, format.rate, format.block_frames):
            fake.captures[0](heard[start : start + format.block_frames].astype(np.float32), format.block_frames, 0, 0)
        silence, *blocks = [await microphone.read() for _ in range(25)]
        assert {len(block) for block in (silence, *blocks)} == {960}
        expected = 8192 * np.sin(2 * np.pi * 440 * np.arange(24 * 960) / RATE)
        difference = np.abs(np.concatenate(blocks) - expected)[RATE // 100 :]  # a tone that begins has every frequency
        assert difference.max() < 4
        await microphone.close()

    run_virtual(main)


@pytest.mark.parametrize("rates", [None, {48_000}])
def test_a_microphone_drops_what_it_heard_and_was_not_read(
    monkeypatch: pytest.MonkeyPatch, rates: set[int] | None
) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, rates=rates))
        microphone = Microphone()
        microphone.drop_unread()  # of a closed one there is nothing
        await microphone.open(RATE)
        frames = fake.opened[0].format.block_frames
        for level in (0.5, 0.25):
            for _ in range(10):
                fake.captures[0](np.full((frames, 1), level, np.float32), frames, None, None)
            if level == 0.5:
                microphone.drop_unread()
        heard = np.concatenate([await microphone.read() for _ in range(3)])
        assert heard.max() < 1.2 * 8192, "nothing of it is left in a filter"
        assert heard[-100:] == pytest.approx(8192, abs=4)
        await microphone.close()

    run_virtual(main)


def test_a_microphone_that_opens_and_hears_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> SoundCard:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time, plays=False))
        with pytest.raises(DeviceError, match="'card' is open, but gives no audio"):
            await Microphone().open(RATE)
        return fake.opened[0]

    assert run_virtual(main).closed


def test_a_microphone_without_audio_for_a_second_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        microphone = Microphone()
        await microphone.open(RATE)
        await anyio.sleep(1000.0)
        assert len(await microphone.read()) == 960, "what it heard is there, however late its reader comes"
        before = clock.now()
        with pytest.raises(DeviceError, match="gives no audio"):
            await microphone.read()
        assert clock.now() - before == pytest.approx(1.0, abs=0.02)

    run_virtual(main)


def test_the_devices_are_listed_again_after_a_failed_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        speaker = Speaker()
        await speaker.open(RATE)
        assert fake.starts == 0
        fake.refusal = PortAudioError("Device unavailable", -9985)
        for starts in (0, 1, 2):
            with pytest.raises(DeviceError):
                await speaker.open(RATE)
            assert fake.starts == starts
        fake.refusal = None
        await speaker.open(RATE)
        assert fake.starts == 3
        await speaker.open(RATE)
        assert fake.starts == 3, "all is well"
        await speaker.close()

    run_virtual(main)


@pytest.mark.parametrize(("platform", "gives_way"), [("linux", False), ("darwin", True), ("win32", True)])
def test_another_stream_is_closed_where_only_a_restart_finds_a_lost_device(
    monkeypatch: pytest.MonkeyPatch, platform: str, gives_way: bool
) -> None:
    async def main() -> None:
        fake = install(monkeypatch, FakeSounddevice(asyncio.get_running_loop().time))
        monkeypatch.setattr(sys, "platform", platform)
        speaker, microphone = Speaker(), Microphone()
        await speaker.open(RATE)
        fake.refusal = PortAudioError("Device unavailable", -9985)
        with pytest.raises(DeviceError):
            await microphone.open(RATE)
        assert fake.starts == 0, "the speaker would end"
        if not gives_way:
            speaker.played()
            return
        with pytest.raises(DeviceError, match="closed for a moment, to search for another one"):
            speaker.played()
        await speaker.close()
        with pytest.raises(DeviceError):
            await microphone.open(RATE)
        assert fake.starts == 1
        fake.refusal = None
        await speaker.open(RATE)
        await microphone.open(RATE)
        speaker.played()

    run_virtual(main)


def test_listing_devices_fails_while_a_driver_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "DRIVER_TIMEOUT_SECONDS", 0.01)
    install(monkeypatch, FakeSounddevice(ManualClock()))
    with portaudio._portaudio.exclusive(), pytest.raises(DeviceError, match="PortAudio does not answer"):
        list_devices()
    assert list_devices()


# The channel of a microphone


@pytest.mark.parametrize(
    ("inputs", "channel", "tried"),
    [(1, None, (1, 1, 1)), (4, None, (1, 2, 4)), (1, 0, (1, 1)), (2, 0, (2, 2)), (4, 1, (4, 2)), (32, 1, (2, 32)),
     (32, 5, (6, 32))],
)  # fmt: skip
def test_one_channel_is_read_unmixed_from_all_of_a_card(
    inputs: int, channel: int | None, tried: tuple[int, ...]
) -> None:
    assert tuple(portaudio._channels_to_read(replace(LISTED[0], inputs=inputs), channel)) == tried


def test_a_channel_that_the_device_lacks_is_an_error() -> None:
    with pytest.raises(DeviceError, match="'HDA Analog' has 2 channels, counted from 0: there is no 2"):
        portaudio._channels_to_read(LISTED[0], 2)


@pytest.mark.parametrize("channel", [-1, 1.5, True, "left"])
def test_a_channel_that_is_none_is_refused(channel: Any) -> None:
    with pytest.raises(UsageError, match="channel is a number, counted from 0"):
        Microphone(channel=channel)
