"""Captured audio through mute, canceller and detector: the blocks returned, and when."""

from __future__ import annotations

import math

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk.audio._pcm import SILENCE, Pcm, to_frames
from realtime_sdk.capture._events import CancellerFailed
from realtime_sdk.capture._mute import Mute
from realtime_sdk.capture._pipeline import BACKLOG_BLOCKS, LOOP_FRAMES, CapturedBlock, CapturePipeline, PipelineOutput
from realtime_sdk.capture._voice_activity import Edge, SpeechDetector
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.testing import noise, run_virtual

from .sounds import Loudness

RATE = 24_000
BLOCK = 0.02
SAID = noise(12.0, seed=9)


class Wire:
    """An `EchoCanceller` for a room without echo."""

    delay = 0.0

    def __init__(self) -> None:
        self.resets = 0
        self.processed = 0  # frames of 20 ms

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        self.processed += 1
        return captured

    def reset(self) -> None:
        self.resets += 1


class QuickWire(Wire):
    runs_on_loop = True


class Broken(Wire):
    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        raise OSError("the library is gone")


def said(block: int) -> Pcm:
    return SAID[block * to_frames(BLOCK) :][: to_frames(BLOCK)]


def pipeline(canceller: EchoCanceller | None = None, detector: SpeechDetector | None = None) -> CapturePipeline:
    return CapturePipeline(RATE, RATE, canceller=canceller, detector=detector)


async def outputs_of(pipeline: CapturePipeline) -> list[PipelineOutput]:
    """Everything that comes out within a second, or until it is finished."""
    outputs: list[PipelineOutput] = []
    with anyio.move_on_after(1.0):
        while more := await pipeline.next_blocks():
            outputs += more
    return outputs


def blocks_in(outputs: list[PipelineOutput]) -> list[CapturedBlock]:
    return [output for output in outputs if isinstance(output, CapturedBlock)]


def led_through(blocks: range, rendered_until: float) -> tuple[list[CapturedBlock], Wire]:
    """What comes out of blocks that were all captured before the first of them was processed."""

    async def main() -> tuple[list[CapturedBlock], Wire]:
        wire = Wire()
        path = pipeline(wire)
        path.rendered_until(rendered_until)
        for block in blocks:
            assert path.capture(block * BLOCK, said(block)) == []
        return blocks_in(await outputs_of(path)), wire

    return run_virtual(main)


def test_without_canceller_and_detector_a_block_is_returned_at_once() -> None:
    async def main() -> None:
        path = pipeline()
        assert path.runs_on_loop
        path.rendered_until(0.0)
        (block,) = blocks_in(path.capture(1.0, said(0)))
        assert [block.at, block.until] == approx([1.0, 1.0 + BLOCK])
        assert not block.edges
        assert np.array_equal(block.pcm, said(0))

    run_virtual(main)


def test_a_block_waits_until_all_that_was_rendered_beside_it_is_reported() -> None:
    blocks, _ = led_through(range(50), rendered_until=0.5)
    assert blocks[-1].until == approx(0.49)  # the last 10 ms wait for what sounds behind them


def test_with_a_quick_canceller_a_block_is_returned_as_soon_as_its_report_is_there() -> None:
    async def main() -> None:
        path = pipeline(QuickWire())
        path.rendered_until(0.02)
        (block,) = blocks_in(path.capture(0.0, said(0)))
        assert [block.at, block.until] == approx([-0.01, 0.01])  # after silence; the last 10 ms wait
        assert path.capture(BLOCK, said(1)) == []
        path.rendered_until(math.inf)
        (block,) = blocks_in(path.capture(2 * BLOCK, said(2)))
        assert [block.at, block.until] == approx([0.01, 0.05])

    run_virtual(main)


def test_what_a_stall_has_piled_up_is_processed_in_steps() -> None:
    async def main() -> None:
        wire = QuickWire()
        path = pipeline(wire)
        path.rendered_until(0.0)
        for block in range(25):
            path.capture(block * BLOCK, said(block))
        path.rendered_until(math.inf)
        path.capture(25 * BLOCK, said(25))
        assert wire.processed == LOOP_FRAMES
        path.finish()
        assert blocks_in(await outputs_of(path))[-1].until == approx(0.51)
        assert wire.processed == 26

    run_virtual(main)


