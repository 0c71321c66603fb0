"""How long the prebuffer waits, and how much audio is still late: compared with no wait and with a constant wait.

Ten minutes of talk, 60 replies of 10 s in deltas of 100 ms, on a clock of its own. A delta is delayed by 150 ms ±
the jitter (uniformly distributed, the same for all), and never overtakes the one before it. The sink polls every
10 ms, whenever audio comes, and when the prebuffer is filled; the device plays without latency. The columns:

    gaps     silences in the middle of a reply, in all but the first reply
    latency  ms from a reply's first delta to its first frame heard: median and longest

    python benchmarks/prebuffer.py
"""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Callable, Iterator

from realtime_sdk.audio._pcm import to_bytes
from realtime_sdk.playback._prebuffer import Prebuffer
from realtime_sdk.playback._segment import Segment
from realtime_sdk.playback._timeline import Timeline
from realtime_sdk.testing._sounds import noise

RATE = 1000
REPLIES, SECONDS, DELTA = 60, 10.0, 0.1
NETWORK_DELAY = 0.15
POLL_INTERVAL = 0.01
PAUSE = 1.0

DELTA_AUDIO = to_bytes(noise(DELTA, seed=1, rate=RATE))

POLICIES: dict[str, Callable[[], Prebuffer]] = {
    "no wait": lambda: Prebuffer(0.0, 0.0),
    "always 120 ms": lambda: Prebuffer(0.12, 0.12),
    "adaptive": Prebuffer,
}


class Talk:
    """Replies that are played as they come."""

    def __init__(self, prebuffer: Prebuffer, pace: float, jitter: float) -> None:
        self.segments: list[Segment] = []
        self._timeline = Timeline(RATE, prebuffer)
        self._device_until = 0.0  # when all that was written is heard
        dice = random.Random(1)
        now = 0.0
        for number in range(REPLIES):
            now = self._reply(number, now + PAUSE, list(arrivals(now + PAUSE, pace, jitter, dice)))

    def _reply(self, number: int, now: float, times: list[float]) -> float:
        """Play a reply; returns when it is over."""
        segment = Segment(f"item_{number}", 0, RATE)
        self.segments.append(segment)
        self._timeline.add(segment, number)
        while not segment.finished:
            if times and times[0] <= now:
                segment.receive(DELTA_AUDIO, times.pop(0))
                if not times:
                    segment.end()
            self._look(now)
            now = max(now, min([now + POLL_INTERVAL, self._timeline.begins_at, *times[:1]]))
        return now

    def _look(self, now: float) -> None:
        left = max(0.0, self._device_until - now)
        self._timeline.advance(self._timeline.written - math.ceil(left * RATE - 1e-6), now)
        taken = sum(len(pcm) for pcm in self._timeline.take(RATE * 1000, now))
        self._device_until = max(self._device_until, now) + taken / RATE


def arrivals(now: float, pace: float, jitter: float, dice: random.Random) -> Iterator[float]:
    """When the deltas of a reply come that is sent from `now` on."""
    sent = (now + n * DELTA / pace for n in range(round(SECONDS / DELTA)))
    return itertools.accumulate((at + NETWORK_DELAY + dice.uniform(-jitter, jitter) for at in sent), max)


def main() -> None:
    """Print the table."""
    print(f"{'sent at':10}{'jitter':>8}" + "".join(f"{policy:>28}" for policy in POLICIES))
    print(" " * 18 + f"{'gaps':>14}{'latency':>14}" * len(POLICIES))
    for pace, jitter in itertools.product((1.0, 1.2, 2.0, 5.0, math.inf), (0.0, 0.02, 0.05, 0.1)):
        cells = []
        for make in POLICIES.values():
            segments = Talk(make(), pace, jitter).segments
            latencies = [1000 * (segment.latency or 0.0) for segment in segments]
            gaps = sum(segment.underruns for segment in segments[1:])
            cells.append(f"{gaps:>14}{statistics.median(latencies):>8.0f} …{max(latencies):>4.0f}")
        name = "once" if pace == math.inf else f"{pace:g}x"
        print(f"{name:10}{1000 * jitter:>5.0f} ms" + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
