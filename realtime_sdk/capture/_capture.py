"""Carries microphone audio to the server: microphone → mute, echo canceller, detector → gate → encoded appends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing

from .._runtime import clock
from ..audio._pcm import SILENCE, Pcm, checked_bytes, to_bytes
from ..audio._session_formats import Formats
from ..devices._protocols import InputDevice
from ..errors import UsageError
from ._events import Append, CaptureEvent, InputLost, InputRestored, SpeechBegan, SpeechEnded
from ._input_faults import InputFaults
from ._levels import LevelMeter
from ._microphone import InputBlock, InputExchanged, InputStream, InputStreamItem
from ._mute import Mute
from ._pipeline import CapturedBlock, CapturePipeline, PipelineOutput, SpeechEdge
from ._tasks import merge
from ._turn_gate import MINIMUM_TURN_SECONDS, GateOutput, GateState, Passed, TurnGate
from ._turns import Turns, TurnSource
from ._voice_activity import Edge, SpeechDetector
from .echo._canceller import EchoCanceller


class Capture:
    """Turns the microphone's audio into events for the session: audio to send, turns, speech, levels, failures.

    It returns its events in order; the session applies each batch completely before it takes the next. All
    methods belong to the session's loop; times are wall-clock seconds. Unless its canceller or a detector takes long, a
    captured block reaches the caller of `run` in the same iteration of the event loop in which the device delivers it.

    microphone: open at the rate of `formats.input`; None: the application sends audio itself, until `exchange`.
    report_rendered: has the loudspeaker report what it played until now; called before each block that a canceller
    gets.
    """

    def __init__(
        self, microphone: InputDevice | None, formats: Formats, *, turns: Turns, canceller: EchoCanceller | None,
        report_rendered: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        rate = formats.input.rate
        self._format = formats.input
        self._source = turns.source
        self._report_rendered = None if canceller is None else report_rendered  # None: it does not matter
        self._input = InputStream(microphone, rate)
        self._meter = LevelMeter(rate)
        self._faults = _watch(microphone, rate)  # None: the device is not watched, or lost
        detector = None if turns.detector is None else SpeechDetector(turns.detector, rate, silence=turns.silence)
        self._pipeline = CapturePipeline(rate, formats.output.rate, canceller=canceller, detector=detector)
        self._gate: TurnGate | None = None  # None: everything is sent
        if self._source is not TurnSource.SERVER:
            shortest = MINIMUM_TURN_SECONDS if self._source is TurnSource.KEY else 0.0
            self._gate = TurnGate(rate, padding=turns.padding, shortest=shortest)

    @property
    def microphone(self) -> InputDevice | None:
        """The device that gives the audio; None: none does."""
        return self._input.device

    async def exchange(self, microphone: InputDevice | None) -> None:
        """Continue with another microphone, which is open, at the frame after the last one; None: with none.

        Raises:
            DeviceError: the new one gives no audio.
            UsageError: the present one had no more, which has ended the capture.
        """
        await self._input.exchange(microphone)

    async def run(self) -> AsyncGenerator[list[CaptureEvent], None]:
        """Yield batches of events until the microphone has no more; the last one ends a turn that is open.

        Close the generator (`contextlib.aclosing`): it may have its own tasks.
        """
        stages = [self._read(self._input), self._process()]
        if not self._pipeline.runs_on_loop:
            stages = [merge(*stages)]  # each in a task of its own, and both at once
        for stage in stages:
            async with aclosing(stage):
                async for events in stage:
                    yield events
        if events := self.end_input():
            yield events

    def encode(self, pcm: Pcm | bytes) -> bytes:
        """Encode the application's audio, int16 mono at the input rate, in the format of the wire.

        Raises:
            UsageError: another type, dtype or shape, or half a frame.
        """
        return self._format.encode(checked_bytes(pcm))

    # Calls from the application

    def measure_levels(self) -> None:
        """Return levels from now on: they have a reader."""
        self._meter.is_on = True

    def mute(self, mute: Mute, at: float) -> None:
        """Mute or unmute from `at` on; audio not yet sent is muted, too."""
        self._pipeline.mute(mute, at)

    def press(self, at: float) -> list[CaptureEvent]:
        """Begin a turn: the user presses the key.

        Raises:
            UsageError: the session is not push-to-talk.
        """
        return self._encoded(self._keyed_gate().begin(at))

    def release(self, at: float) -> tuple[bool, list[CaptureEvent]]:
        """End the turn at `at`, once its last audio has arrived; return whether it reached the minimum length.

        Raises:
            UsageError: the session is not push-to-talk.
        """
        gate = self._keyed_gate()
        long_enough, outputs = gate.end(at)
        if self._input.device is None or self._input.has_ended:
            outputs += gate.push(at, SILENCE)
        return long_enough, self._encoded(outputs)

    # Reports from the loudspeaker

    def rendered(self, at: float, pcm: Pcm) -> None:
        """Take audio that the loudspeaker played from `at` on: it may come back as an echo."""
        self._pipeline.rendered(at, pcm)

    def rendered_until(self, at: float) -> None:
        """Declare all audio played before `at` to be reported; `math.inf` while there is nothing to play.

        Captured audio waits for it where there is a canceller: to be called whenever that time moves on, also while
        playback is paused, and when frames were written to a loudspeaker that had nothing to play.
        """
        self._pipeline.rendered_until(at)

    def reset_echo_path(self) -> None:
        """Drop the echo path: the loudspeaker was opened again, or exchanged."""
        self._pipeline.reset_echo_path()

    # The audio path

    async def _read(self, stream: InputStream) -> AsyncGenerator[list[CaptureEvent], None]:
        async with aclosing(stream.items()) as items:
            async for item in items:
                first, *rest = item.pieces(self._format.rate) if isinstance(item, InputBlock) else [item]
                if events := self._on_input(first):
                    yield events
                for piece in rest:
                    await self._pipeline.caught_up()
                    if events := self._on_input(piece):
                        yield events
        self._pipeline.finish()

    async def _process(self) -> AsyncGenerator[list[CaptureEvent], None]:
        while outputs := await self._pipeline.next_blocks():
            if events := self._events(outputs):
                yield events

    def _on_input(self, item: InputStreamItem) -> list[CaptureEvent]:
        match item:
            case InputBlock():
                if self._report_rendered is not None:
                    self._report_rendered()
                faults = [] if self._faults is None else self._faults.push(item.at, item.pcm)
                return [*faults, *self._events(self._pipeline.capture(item.at, item.pcm))]
            case InputLost():
                return [*self._end_faults(item.at), item]
            case InputRestored():
                self._begin_device()
                return [item]
            case InputExchanged():
                ended = self._end_faults(item.at)
                self._begin_device()
                return ended if self._input.device is not None else [*ended, *self._meter.stopped()]

    def _begin_device(self) -> None:
        """The audio is that of another device, or of the same one after it was opened again."""
        self._pipeline.reset_echo_path()
        self._faults = _watch(self._input.device, self._format.rate)

    def _end_faults(self, at: float) -> list[CaptureEvent]:
        faults, self._faults = self._faults, None
        return [] if faults is None else list(faults.end(at))

    def _events(self, outputs: Iterable[PipelineOutput]) -> list[CaptureEvent]:
        events: list[CaptureEvent] = []
        for output in outputs:
            events += self._on_block(output) if isinstance(output, CapturedBlock) else [output]
        return events

    def _on_block(self, block: CapturedBlock) -> list[CaptureEvent]:
        events: list[CaptureEvent] = []
        events += self._meter.push(block.at, block.pcm) if block.pcm.size else self._meter.stopped(block.until)
        if self._gate is not None:
            events += self._encoded(self._gate.push(block.at, block.pcm))
        elif block.pcm.size:
            events.append(self._append(block.at, block.pcm))
        for edge in block.edges:
            events += self._on_edge(edge, block.until)
        return events

    def _on_edge(self, edge: SpeechEdge, until: float) -> list[CaptureEvent]:
        """Handle an edge that the detector found in audio that ends at `until`."""
        if edge.kind is Edge.ONSET:
            opened = [] if self._gate is None else self._encoded(self._gate.begin(edge.at))
            return [*opened, SpeechBegan(edge.at)]
        return [SpeechEnded(edge.at), *self._end_turn(until)]

    def end_input(self) -> list[CaptureEvent]:
        """No more audio comes: end a release that waits for some, and a turn whose end no detector will find."""
        self._input.has_ended = True
        events: list[CaptureEvent] = [*self._meter.stopped()]
        if self._gate is None:
            return events
        at = clock.wall()
        events += self._encoded(self._gate.push(at, SILENCE))
        if self._source is TurnSource.DETECTOR and self._gate.state is not GateState.CLOSED:
            events += [SpeechEnded(at), *self._end_turn(at)]
        return events

    def _end_turn(self, at: float) -> list[CaptureEvent]:
        return [] if self._gate is None else self._encoded(self._gate.end(at)[1])

    def _keyed_gate(self) -> TurnGate:
        if self._gate is None or self._source is not TurnSource.KEY:
            advice = "open it with connect(turns=Turns.push_to_talk())"
            raise UsageError(f"this session is not push-to-talk: {advice}")
        return self._gate

    def _encoded(self, outputs: Iterable[GateOutput]) -> list[CaptureEvent]:
        return [self._append(out.at, out.pcm) if isinstance(out, Passed) else out for out in outputs]

    def _append(self, at: float, pcm: Pcm) -> Append:
        return Append(at, pcm, self._format.encode(to_bytes(pcm)))


def _watch(microphone: InputDevice | None, rate: int) -> InputFaults | None:
    """Watch the audio of a device for faults, unless it says that they can't be mended here (`watched = False`)."""
    return InputFaults(rate) if getattr(microphone, "watched", True) else None
