"""openai-agents: with the tracker that it has by default and, if told so, with one fed from the device every 20 ms."""

from __future__ import annotations

import asyncio
import sys

from agents import set_tracing_disabled  # type: ignore[import-not-found,unused-ignore]
from agents.realtime import (  # type: ignore[import-not-found,unused-ignore]
    RealtimeAgent,
    RealtimePlaybackTracker,
    RealtimeRunner,
)
from device import RATE, Device, run

FEED = 0.02
"""Seconds between two words of the device to the tracker."""


class Playlist:
    """Knows which item's sound the device plays, as an ideal application would."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._stretches: list[tuple[str, int]] = []  # item, and the count of played frames at which its sound ends
        self._told = 0  # count of played frames up to which the tracker knows

    def play(self, item_id: str, pcm: bytes) -> None:
        """Play an item's sound."""
        self._device.play(pcm)
        self._stretches.append((item_id, self._device.end))

    def clear(self) -> None:
        """Fall silent."""
        self._device.clear()
        self._stretches.clear()
        self._told = self._device.played

    async def feed(self, tracker: RealtimePlaybackTracker) -> None:
        """Tell the tracker what was played, on and on."""
        while True:
            await asyncio.sleep(FEED)
            self._tell(tracker, self._device.played)

    def _tell(self, tracker: RealtimePlaybackTracker, played: int) -> None:
        while self._stretches and self._told < played:
            item_id, end = self._stretches[0]
            heard = min(end, played)
            if heard > self._told:
                tracker.on_play_ms(item_id, 0, (heard - self._told) / RATE * 1000)
                self._told = heard
            if heard == end:
                self._stretches.pop(0)


async def talk(url: str, device: Device) -> None:
    set_tracing_disabled(True)
    playlist = Playlist(device)
    settings: dict[str, object] = {"model_name": "any", "tracing": None}
    config: dict[str, object] = {"api_key": "none", "url": url, "initial_model_settings": settings}
    if "tracker" in sys.argv:
        tracker = config["playback_tracker"] = RealtimePlaybackTracker()
        feeding = asyncio.create_task(playlist.feed(tracker))
    runner = RealtimeRunner(RealtimeAgent(name="any", instructions="Be brief."))
    async with await runner.run(model_config=config) as session:
        async for event in session:
            if event.type == "audio":
                playlist.play(event.item_id, event.audio.data)
            elif event.type == "audio_interrupted":
                playlist.clear()
    if "tracker" in sys.argv:
        feeding.cancel()


if __name__ == "__main__":
    run("openai-agents", talk)
