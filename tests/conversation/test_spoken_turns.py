"""The turns of a user whose speech is transcribed, whatever the order in which a server reports them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.conversation._input_position import InputPosition
from realtime_sdk.conversation._spoken_turn import TRANSITIONS, TurnState
from realtime_sdk.conversation._spoken_turns import LATE_KEPT, SpokenTurns
from realtime_sdk.protocol._codec import parse

from ..effort import tries

DETECTION = {"type": "server_vad", "prefix_padding_ms": 300, "silence_duration_ms": 500}


class Server:
    """Reports turns of a second each, one every two seconds, each event when it is asked for."""

    def __init__(self) -> None:
        self.position = InputPosition()
        self.turns = SpokenTurns(self.position, lambda: DETECTION, asyncio.Event)

    def report(self, kind: str, turn: int, at: float = 1.0) -> None:
        event: dict[str, Any] = {"type": kind, "item_id": f"item_{turn}"}
        if kind.endswith("speech_started"):
            self.position.add(2.0)
            event["audio_start_ms"] = 2000 * turn + 700
        elif kind.endswith("speech_stopped"):
            event["audio_end_ms"] = 2000 * turn + 1900
        elif kind.endswith("completed"):
            event["transcript"] = f"turn {turn}"
        read = parse(json.dumps(event))
        self.turns.table[kind](read, at)

    @property
    def said(self) -> list[str]:
        return [utterance.text for utterance in self.turns.utterances.values]


BUFFER = ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed")
COMPLETED = "conversation.item.input_audio_transcription.completed"


@pytest.mark.slow
@settings(max_examples=tries(500), deadline=None)
@given(st.permutations(range(5)), st.sets(st.sampled_from(range(5))))
def test_utterances_come_in_the_order_of_speaking_whatever_that_of_their_transcripts(
    order: list[int], failed: set[int]
) -> None:
    server = Server()
    for turn in range(5):
        for kind in BUFFER:
            server.report(kind, turn)
    for turn in order:
        server.report(COMPLETED.replace("completed", "failed") if turn in failed else COMPLETED, turn)
        done = order[: order.index(turn) + 1]
        first_open = next((each for each in range(5) if each not in done), 5)
        assert server.said == [f"turn {each}" for each in range(first_open) if each not in failed]
    assert not server.turns.pending
    times = [(round(each.start, 2), round(each.end, 2)) for each in server.turns.utterances.values]
    assert times == [(2.0 * turn + 1.0, 2.0 * turn + 1.4) for turn in range(5) if turn not in failed]


@pytest.mark.slow
@settings(max_examples=tries(500), deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*BUFFER, COMPLETED]), st.integers(0, 3)), max_size=30))
def test_whatever_is_reported_a_transcript_is_never_lost(events: list[tuple[str, int]]) -> None:
    server = Server()
    transcribed: set[int] = set()
    for kind, turn in events:
        server.report(kind, turn)
        transcribed |= {turn} if kind == COMPLETED else set()
    server.turns.expire(1000.0)
    server.turns.drop((), again=True)
    assert {f"turn {turn}" for turn in transcribed} == set(server.said)
    assert all(each.start <= each.end for each in server.turns.utterances.values)
    assert not server.turns.pending


def test_every_state_of_a_turn_has_an_exit() -> None:
    assert {state for state, _ in TRANSITIONS} == set(TurnState) - {TurnState.ENDED}
    assert set(TRANSITIONS.values()) == set(TurnState) - {TurnState.SPEAKING}


def test_a_transcript_that_comes_late_has_the_times_of_its_turn() -> None:
    server = Server()
    for turn in range(2):
        for kind in BUFFER:
            server.report(kind, turn)
    server.report(COMPLETED, 1, at=2.0)
    assert server.said == []
    server.turns.expire(31.0)
    assert server.said == ["turn 1"]
    assert not server.turns.pending
    server.report(COMPLETED, 0, at=50.0)
    assert server.said == ["turn 1", "turn 0"]
    assert [round(each.start, 2) for each in server.turns.utterances.values] == [3.0, 1.0]


def test_turns_that_are_never_transcribed_do_not_pile_up() -> None:
    server = Server()
    for turn in range(LATE_KEPT + 1):
        for kind in BUFFER:
            server.report(kind, turn)
    server.turns.expire(31.0)
    server.report(COMPLETED, 1)
    assert [round(each.start, 2) for each in server.turns.utterances.values] == [3.0]
    server.report(COMPLETED, 0)  # nothing is known of it any more: it is taken for the latest
    assert server.turns.utterances.values[-1].start > 2.0 * LATE_KEPT