def test_a_report_that_moves_on_lets_the_next_blocks_through() -> None:
    async def main() -> None:
        path = pipeline(Wire())
        path.rendered_until(0.5)
        for block in range(50):
            path.capture(block * BLOCK, said(block))
        await outputs_of(path)
        path.rendered_until(0.8)
        assert blocks_in(await outputs_of(path))[-1].until == approx(0.79)
        path.rendered_until(math.inf)
        assert blocks_in(await outputs_of(path))[-1].until == approx(0.99)

    run_virtual(main)


def test_without_a_canceller_nothing_waits_for_the_loudspeaker() -> None:
    async def main() -> None:
        path = pipeline(detector=SpeechDetector(Loudness(), RATE))
        path.rendered_until(0.0)
        path.capture(0.0, said(0))
        (block,) = blocks_in(await outputs_of(path))
        assert np.array_equal(block.pcm, said(0))

    run_virtual(main)


def test_adjoining_frames_are_returned_as_one_block() -> None:
    blocks, wire = led_through(range(50), rendered_until=1.0)
    assert len(blocks) == 1
    assert np.array_equal(blocks[0].pcm[to_frames(0.01) :], SAID[: to_frames(0.99)]), "after 10 ms of silence"
    assert wire.resets == 0


def test_a_machine_that_cannot_keep_up_continues_with_the_latest_audio() -> None:
    blocks, wire = led_through(range(500), rendered_until=10.0)
    pcm = np.concatenate([block.pcm for block in blocks])
    assert len(pcm) == BACKLOG_BLOCKS * to_frames(0.02)
    assert np.array_equal(pcm, SAID[to_frames(9.99) - len(pcm) : to_frames(9.99)])
    assert wire.resets == 1


def test_of_blocks_that_wait_for_a_loudspeaker_that_reports_nothing_the_latest_are_kept() -> None:
    async def main() -> None:
        path = pipeline(Wire())
        path.rendered_until(0.0)
        for number in range(2 * BACKLOG_BLOCKS):
            path.capture(number * BLOCK, said(0))
        path.rendered_until(math.inf)
        (block,) = blocks_in(await outputs_of(path))
        assert block.until == approx(2 * BACKLOG_BLOCKS * BLOCK, abs=0.011)
        assert block.pcm.size <= BACKLOG_BLOCKS * to_frames(BLOCK)

    run_virtual(main)


def test_a_new_echo_path_resets_the_canceller_once() -> None:
    async def main() -> None:
        wire = Wire()
        path = pipeline(wire)
        for block in range(20):
            if block == 10:
                await outputs_of(path)
                path.reset_echo_path()
            path.capture(block * BLOCK, said(block))
        await outputs_of(path)
        assert wire.resets == 1

    run_virtual(main)


def test_the_failure_of_a_canceller_is_yielded_after_the_audio() -> None:
    async def main() -> None:
        path = pipeline(Broken())
        path.capture(0.0, said(0))
        block, failed = await outputs_of(path)
        assert isinstance(block, CapturedBlock)
        assert isinstance(failed, CancellerFailed)
        assert failed.reason.startswith("Broken raised OSError('the library is gone')")
        path.capture(BLOCK, said(1))
        assert all(isinstance(output, CapturedBlock) for output in await outputs_of(path)), "it is reported once"

    run_virtual(main)


def test_the_rest_is_returned_before_the_end() -> None:
    async def main() -> None:
        path = pipeline(detector=SpeechDetector(Loudness(), RATE))
        path.capture(0.0, said(0))
        path.finish()
        assert len(await path.next_blocks()) == 1
        assert await path.next_blocks() == []
        assert await path.next_blocks() == []

    run_virtual(main)


def test_the_end_waits_for_the_report_that_the_last_blocks_wait_for() -> None:
    async def main() -> None:
        path = pipeline(Wire())
        path.rendered_until(0.0)
        path.capture(0.0, said(0))
        path.capture(BLOCK, said(1))
        path.finish()
        assert await outputs_of(path) == []
        path.rendered_until(math.inf)
        assert len(await path.next_blocks()) == 1
        assert await path.next_blocks() == []

    run_virtual(main)


