"""The audio of a call that a side-band has joined: it does not go over the socket, which reports its start and end."""

from __future__ import annotations

import pybase64

from .._runtime import clock
from ..audio._formats import AudioFormat
from ..audio._pcm import FRAME_BYTES
from ..server._items import Event


class CallAudio:
    """The playout of responses to the caller."""

    def __init__(self) -> None:
        self._ends: dict[str, float] = {}  # loop time at which the audio sent so far has been played, by response id

    def replaced(self, event: Event, format: AudioFormat) -> list[Event]:
        """Return what the socket carries in place of an event; `format` is that of the session's output."""
        match event["type"]:
            case "response.output_audio.delta":
                frames = len(format.decode(pybase64.b64decode(event["delta"]))) // FRAME_BYTES
                response_id, now = event["response_id"], clock.now()
                begun = response_id in self._ends
                self._ends[response_id] = max(now, self._ends.get(response_id, now)) + frames / format.rate
                return [] if begun else [_event("started", response_id)]
            case "response.done" if event["response"]["status"] == "cancelled":
                return [event, *self.cleared(event["response"]["id"])]
        return [event]

    def left(self, response_id: str) -> float | None:
        """Seconds of a response's audio that are not played yet; None: it has none, or was cleared."""
        end = self._ends.get(response_id)
        return None if end is None else max(0.0, end - clock.now())

    def stopped(self, response_id: str) -> list[Event]:
        """Report that a response was played to its end, unless it was cleared."""
        return [] if self._ends.pop(response_id, None) is None else [_event("stopped", response_id)]

    def cleared(self, response_id: str | None = None) -> list[Event]:
        """Drop the audio that is not played yet, of one response or of all."""
        dropped = [each for each in self._ends if response_id in (None, each)]
        for each in dropped:
            del self._ends[each]
        return [_event("cleared", each) for each in dropped]


def _event(what: str, response_id: str) -> Event:
    return {"type": f"output_audio_buffer.{what}", "event_id": f"event_{what}", "response_id": response_id}
