"""Every state ends: in the tables of the lifecycles, and in the engine after any steps."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from realtime_sdk.capture import _turn_gate as turn_gate
from realtime_sdk.conversation import _live_response as response
from realtime_sdk.conversation._live_response import ResponseState
from realtime_sdk.conversation.message import _playout_state as playout_state
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.conversation.message._playout_state import PlayoutState
from realtime_sdk.conversation.requests import _requests as requests
from realtime_sdk.conversation.requests._requests import AnyRequest, RequestState
from realtime_sdk.devices import _lifecycle as device
from realtime_sdk.errors import UsageError
from realtime_sdk.playback import _segment as segment
from realtime_sdk.playback._segment import SegmentState
from realtime_sdk.protocol import parse
from realtime_sdk.turns import _floor as floor

from ..effort import tries
from .test_disorder import disordered
from .wire import Wire

# The tables


class Lifecycle(NamedTuple):
    """A table, the states in which it may rest, and what leads there without the other side's help."""

    table: Mapping[tuple[Any, Any], Any]
    resting: frozenset[Enum]
    last: frozenset[Enum]  # the deadline, the end of the connection or of the session


LIFECYCLES = {
    "request": Lifecycle(
        requests.TRANSITIONS, frozenset({RequestState.CLOSED}), frozenset({requests.RequestEvent.END})
    ),
    "request, by time": Lifecycle(
        # One that waits has no deadline: what it waits for has.
        {key: state for key, state in requests.TRANSITIONS.items() if key[0] is not RequestState.WAITING},
        frozenset({RequestState.CLOSED, RequestState.WAITING}),
        frozenset({requests.RequestEvent.EXPIRE}),
    ),
    "response": Lifecycle(
        response.TRANSITIONS,
        frozenset({ResponseState.DONE, ResponseState.DISCARDED}),
        frozenset({response.ResponseEvent.END}),
    ),
    "message": Lifecycle(
        playout_state.TRANSITIONS, frozenset({PlayoutState.FINISHED}), frozenset({segment.PlayoutEvent.CUT})
    ),
    "segment": Lifecycle(
        segment.TRANSITIONS,
        frozenset({SegmentState.HEARD, SegmentState.CUT}),
        frozenset({segment.PlayoutEvent.CUT}),
    ),
    "floor": Lifecycle(
        floor.TRANSITIONS, frozenset({floor.FloorState.FREE}), frozenset({floor.FloorEvent.EXPIRE})
    ),
    "device": Lifecycle(
        device.TRANSITIONS, frozenset({device.DeviceState.WORKING}), frozenset({device.DeviceEvent.EXCHANGE})
    ),
    "turn gate": Lifecycle(
        # Its audio has come, and the turn has ended.
        turn_gate.TRANSITIONS,
        frozenset({turn_gate.GateState.CLOSED}),
        frozenset({turn_gate.GateEvent.GIVE_UP, turn_gate.GateEvent.END, turn_gate.GateEvent.COMPLETE}),
    ),
}  # fmt: skip

each_lifecycle = pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES.keys())


def states_of(lifecycle: Lifecycle) -> list[Enum]:
    first: Enum = next(iter(lifecycle.table))[0]
    return list(type(first))


def reached(table: Mapping[tuple[Any, Any], Any], start: Enum) -> set[Enum]:
    """The states to which a state can lead, itself among them."""
    found, fresh = {start}, [start]
    while fresh:
        state = fresh.pop()
        fresh += (after := {to for (before, _), to in table.items() if before is state} - found)
        found |= after
    return found


@each_lifecycle
def test_every_entry_leads_from_a_state_to_a_state_of_one_kind(lifecycle: Lifecycle) -> None:
    kinds = {type(state) for (state, _) in lifecycle.table} | {type(state) for state in lifecycle.table.values()}
    assert len(kinds) == 1
    assert len({type(event) for (_, event) in lifecycle.table}) == 1


@each_lifecycle
def test_every_state_can_reach_a_resting_one(lifecycle: Lifecycle) -> None:
    stuck = [state for state in states_of(lifecycle) if not reached(lifecycle.table, state) & lifecycle.resting]
    assert stuck == []


@each_lifecycle
def test_every_state_reaches_a_resting_one_without_the_peer(lifecycle: Lifecycle) -> None:
    alone = {key: state for key, state in lifecycle.table.items() if key[1] in lifecycle.last}
    stuck = [state for state in states_of(lifecycle) if not reached(alone, state) & lifecycle.resting]
    assert stuck == []


@each_lifecycle
def test_final_events_never_lead_in_a_circle(lifecycle: Lifecycle) -> None:
    alone = {key: state for key, state in lifecycle.table.items() if key[1] in lifecycle.last}
    circles = [
        before
        for (before, _), after in alone.items()
        if before not in lifecycle.resting and before in reached(alone, after)
    ]
    assert circles == []


