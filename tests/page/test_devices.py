"""The browser's speaker and microphone keep the rules of devices, and a cut is exact."""

from __future__ import annotations

import logging

import anyio
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio._pcm import Pcm, to_bytes
from realtime_sdk.errors import DeviceError
from realtime_sdk.page import PageMicrophone, PageSpeaker
from realtime_sdk.page._speaker import OPEN_LIMIT
from realtime_sdk.testing import check_input_device, check_output_device, run_virtual

from ..effort import tries
from .worklet import Worklet

RATE = 24_000


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE), np.int16)


def test_the_speaker_keeps_the_rules_of_an_output_device() -> None:
    run_virtual(lambda: check_output_device(Worklet().speaker, rates=[24_000, 8_000]))


def test_the_microphone_keeps_the_rules_of_an_input_device() -> None:
    async def main() -> None:
        microphone = PageMicrophone(48_000)
        async with anyio.create_task_group() as page:
            page.start_soon(capture, microphone)
            await check_input_device(microphone, rates=[24_000, 8_000])
            page.cancel_scope.cancel()

    run_virtual(main)


async def capture(microphone: PageMicrophone) -> None:
    block = to_bytes(np.zeros(960, np.int16))
    while True:
        await anyio.sleep(0.02)
        microphone._on_audio(block)


def test_audio_that_is_not_read_is_dropped_from_its_beginning() -> None:
    async def main() -> list[int]:
        microphone = PageMicrophone(RATE)
        await microphone.open(RATE)
        for value in range(1, 6):  # five seconds, of which two are held
            microphone._on_audio(to_bytes(np.full(RATE, value, np.int16)))
        return sorted({int(value) for _ in range(100) for value in await microphone.read()})

    assert run_virtual(main) == [4, 5]


@given(seconds=st.floats(0.05, 0.9), transit=st.floats(0, 0.015), paused=st.booleans())
@settings(max_examples=tries(200))
@pytest.mark.slow
def test_a_cut_is_heard_at_exactly_the_frame_that_flush_returns(seconds: float, transit: float, paused: bool) -> None:
    async def main() -> tuple[int, int, int, int]:
        worklet = Worklet(transit=transit)
        speaker = worklet.speaker
        await speaker.open(RATE)
        speaker.write(silence(1.0))
        await anyio.sleep(seconds)
        if paused:
            speaker.pause()
            await anyio.sleep(0.5)
        before = speaker.played()
        end = speaker.flush()
        await anyio.sleep(1.0)
        return before, end, worklet.left, speaker.played()

    before, end, left, played = run_virtual(main)
    assert before <= end == left == played


def test_a_command_that_comes_late_is_reported_and_the_next_one_looks_further_ahead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def cut(worklet: Worklet) -> int:
        """Cut in mid-audio; return the frames that were heard beyond the cut."""
        speaker, before = worklet.speaker, worklet.speaker.overrun
        speaker.write(silence(1.0))
        await anyio.sleep(0.5)
        end = speaker.flush()
        await anyio.sleep(1.0)
        assert speaker.played() == end == worklet.left - worklet.overrun
        return speaker.overrun - before

    async def main() -> list[int]:
        worklet = Worklet(transit=0.08)
        await worklet.speaker.open(RATE)
        return [await cut(worklet) for _ in range(2)]

    with caplog.at_level(logging.INFO):
        first, second = run_virtual(main)
    assert first > 0 == second
    assert "a cut reached the page late" in caplog.text


def test_a_page_that_does_not_play_is_no_device() -> None:
    async def main() -> None:
        speaker = PageSpeaker(lambda _frame: None)
        with pytest.raises(DeviceError, match=f"within {OPEN_LIMIT:g} s"):
            await speaker.open(RATE)
        with pytest.raises(DeviceError, match="not open"):
            speaker.played()

    run_virtual(main)