def test_speech_is_found_where_it_began_and_where_it_ended() -> None:
    async def main() -> None:
        path = pipeline(detector=SpeechDetector(Loudness(), RATE, silence=0.3))
        speech = np.concatenate([np.zeros(to_frames(1.0), np.int16), SAID[: to_frames(1.0)]])
        audio = np.concatenate([speech, np.zeros(to_frames(1.0), np.int16)])
        for start in range(0, audio.size, to_frames(BLOCK)):
            path.capture(100.0 + start / RATE, audio[start : start + to_frames(BLOCK)])
        (block,) = blocks_in(await outputs_of(path))
        assert [edge.kind for edge in block.edges] == [Edge.ONSET, Edge.END]
        assert [edge.at for edge in block.edges] == approx([101.0, 102.0])

    run_virtual(main)


# Mute


@pytest.mark.parametrize("mute", [Mute.SOFT, Mute.HARD])
def test_a_direct_block_is_muted_by_the_time_of_its_first_frame(mute: Mute) -> None:
    async def main() -> None:
        path = pipeline()
        path.mute(mute, 1.0)
        (block,) = blocks_in(path.capture(1.0, said(0)))
        expected = SILENCE if mute is Mute.HARD else np.zeros_like(said(0))
        assert np.array_equal(block.pcm, expected)
        assert block.until == approx(1.0 + BLOCK)
        path.mute(Mute.NONE, 1.03)
        (before,) = blocks_in(path.capture(1.02, said(1)))
        (after,) = blocks_in(path.capture(1.04, said(2)))
        assert np.array_equal(before.pcm, expected)
        assert np.array_equal(after.pcm, said(2))

    run_virtual(main)


def test_of_hard_muted_audio_only_its_end_is_left() -> None:
    async def main() -> None:
        path = pipeline()
        path.mute(Mute.HARD, 1.0)
        (block,) = blocks_in(path.capture(1.0, said(0)))
        assert block.at == block.until == approx(1.0 + BLOCK)

    run_virtual(main)


@pytest.mark.parametrize("mute", [Mute.SOFT, Mute.HARD])
def test_audio_not_yet_sent_is_muted_and_stays_muted(mute: Mute) -> None:
    async def main() -> None:
        path = pipeline(Wire())
        for block in range(10):
            path.capture(block * BLOCK, said(block))
        path.mute(mute, 0.2)
        for block in range(10, 20):
            path.capture(block * BLOCK, said(block))
        path.mute(Mute.NONE, 0.4)
        for block in range(20, 30):
            path.capture(block * BLOCK, said(block))
        blocks = blocks_in(await outputs_of(path))
        pcm = np.concatenate([block.pcm for block in blocks])
        expected = np.concatenate([np.zeros(to_frames(0.01), np.int16), SAID[: to_frames(0.59)]])
        expected[: to_frames(0.42)] = 0  # the block that the end of the mute lies in as well
        assert np.array_equal(pcm, expected[to_frames(0.42) :] if mute is Mute.HARD else expected)

    run_virtual(main)


@pytest.mark.parametrize(("mute", "resets", "processed"), [(Mute.SOFT, 0, 30), (Mute.HARD, 1, 20)])
def test_a_canceller_keeps_adapting_unless_the_mute_is_hard(mute: Mute, resets: int, processed: int) -> None:
    async def main() -> None:
        wire = Wire()
        path = pipeline(wire)
        for block in range(30):
            if block == 10:
                await outputs_of(path)
                path.mute(mute, 0.2)
            if block == 20:
                await outputs_of(path)
                path.mute(Mute.NONE, 0.39)
            path.capture(block * BLOCK, said(block))
        await outputs_of(path)
        assert (wire.resets, wire.processed) == (resets, processed)

    run_virtual(main)


def test_a_detector_hears_silence_in_place_of_muted_audio() -> None:
    async def main() -> None:
        path = pipeline(detector=SpeechDetector(Loudness(), RATE))
        path.mute(Mute.SOFT, 0.0)
        for block in range(50):
            path.capture(block * BLOCK, said(block))
        assert [block.edges for block in blocks_in(await outputs_of(path))] == [[]]

    run_virtual(main)
