"""N calls of one response give N outputs and one response, whatever happens to the calls, the user and the connection.

Whole sessions against the strict server: calls that return, raise, take too long or ignore their cancellation, while
connections are lost, the user speaks, tools are exchanged, and the ends of items come early, late, twice or never.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, get_args

import anyio
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from realtime_sdk import Session, Tool, ToolError, ToolFinished
from realtime_sdk.testing import DoneOrder, FakeServer, call, message, run_virtual
from realtime_sdk.testing._script import ScriptItem

from ..effort import tries
from .observing import Wire, after, errors, is_answered, talk

pytestmark = pytest.mark.usefixtures("unguarded")

REPLY: Final = "That is all there is to say."
"""What the model says after the calls, and to the user."""

OVER: Final = 60.0
"""Seconds after which every call has ended, and all was said."""


@dataclass(frozen=True)
class Called:
    """One call: what its function does."""

    seconds: float
    end: str  # "returns", "raises", "explains", "hangs", "hangs on"
    on_interrupt: str = "keep"


@dataclass(frozen=True)
class Act:
    """Something that happens beside the calls."""

    at: float
    kind: str  # "break off", "speak", "exchange tools"


@dataclass(frozen=True)
class Round:
    """A response with calls, and what happens until they are answered."""

    calls: tuple[Called, ...]
    preamble: bool = False
    done: DoneOrder = "batched"
    latency: float = 0.0
    acts: tuple[Act, ...] = ()


class Functions:
    """The functions of the calls: the nth call does what the nth of these says."""

    def __init__(self, calls: Sequence[Called]) -> None:
        self.begun: list[int] = []  # numbers of the calls, in the order in which they were run
        self.tools = [self._tool(number, each) for number, each in enumerate(calls)]

    def _tool(self, number: int, called: Called) -> Tool:
        function = partial(self._run, number, called)
        on_interrupt: Any = called.on_interrupt
        return Tool(function, name=f"tool_{number}", timeout=12.0, on_interrupt=on_interrupt)

    async def _run(self, number: int, called: Called) -> str:
        self.begun.append(number)
        if called.end == "hangs":
            await anyio.sleep_forever()
        if called.end == "hangs on":
            await _ignoring_cancellation()
        await anyio.sleep(called.seconds)
        if called.end == "raises":
            raise OSError(number)
        if called.end == "explains":
            raise ToolError("it is closed")
        return f"result {number}"


async def _ignoring_cancellation() -> None:
    for _ in range(2):
        with suppress(BaseException):
            await anyio.sleep(100.0)


def scripted(round: Round) -> FakeServer:
    server = FakeServer(done=round.done, latency=round.latency)
    announcement: list[ScriptItem] = [message("Let me see.", seconds=2.0, phase="commentary")] if round.preamble else []
    server.reply(*announcement, *(call(f"tool_{number}") for number in range(len(round.calls))))
    for _ in range(12):
        server.reply(message(REPLY, seconds=1.0))
    return server


async def perform(act: Act, server: FakeServer, session: Session, functions: Functions) -> None:
    await anyio.sleep(act.at)
    match act.kind:
        case "break off":
            server.break_off()
        case "speak" if session.state not in ("reconnecting", "closed"):
            await server.user_speaks("And now?", 1.0)
        case "exchange tools":
            session.update(tools=[*functions.tools, newer])


async def newer() -> str:
    """Do something new."""
    return "new"


def hold(round: Round, check: Callable[[FakeServer, Session], None], *, interrupt: float | None = None) -> Functions:
    """Hold a talk with such a round, check it once all is over, and see that the session goes on."""
    functions = Functions(round.calls)

    async def main() -> None:
        server = scripted(round)
        async with server, talk(server, tools=functions.tools) as session:
            session.respond()
            async with anyio.create_task_group() as tasks:
                for act in round.acts:
                    tasks.start_soon(perform, act, server, session, functions)
                if interrupt is not None:
                    await anyio.sleep(interrupt)
                    session.interrupt()
            await anyio.sleep(OVER)
            check(server, session)
            assert session.state == "listening"
            assert not session._engine._state.rounds.running
        finished = await after(session, ToolFinished)
        assert len({event.call for event in finished}) == len(finished)
        assert set(await errors(session)) <= {None}

    run_virtual(main)
    return functions


def wires(server: FakeServer) -> list[Wire]:
    """The conversation as the server holds it."""
    return [item.wire for item in server.items]


def check_outputs(server: FakeServer, _session: Session) -> None:
    """Each call that the server holds has one output, behind it, and no output is without its call."""
    items = wires(server)
    asked = [item["call_id"] for item in items if item["type"] == "function_call"]
    given = [item["call_id"] for item in items if item["type"] == "function_call_output"]
    assert sorted(given) == sorted(asked)
    assert len(set(given)) == len(given)
    places = {(item["type"], item["call_id"]): place for place, item in enumerate(items) if "call_id" in item}
    assert all(places["function_call", each] < places["function_call_output", each] for each in asked)


def check_answered(server: FakeServer, session: Session) -> None:
    """The model has gone on with what it was given last: nothing that a tool returned is lost on the user."""
    check_outputs(server, session)
    kinds = [item.get("role", item["type"]) for item in wires(server)]
    assert [kind for kind in kinds if kind != "system"][-1] == "assistant"  # a restored conversation has an anchor


def check_one_response(count: int, server: FakeServer, session: Session) -> None:
    """Each call has an output, and one response follows, which was heard in full."""
    check_answered(server, session)
    kinds = [item["type"] for item in wires(server)]
    assert (kinds.count("function_call"), kinds.count("function_call_output")) == (count, count)
    heard = [item for item in session.conversation if item.type == "message" and item.heard == REPLY]
    assert len(heard) == 1


CALLS = st.builds(
    Called, st.sampled_from([0.0, 0.5, 3.0, 8.0]) | st.floats(0.0, 10.0),
    st.sampled_from(["returns", "returns", "raises", "explains", "hangs", "hangs on"]),
    st.sampled_from(["keep", "cancel"]),
)  # fmt: skip
ROUND = partial(
    st.builds, Round, st.lists(CALLS, min_size=1, max_size=8).map(tuple), st.booleans(),
    st.sampled_from(get_args(DoneOrder)), st.sampled_from([0.0, 0.2]),
)  # fmt: skip
TIMES = st.floats(0.5, 14.0)


def acts(*kinds: str) -> st.SearchStrategy[tuple[Act, ...]]:
    return st.lists(st.builds(Act, TIMES, st.sampled_from(kinds)), max_size=3).map(tuple)


quick = settings(deadline=None, max_examples=tries(30), suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@quick
@given(ROUND(acts("exchange tools")))
def test_n_calls_give_n_outputs_and_one_response(round: Round) -> None:
    functions = hold(round, partial(check_one_response, len(round.calls)))
    assert sorted(functions.begun) == list(range(len(round.calls)))


@pytest.mark.slow
@quick
@given(ROUND(acts("break off", "exchange tools")))
def test_so_they_do_over_lost_connections(round: Round) -> None:
    """A response whose calls were not complete when the connection was lost is made again, without them."""
    functions = hold(round, check_answered)
    assert len(set(functions.begun)) == len(functions.begun)


@pytest.mark.slow
@quick
@given(ROUND(acts("speak", "break off")))
def test_so_they_do_while_the_user_speaks(round: Round) -> None:
    functions = hold(round, check_answered)
    assert len(set(functions.begun)) == len(functions.begun)


@pytest.mark.slow
@quick
@given(ROUND(), TIMES)
def test_after_an_interruption_by_code_each_call_has_its_output(round: Round, at: float) -> None:
    functions = hold(round, check_outputs, interrupt=at)
    assert len(set(functions.begun)) == len(functions.begun)


def test_a_session_goes_on_after_a_round_of_eight() -> None:
    async def main() -> None:
        server = FakeServer()
        functions = Functions([Called(float(number), "returns") for number in range(8)])
        server.reply(*(call(f"tool_{number}") for number in range(8)))
        server.reply(message(REPLY, seconds=1.0))
        async with server, talk(server, tools=functions.tools) as session:
            await session.respond()
            await anyio.sleep(20.0)
            assert await is_answered(server, session)

    run_virtual(main)
