"""The way of captured sound, where something is in its way."""

from __future__ import annotations

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk.audio import Pcm, to_frames
from realtime_sdk.testing import noise, run_virtual
from realtime_sdk.voice_path import LIMIT, Mute, Voice, VoicePath

RATE = 24_000
BLOCK = 0.02
SAID = noise(12.0, seed=9)


class Wire:
    """An `EchoCanceller` for a room without echo."""

    delay = 0.0

    def __init__(self) -> None:
        self.resets = 0

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        return captured

    def reset(self) -> None:
        self.resets += 1


def said(block: int) -> Pcm:
    return SAID[block * to_frames(BLOCK) :][: to_frames(BLOCK)]


def led_through(blocks: range, told_until: float) -> tuple[list[Voice], Wire]:
    """What comes through of blocks that were all captured before anybody had the time to look."""

    async def main() -> tuple[list[Voice], Wire]:
        wire, voices = Wire(), list[Voice]()
        path = VoicePath(
            RATE, RATE, canceller=wire, detector=None, told_until=lambda: told_until, mute_at=lambda at: Mute.NONE,
            passed=voices.append, failed=pytest.fail,
        )  # fmt: skip
        for block in blocks:
            path.captured(block * BLOCK, said(block))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(path.run)
            await anyio.sleep(1.0)
            tasks.cancel_scope.cancel()
        return voices, wire

    return run_virtual(main)


def test_a_block_waits_until_what_was_heard_beside_it_is_told() -> None:
    voices, _ = led_through(range(50), told_until=0.5)
    assert voices[-1].until == approx(0.49)  # the last 10 ms wait for what sounds behind them


def test_what_follows_on_comes_in_one_piece() -> None:
    voices, wire = led_through(range(50), told_until=1.0)
    assert len(voices) == 1
    assert np.array_equal(voices[0].pcm, SAID[: to_frames(0.99)])
    assert wire.resets == 0


def test_a_machine_that_is_far_behind_goes_on_with_the_latest_sound() -> None:
    voices, wire = led_through(range(500), told_until=10.0)
    pcm = np.concatenate([voice.pcm for voice in voices])
    assert len(pcm) == LIMIT * to_frames(0.01)
    assert np.array_equal(pcm, SAID[to_frames(9.99) - len(pcm) : to_frames(9.99)])
    assert wire.resets == 1


def test_blocks_that_wait_for_a_speaker_that_tells_nothing_are_not_kept_for_ever() -> None:
    async def main() -> int:
        path = VoicePath(
            RATE, RATE, canceller=Wire(), detector=None, told_until=lambda: 0.0, mute_at=lambda at: Mute.NONE,
            passed=lambda voice: None, failed=pytest.fail,
        )  # fmt: skip
        for block in range(2 * LIMIT):
            path.captured(block * BLOCK, said(0))
        return len(path._waiting)

    assert run_virtual(main) == LIMIT