def test_every_state_is_reached() -> None:
    beginnings: dict[str, Enum] = {
        "request": RequestState.WAITING, "response": ResponseState.ACTIVE, "message": PlayoutState.PENDING,
        "segment": SegmentState.QUEUED, "floor": floor.FloorState.FREE, "turn gate": turn_gate.GateState.CLOSED,
    }  # fmt: skip
    for name, beginning in beginnings.items():
        assert reached(LIFECYCLES[name].table, beginning) == set(states_of(LIFECYCLES[name])), name


# The living engine

RESPONSES = st.sampled_from(["resp_1", "resp_1", "resp_2"])
ITEMS = st.sampled_from(["item_1", "item_2", "item_3"])
PARTS = st.sampled_from([0, 0, 1])
STATUSES = st.sampled_from(["completed", "cancelled", "incomplete", "failed", None])
REQUESTS = st.integers(0, 3)  # which of those made so far, from the last one back
CODES = st.sampled_from([None, "invalid_value", "conversation_already_has_active_response"])
OUTPUT = st.lists(st.tuples(st.sampled_from(["message", "function_call", "mcp_call"]), ITEMS), max_size=2)


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(name), *arguments)


STEPS = st.one_of(
    step("nothing"),
    step("submit", st.just(False), st.just(True)),
    step("submit", st.booleans(), st.booleans()),
    step("update"),
    step("continue"),
    step("withdraw", REQUESTS),
    step("withdraw all"),
    step("interrupt", st.booleans()),
    step("cancel", RESPONSES),
    step("yield floor"),
    step("regain floor", st.booleans()),
    step("finish", st.integers(0, 2), st.booleans()),
    step("play", st.sampled_from([10, 100, 700])),
    step("wait", st.sampled_from([0.5, 5.0, 20.0, 130.0])),
    step("begin", RESPONSES, st.none() | REQUESTS, st.sampled_from(["conv_1", None])),
    step("begin", RESPONSES, REQUESTS, st.just("conv_1")),
    step("done", RESPONSES, STATUSES, OUTPUT),
    step("broken done"),
    step("add", RESPONSES, ITEMS, st.sampled_from(["message", "function_call", "mcp_call"])),
    step("item done", RESPONSES, ITEMS, st.sampled_from(["message", "function_call", "mcp_call"])),
    step("audio", RESPONSES, ITEMS, PARTS),
    step("audio", st.just("resp_1"), ITEMS, st.just(0)),
    step("play", st.just(100)),
    step("audio done", RESPONSES, ITEMS, PARTS),
    step("text", RESPONSES, ITEMS, PARTS),
    step("text done", RESPONSES, ITEMS, PARTS),
    step("shown", RESPONSES, ITEMS, PARTS),
    step("error", CODES, st.none() | REQUESTS),
    step("updated"),
    step("speech"),
    step("deleted", ITEMS),
    step("truncated", ITEMS, PARTS),
)

TALKS = st.lists(STEPS, min_size=12, max_size=40)  # long enough for steps to interact; shrinks to "nothing"


