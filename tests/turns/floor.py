"""A session without its loop: a user, a server, an engine, a sink that keeps what it is asked for, and the floor."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, TypeAlias, cast

from realtime_sdk.capture._turns import Turns
from realtime_sdk.capture._voice_activity import VoiceActivity
from realtime_sdk.playback._pause_reason import PauseReason
from realtime_sdk.playback._segment import Segment
from realtime_sdk.session.audio._sink import Sink
from realtime_sdk.turns._controller import TurnController
from realtime_sdk.turns._floor import FloorState
from realtime_sdk.turns._policies import BargeIn, decides_locally

from ..conversation.wire import Wire

POLICIES = {
    "by server": BargeIn.by_server(),
    "immediate": BargeIn.immediate(),
    "duck": BargeIn.duck_then_decide(1.0),
    "pause": BargeIn.pause_then_decide(1.0),
    "delay": BargeIn.delay(1.0),
    "never": BargeIn.never(),
}

BY_VOICE = Turns.by_voice(cast(VoiceActivity, None))  # the detector is not used here

CANCEL, TRUNCATE, DELETE = "response.cancel", "conversation.item.truncate", "conversation.item.delete"
CREATE = "response.create"

Line: TypeAlias = tuple[str, FloorState, str, str]
"""Event, floor, what the sink was asked for, what was sent; several are parted by commas."""


class RecordingSink:
    """Keeps what it is asked for, where that changes anything."""

    def __init__(self, wire: Wire) -> None:
        self.asked: list[str] = []
        self.gain = 1.0
        self.reasons: set[PauseReason] = set()
        self._wire = wire

    def flush(self) -> None:
        self.asked.append("flush")
        self._wire.timeline.cut(self._wire.timeline.played, self._wire.at)

    def drop(self, segments: Collection[Segment]) -> None:
        self.asked += [f"drop {segment.item_id}" for segment in segments]
        self._wire.timeline.rewind(self._wire.timeline.played, self._wire.at)
        self._wire.timeline.discard(segments)

    def pause(self, reason: PauseReason) -> None:
        self.asked.append("pause")
        self.reasons.add(reason)

    def resume(self, reason: PauseReason) -> None:
        if reason in self.reasons:
            self.asked.append("resume")
        self.reasons.discard(reason)

    def set_gain(self, gain: float) -> None:
        if gain != self.gain:
            self.asked.append(f"gain {gain:g}")
        self.gain = gain


class Room:
    """A session without its loop: a user, a server, an engine, a sink, and between them the floor."""

    def __init__(
        self, policy: str = "immediate", turns: Turns | None = None, *, speaker: bool = True, **detection: Any
    ) -> None:
        by_server = turns is None
        self.wire = Wire(speaker=speaker)
        self.sink = RecordingSink(self.wire)
        self.controller = TurnController(
            turns or Turns.by_server(), POLICIES[policy], self.wire.engine, cast(Sink, self.sink) if speaker else None
        )
        self.wire.engine.add_handlers(self.controller.table)
        decides = decides_locally(POLICIES[policy])
        fields = {"interrupt_response": False, "create_response": False} if decides else {}
        self.wire.open(turn_detection={"type": "server_vad", **fields, **detection} if by_server else None)
        self._by_server = by_server

    def happens(self, event: str) -> None:
        """The user does something, or time passes."""
        controller, wire = self.controller, self.wire
        match event:
            case "started" | "stopped" | "committed" | "cleared" if self._by_server:
                name = f"speech_{event}" if event in ("started", "stopped") else event
                wire.receive(f"input_audio_buffer.{name}", item_id="user_1")
            case "started":
                wire.apply(controller.speech_started(wire.at))
            case "stopped":
                wire.apply(controller.speech_stopped(wire.at))
            case "committed":
                wire.apply(controller.committed(wire.at))
            case "cleared":
                wire.apply(controller.cleared(wire.at))
            case "detected":
                wire.apply(controller.local_speech_started(wire.at))
            case "pressed":
                wire.apply(controller.press(wire.at)[0])
            case "released" | "slipped":
                wire.apply(controller.released(wire.at, long_enough=event == "released"))
            case "due":
                if controller.deadline < math.inf:
                    wire.at = max(wire.at, controller.deadline)
                    wire.apply(controller.expire(wire.at))
            case "done":
                wire.done(status="cancelled" if wire.response("resp_1").interrupted else "completed")
            case _:
                raise AssertionError(f"no event is called {event}")

    def reply(self, *, made: bool = False) -> None:
        """Half a second of a reply was heard; `made`: the server is still making it."""
        self.wire.begin()
        self.wire.say("item_1", "A long story about it.", 3000)
        if not made:
            self.wire.done()
        self.wire.play(500)

    def follow(self, story: list[Line]) -> None:
        """Let a story happen, line by line."""
        for n, (event, floor, asked, sent) in enumerate(story):
            self.sink.asked.clear()
            self.wire.sent.clear()
            self.happens(event)
            seen = (self.controller.floor, sorted(self.sink.asked), self.wire.types)
            assert seen == (floor, sorted(_parts(asked)), _parts(sent)), f"line {n + 1}: {event}"


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
