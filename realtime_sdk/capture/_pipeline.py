"""Removes the echo from captured audio and detects speech in it: at once, or in a worker thread what takes long."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from .._runtime import clock
from .._runtime.threads import run_in_thread
from ..audio._pcm import SILENCE, Pcm, to_seconds
from ._events import CancellerFailed
from ._mute import Mute, MuteHistory
from ._voice_activity import Edge, SpeechDetector
from .echo._canceller import EchoCanceller, runs_on_loop
from .echo._guarded import GuardedCanceller
from .echo._reference import FramePair, Reference

BACKLOG_BLOCKS: Final = 400
"""Captured blocks that wait for the loudspeaker's report, and frames of 20 ms that wait for the worker, before the
oldest are dropped: a machine that is too slow must not fall further and further behind."""

_TIME_ERROR: Final = 1e-4
"""Seconds by which sums of times may be off: two frames."""

LOOP_FRAMES: Final = 5
"""Frames of 20 ms that are processed at most in one step on the event loop: after a stall of it, many more may wait."""


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """Speech began or ended at wall-clock time `at`."""

    kind: Edge
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class CapturedBlock:
    """Audio without echo, from wall-clock time `at` to `until`; no frames, and `at` its end, where it is muted hard.

    edges: of the speech that the detector found in it, or before it: it needs some time to be sure.
    """

    at: float
    until: float
    pcm: Pcm
    edges: Sequence[SpeechEdge] = ()


PipelineOutput: TypeAlias = CapturedBlock | CancellerFailed


class CapturePipeline:
    """Passes captured audio through mute, echo canceller and speech detector, and keeps its order.

    `capture` returns what is processed on the event loop: all blocks, unless a detector or a canceller takes long.
    `next_blocks` returns all others, and those that are left at the end. With a canceller, a block waits until all that
    the loudspeaker rendered beside it has been reported; a half-duplex gate takes the place of one that fails
    (`GuardedCanceller`).

    Audio that was captured while muted stays muted, and a mute that begins also mutes audio not yet sent. A
    detector gets silence instead; a canceller keeps adapting unless the mute is hard.

    All methods belong to the session's loop. rate, rendered_rate: sample rates in Hz of the captured and the
    rendered audio.
    """

    def __init__(
        self, rate: int, rendered_rate: int, *, canceller: EchoCanceller | None, detector: SpeechDetector | None
    ) -> None:
        self.runs_on_loop = detector is None and (canceller is None or runs_on_loop(canceller))
        self._is_direct = canceller is None and detector is None  # blocks are not processed at all
        self._rate = rate
        self._rendered_rate = rendered_rate
        self._mutes = MuteHistory()
        self._canceller = None if canceller is None else GuardedCanceller(canceller, rate, clock.thread_clock())
        self._processor = _Processor(rate, self._canceller, detector)
        self._reference = None if canceller is None else Reference(rate, rendered_rate)  # None: there is no canceller
        self._reference_is_new = False  # it was replaced, and has returned no frames yet
        self._rendered_until = math.inf  # wall-clock time until which all rendered audio has been reported
        self._waiting: deque[tuple[float, Pcm]] = deque(maxlen=BACKLOG_BLOCKS)  # blocks after that time
        self._frames: deque[FramePair] = deque(maxlen=BACKLOG_BLOCKS)  # for the processor
        self._is_finished = False  # nothing more will be captured
        self._changed = asyncio.Event()  # set when there are frames, or it is finished
        self._taken = asyncio.Event()  # set when the processor has taken the frames

    def mute(self, mute: Mute, at: float) -> None:
        """Mute or unmute from wall-clock time `at` on."""
        self._mutes.change(mute, at)

    def capture(self, at: float, pcm: Pcm) -> list[PipelineOutput]:
        """Add a block captured from wall-clock time `at` on; return what is ready, unless `next_blocks` does."""
        if self._is_direct:
            until = at + to_seconds(pcm.size, self._rate)
            return [self._muted(_Processed(at, until, pcm, self._mutes.at(at)))]
        self._waiting.append((at, np.zeros_like(pcm) if self._mutes.current is Mute.HARD else pcm))
        self._advance()
        return self._process() if self.runs_on_loop else []

    def rendered(self, at: float, pcm: Pcm) -> None:
        """Take audio that the loudspeaker rendered from wall-clock time `at` on: it may come back as an echo."""
        if self._reference is not None:
            self._reference.rendered(at, pcm)

    def rendered_until(self, at: float) -> None:
        """Declare all audio rendered before wall-clock time `at` reported; `math.inf` while nothing is playing."""
        self._rendered_until = at
        self._advance()

    def reset_echo_path(self) -> None:
        """Drop the echo path and the offset of the two clocks: a device was opened again."""
        if self._reference is not None:
            self._reference = Reference(self._rate, self._rendered_rate)
            self._reference_is_new = True

    def finish(self) -> None:
        """End the capture: `next_blocks` returns the rest."""
        self._is_finished = True
        self._changed.set()

    async def caught_up(self) -> None:
        """Let other tasks run, and wait until no frames wait for the processor: the rest of a long block can come."""
        await asyncio.sleep(0)
        while self._frames and not self.runs_on_loop:
            self._taken.clear()
            await self._taken.wait()

    async def next_blocks(self) -> list[PipelineOutput]:
        """Wait for processed audio, adjoining frames as one block; an empty list: it is finished, and none is left."""
        while not self._frames:
            if self._is_finished and not self._waiting:
                return []
            self._changed.clear()
            await self._changed.wait()
        if self.runs_on_loop:
            return self._process()
        return self._outputs(await run_in_thread(self._processor.process, self._take_frames(BACKLOG_BLOCKS)))

    def _process(self) -> list[PipelineOutput]:
        """Process frames on the event loop."""
        return self._outputs(self._processor.process(self._take_frames(LOOP_FRAMES)))

    def _outputs(self, blocks: Sequence[_Processed]) -> list[PipelineOutput]:
        outputs: list[PipelineOutput] = [self._muted(block) for block in blocks]
        if self._canceller is not None and (failure := self._canceller.take_failure()) is not None:
            outputs.append(CancellerFailed(clock.wall(), failure))
        return outputs

    def _advance(self) -> None:
        """Hand the processor the blocks that need not wait any more."""
        while self._waiting and self._is_reported(*self._waiting[0]):
            at, pcm = self._waiting.popleft()
            if self._reference is None:
                self._frames.append(FramePair(at, pcm, np.zeros_like(pcm), False))
                continue
            frames = self._reference.captured(at, pcm)
            if self._reference_is_new and frames:
                frames[0], self._reference_is_new = replace(frames[0], jumped=True), False
            self._frames += frames
        if self._frames or self._is_finished:
            self._changed.set()

    def _is_reported(self, at: float, pcm: Pcm) -> bool:
        """Whether all that was rendered until the end of this block has been reported, or does not matter."""
        return self._reference is None or at + to_seconds(pcm.size, self._rate) <= self._rendered_until + _TIME_ERROR

    def _take_frames(self, most: int) -> list[tuple[FramePair, Mute]]:
        if len(self._frames) == BACKLOG_BLOCKS:  # some were dropped, or nearly
            self._frames[0] = replace(self._frames[0], jumped=True)
        frames = [self._frames.popleft() for _ in range(min(most, len(self._frames)))]
        self._taken.set()
        return [(frame, self._mutes.at(frame.at)) for frame in frames]

    def _muted(self, block: _Processed) -> CapturedBlock:
        """Apply the mute of its time and the current one: audio not yet sent is muted, too."""
        mute = block.mute if self._mutes.current is Mute.NONE else self._mutes.current
        if mute is Mute.HARD:
            return CapturedBlock(block.until, block.until, SILENCE, block.edges)
        pcm = block.pcm if mute is Mute.NONE else np.zeros_like(block.pcm)
        return CapturedBlock(block.at, block.until, pcm, block.edges)


@dataclass(frozen=True, slots=True, eq=False)
class _Processed:
    """Audio from wall-clock time `at` to `until`, the mute of its time, and the speech found in it."""

    at: float
    until: float
    pcm: Pcm
    mute: Mute
    edges: Sequence[SpeechEdge] = ()


class _Processor:
    """Cancels the echo and detects speech: in any thread, one at a time."""

    def __init__(self, rate: int, canceller: EchoCanceller | None, detector: SpeechDetector | None) -> None:
        self._rate = rate
        self._canceller = canceller
        self._detector = detector
        self._has_gap = False  # the canceller did not get the last frames

    def process(self, frames: Sequence[tuple[FramePair, Mute]]) -> list[_Processed]:
        """Process these frames; those that adjoin and share a mute are returned as one block."""
        blocks: list[_Processed] = []
        for frame, mute in frames:
            block = self._process(frame, mute)
            last = blocks[-1] if blocks else None
            if last is not None and last.mute is mute and abs(block.at - last.until) < _TIME_ERROR:
                pcm = np.concatenate([last.pcm, block.pcm])
                blocks[-1] = _Processed(last.at, block.until, pcm, mute, [*last.edges, *block.edges])
            else:
                blocks.append(block)
        return blocks

    def _process(self, frame: FramePair, mute: Mute) -> _Processed:
        at, pcm = self._cancel(frame, mute)
        if mute is not Mute.NONE:
            pcm = np.zeros_like(pcm)
        until = at + to_seconds(pcm.size, self._rate)
        return _Processed(at, until, pcm, mute, self._detect(until, pcm))

    def _cancel(self, frame: FramePair, mute: Mute) -> tuple[float, Pcm]:
        """Return the frame without its echo, and the time of its first sample."""
        if self._canceller is None:
            return frame.at, frame.captured
        at = frame.at - self._canceller.delay
        if mute is Mute.HARD:
            self._has_gap = True
            return at, frame.captured
        if frame.jumped or self._has_gap:
            self._canceller.reset()
            self._has_gap = False
        return at, self._canceller.process(frame.captured, frame.rendered)

    def _detect(self, until: float, pcm: Pcm) -> list[SpeechEdge]:
        """Find the edges of speech in this audio, which ends at wall-clock time `until`."""
        if self._detector is None:
            return []
        boundaries = list(self._detector.process(pcm))
        end = self._detector.position
        return [SpeechEdge(edge.kind, until - to_seconds(end - edge.frame, self._rate)) for edge in boundaries]