class Talk:
    """An engine, and the steps that can happen to it."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.wire.open(turn_detection={"type": "server_vad"})
        self.submitted: list[AnyRequest] = []

    def request_id(self, back: int | None) -> str | None:
        return self.submitted[-1 - back].event_id if back is not None and back < len(self.submitted) else None

    def happens(self, name: str, *arguments: Any) -> None:
        if not (self._by_the_application(name, *arguments) or self._by_the_server(name, *arguments)):
            raise AssertionError(f"no step is called {name}")

    def _by_the_application(self, name: str, *arguments: Any) -> bool:
        wire, engine = self.wire, self.wire.engine
        match name, *arguments:
            case "nothing", :
                pass
            case "submit", out_of_band, interruptible:
                overrides: dict[str, Any] = {"conversation": "none"} if out_of_band else {}
                self.submitted.append(wire.submit(interruptible=interruptible, **overrides)[0])
            case "update", :
                self.submitted.append(wire.update(instructions="Be kind."))
            case "continue", :
                wire.submit_continuation()
            case "withdraw", back:
                for request in self.submitted[-1 - back : len(self.submitted) - back]:
                    wire.apply(engine.withdraw(request, wire.at))
            case "withdraw all", :
                engine.withdraw_all()
            case "interrupt", cancelled:
                wire.interrupt(cancelled=cancelled)
            case "cancel", id:
                wire.interrupt(responses=[each for each in engine.responses.values if each.id == id])
            case "yield floor", :
                engine.yield_floor()
            case "regain floor", taken:
                effects, dropped = engine.regain_floor(wire.at, turn_taken=taken)
                wire.apply(effects)
                if dropped:
                    wire.interrupt(responses=dropped)
            case "finish", n, respond:
                for call in wire.calls[n : n + 1]:
                    wire.finish_call(call, respond=respond)
            case "play", milliseconds:
                wire.play(milliseconds)
            case "wait", seconds:
                wire.wait(seconds)
            case _:
                return False
        return True

    def _by_the_server(self, name: str, *arguments: Any) -> bool:
        wire = self.wire
        match name, *arguments:
            case "begin", id, back, conversation:
                wire.begin(id, request=self.request_id(back), conversation_id=conversation)
            case "done", id, status, output:
                wire.done(id, status, output=[Wire.item(item, type=type) for type, item in output])
            case "broken done", :
                wire.receive("response.done", response=7)
            case "add", id, item, type:
                wire.receive("response.output_item.added", response_id=id, item=Wire.item(item, type=type))
            case "item done", id, item, type:
                call = {"call_id": f"call_{item}", "name": "clock"}
                wire.receive("response.output_item.done", response_id=id, item=Wire.item(item, type=type, **call))
            case "audio", id, item, part:
                wire.audio(item, 300, id, part)
            case "audio done", id, item, part:
                wire.audio_done(item, id, part)
            case "text", id, item, part:
                wire.text(item, "Some words. ", id, part)
            case "text done", id, item, part:
                wire.text_done(item, "Some words. ", id, part)
            case "shown", id, item, part:
                wire.show(item, "Look. ", id, part)
            case "error", code, back:
                wire.error(code, event_id=self.request_id(back))
            case "updated", :
                wire.receive("session.updated", session={})
            case "speech", :
                wire.receive("input_audio_buffer.speech_started", item_id="user_1")
                wire.receive("input_audio_buffer.committed", item_id="user_1", previous_item_id=None)
            case "deleted", item:
                wire.receive("conversation.item.deleted", item_id=item)
            case "truncated", item, part:
                wire.receive("conversation.item.truncated", item_id=item, content_index=part, audio_end_ms=0)
            case _:
                return False
        return True


def comes_to_rest(wire: Wire) -> None:
    """With a silent server and a silent user, all that was said is heard and all that is awaited ends by itself."""
    wire.apply(wire.engine.regain_floor(wire.at, turn_taken=False)[0])
    for _ in range(10):
        wire.pass_deadlines()
        wire.play_out()
        wire.advance()
        if wire.engine.deadline == math.inf and wire.timeline.idle:
            break
    assert wire.engine.deadline == math.inf


def ends(wire: Wire) -> None:
    """The connection ends, what was received is heard, and the session is left."""
    wire.disconnect()
    wire.play_out()
    wire.leave()
    assert wire.engine.deadline == math.inf


def nothing_is_outstanding(wire: Wire, requests: list[AnyRequest]) -> None:
    assert list(wire.engine.requests) == []
    for request in requests:
        assert request.state is RequestState.CLOSED
        assert request.answer.done
    for begun in wire.engine.responses.values:
        assert not begun.running
        assert begun._done.done and begun._stream.ended
        for item in begun.live_items:
            assert item.closed
            assert not isinstance(item, LiveMessage) or item.finished
    assert not (wire.engine.response_pending or wire.engine.speaking)


quick = settings(max_examples=tries(300), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.slow
@quick
@given(steps=TALKS)
def test_after_any_steps_everything_ends_by_itself(steps: list[tuple[Any, ...]]) -> None:
    talk = Talk()
    for each in steps:
        talk.happens(*each)
    comes_to_rest(talk.wire)
    nothing_is_outstanding(talk.wire, talk.submitted)


@pytest.mark.slow
@quick
@given(steps=TALKS)
def test_after_any_steps_everything_ends_with_the_connection(steps: list[tuple[Any, ...]]) -> None:
    talk = Talk()
    for each in steps:
        talk.happens(*each)
    ends(talk.wire)
    nothing_is_outstanding(talk.wire, talk.submitted)


@pytest.mark.slow
@quick
@given(events=disordered(), steps=st.lists(st.tuples(st.integers(0, 80), STEPS), max_size=4), played=st.integers(0, 30))
def test_after_disordered_events_everything_ends_by_itself(
    events: list[dict[str, Any]], steps: list[tuple[int, tuple[Any, ...]]], played: int
) -> None:
    talk = Talk()
    for n, event in enumerate(events):
        talk.wire.apply(talk.wire.engine.receive(parse(json.dumps(event)), talk.wire.at))
        talk.wire.play(played)
        for at, each in steps:
            if at == n:
                talk.happens(*each)
    comes_to_rest(talk.wire)
    nothing_is_outstanding(talk.wire, talk.submitted)


def test_nothing_is_due_once_the_connection_has_ended() -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1", type="function_call"))
    wire.disconnect()
    assert wire.engine.deadline == math.inf
    assert wire.response("resp_1").ended


def test_values_that_are_no_json_register_no_request() -> None:
    wire = Wire()
    with pytest.raises(UsageError):
        wire.submit(instructions=math.nan)
    nothing_is_outstanding(wire, [])
