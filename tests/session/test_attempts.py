"""After a loss the session connects again: how often, which failures are final, and how it is left meanwhile."""

from __future__ import annotations

import asyncio
import json
import random
import re
from itertools import pairwise
from typing import Any

import anyio
import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk import (
    ConnectionFailed,
    ConnectionLost,
    Disconnected,
    Reconnect,
    RequestTimedOut,
    Session,
    connect,
)
from realtime_sdk.testing import Close, FakeServer, Phase, Refuse, Reset, Silence, instead, message, run_virtual, stall

from .talk import Talk, heard

# After a loss


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1013, 4000, 4321])
def test_whatever_the_code_of_the_close_it_is_a_loss(code: int) -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.hang_up(code)
        await anyio.sleep(1.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert [event.code for event in talk.of(Disconnected)] == [code]


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [
        (Refuse(401), "the API key was refused"),
        (Refuse(403), "may not be used"),
        (Refuse(404), "no such model"),
        (Refuse(429, "insufficient_quota"), "the quota is used up"),
    ],
)
def test_a_refusal_that_is_final_ends_the_session_at_once(refusal: Refuse, cause: str) -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1, refusal)
        waiting = asyncio.create_task(session.update(instructions="Be brief."))
        talk.server.break_off()
        with anyio.fail_after(1.0):
            with pytest.raises(ConnectionLost, match=cause):
                await anext(session.responses())
            with pytest.raises(ConnectionLost, match=cause):
                await waiting
        assert session.state == "closed"

    talk.hold(going_on)
    assert [event.will_retry for event in talk.of(Disconnected)] == [True, False]


class Tokens:
    """A function that gives another token at each call, and counts the calls."""

    def __init__(self) -> None:
        self.given = 0

    async def __call__(self) -> str:
        self.given += 1
        return f"token-{self.given}"


@pytest.mark.parametrize("refusal", [Refuse(401), Refuse(403, "expired")])
def test_a_refused_key_is_asked_for_once_more_where_a_function_gives_it(refusal: Refuse) -> None:
    tokens = Tokens()
    talk = Talk(api_key=tokens)

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1, refusal)
        talk.server.break_off()
        await anyio.sleep(1.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert tokens.given == 3  # of which the second was refused


def test_a_key_that_is_refused_again_ends_the_session() -> None:
    tokens = Tokens()
    talk = Talk(api_key=tokens)

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(9, Refuse(401))
        talk.server.break_off()
        with anyio.fail_after(1.0), pytest.raises(ConnectionLost, match="the API key was refused"):
            await anext(session.responses())

    talk.hold(going_on)
    assert tokens.given == 3


def test_a_close_because_the_key_has_expired_is_a_loss_where_a_function_gives_it() -> None:
    tokens = Tokens()
    talk = Talk(api_key=tokens)

    async def going_on(session: Session) -> None:
        for _ in range(2):  # each time after a connection that has lasted
            talk.server.hang_up(3000)
            await anyio.sleep(30.0)
            assert session.state == "listening"

    talk.hold(going_on)
    assert tokens.given == 3


def test_a_function_that_gives_no_key_in_time_does_not_keep_the_session_from_the_next_attempt() -> None:
    given: list[float] = []

    async def key() -> str:
        given.append(asyncio.get_running_loop().time())
        if len(given) == 2:
            await anyio.sleep_forever()
        return "token"

    talk = Talk(api_key=key)

    async def going_on(session: Session) -> None:
        talk.server.break_off()
        await anyio.sleep(40.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert given[2] - given[1] == pytest.approx(30.0, abs=1.0)


def test_a_close_that_is_final_is_no_loss() -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.hang_up(1008, "forbidden")
        with pytest.raises(ConnectionLost, match="1008"):
            await anext(session.responses())

    talk.hold(going_on)
    assert (talk.connections, [event.will_retry for event in talk.of(Disconnected)]) == (1, [False])


def test_after_some_time_it_gives_up_and_every_caller_is_told() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=20.0))

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1000)
        talk.server.break_off()
        waiting = [
            asyncio.ensure_future(operation)
            for operation in (session.respond(), session.send_text("Hello?"), session.update(instructions="A."))
        ]
        failures = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(failure) for failure in failures] == [ConnectionLost, ConnectionLost, RequestTimedOut]
        with pytest.raises(ConnectionLost, match="no lasting connection for 2"):
            await anext(session.responses())

    talk.hold(going_on)


@pytest.mark.parametrize("seconds", [1.0, 7.0, 20.0])
def test_it_gives_up_after_the_time_that_the_policy_says(seconds: float) -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=seconds))

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1000)
        talk.server.break_off()
        since = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionLost, match=f"no lasting connection for {seconds:.0f} s"):
            await anext(session.responses())
        assert asyncio.get_running_loop().time() - since == pytest.approx(seconds, abs=0.1)

    talk.hold(going_on)


@given(
    lost_after=st.floats(0.0, 5.0), seconds=st.floats(0.5, 12.0),
    fault=st.sampled_from([Refuse(503), Close(1011), Reset(), Close(1006)]),
)  # fmt: skip
def test_it_gives_up_at_any_time_on_the_clock_after_attempts_with_pauses_in_between(
    lost_after: float, seconds: float, fault: Refuse | Close | Reset
) -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=seconds))

    async def going_on(session: Session) -> None:
        await anyio.sleep(lost_after)
        if isinstance(fault, Refuse):
            talk.server.refuse_connections(100, fault)
        else:
            fail_all(talk.server, fault, Phase.OPENED)
        tried = attempts_of(talk.server)
        talk.server.break_off()
        since = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionLost, match="no lasting connection for"):
            await anext(session.responses())
        assert asyncio.get_running_loop().time() - since == pytest.approx(seconds)
        assert all(later - earlier > 0.2499 for earlier, later in pairwise(tried))

    talk.hold(going_on)


def fail_all(server: FakeServer, fault: Close | Reset | Silence, phase: Phase) -> None:
    """Let a fault strike every connection to come."""
    for nth in range(1, 100):
        server.fail(fault, at=phase, nth=nth)


def attempts_of(server: FakeServer) -> list[float]:
    """The loop times of the attempts to come."""
    tried: list[float] = []
    connecting = server.connect

    async def connect(model: str | None, api_key: str | None) -> Any:
        tried.append(asyncio.get_running_loop().time())
        return await connecting(model, api_key)

    server.connect = connect  # type: ignore[method-assign]
    return tried


@pytest.mark.parametrize("seconds", [1.0, 2.0, 9.0])
@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.OPENED, Phase.CONFIGURING])
def test_an_attempt_that_hangs_is_cut_off_when_the_session_gives_up(phase: Phase, seconds: float) -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=seconds), instructions="Be brief.")

    async def going_on(session: Session) -> None:
        fail_all(talk.server, Silence(), phase)
        talk.server.break_off()
        since = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionLost, match=f"no lasting connection for {seconds:.0f} s: "):
            await anext(session.responses())
        assert asyncio.get_running_loop().time() - since == pytest.approx(seconds, abs=0.01)
        assert session.state == "closed"

    talk.hold(going_on)


def test_a_loop_that_is_blocked_beyond_that_time_gives_up_once_it_goes_on() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=5.0))

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1000)
        talk.server.break_off()
        await anyio.sleep(2.0)
        stall(60.0)
        with anyio.fail_after(0.001), pytest.raises(ConnectionLost, match="no lasting connection for"):
            await anext(session.responses())

    talk.hold(going_on)


def test_the_time_with_a_connection_does_not_count_towards_giving_up() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=5.0))

    async def going_on(session: Session) -> None:
        for _ in range(3):
            talk.server.break_off()
            await anyio.sleep(15.0)  # not long enough to count as a success
            assert session.state == "listening"

    talk.hold(going_on)


def test_on_the_virtual_clock_attempts_are_made_at_the_same_times_in_each_run() -> None:
    def tried() -> list[float]:
        talk = Talk(reconnect=Reconnect(give_up_after=60.0))
        attempts: list[float] = []

        async def going_on(session: Session) -> None:
            nonlocal attempts
            attempts = attempts_of(talk.server)
            talk.server.refuse_connections(1000)
            talk.server.break_off()
            with pytest.raises(ConnectionLost):
                await anext(session.responses())

        talk.hold(going_on)
        return attempts

    state = random.getstate()
    assert tried() == tried()
    assert random.getstate() == state  # the application's own


def test_attempts_become_rarer() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=100.0))
    tried: list[float] = []

    async def going_on(session: Session) -> None:
        loop, connecting = asyncio.get_running_loop(), talk.server.connect

        async def refuse(model: str | None, api_key: str | None) -> Any:
            tried.append(loop.time())
            talk.server.refuse_connections()
            return await connecting(model, api_key)

        talk.server.connect = refuse  # type: ignore[method-assign]
        talk.server.break_off()
        with pytest.raises(ConnectionLost):
            await anext(session.responses())

    talk.hold(going_on)
    delays = np.diff(tried)
    assert 0.25 <= delays[0] <= 0.5
    assert all(later > earlier for earlier, later in pairwise(delays[:5]))
    assert all(delay < 8.1 for delay in delays)


@pytest.mark.parametrize(("asked", "waited"), [(30.0, 30.0), (1000.0, 98.0)])
def test_a_server_that_asks_for_it_is_left_alone_until_shortly_before_the_end(asked: float, waited: float) -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=100.0))
    tried: list[float] = []

    async def going_on(session: Session) -> None:
        loop, connecting = asyncio.get_running_loop(), talk.server.connect

        async def refuse_once(model: str | None, api_key: str | None) -> Any:
            tried.append(loop.time())
            if len(tried) == 1:
                raise ConnectionFailed("too many", status=429, retry_after=asked)
            return await connecting(model, api_key)

        talk.server.connect = refuse_once  # type: ignore[method-assign]
        talk.server.break_off()
        await anyio.sleep(150.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert np.diff(tried) == pytest.approx([waited], abs=0.01)


def test_connections_that_do_not_last_are_failed_attempts() -> None:
    talk = Talk(reconnect=Reconnect(give_up_after=1000.0))

    async def going_on(session: Session) -> None:
        for _ in range(200):
            if session.state == "listening":
                talk.server.break_off()
            await anyio.sleep(0.5)

    talk.hold(going_on)
    assert talk.connections < 30


def test_a_fallback_is_tried_in_turn() -> None:
    second = FakeServer()
    talk = Talk(reconnect=Reconnect(fallback=second))

    async def going_on(session: Session) -> None:
        async with second:
            session.send_text("Hello.", respond=False)
            await anyio.sleep(1.0)
            talk.server.refuse_connections(1, Refuse(401))
            talk.server.break_off()
            await anyio.sleep(2.0)
            assert session.state == "listening"
            assert [item.text for item in second.items] == ["Hello."]
            second.break_off()
            await anyio.sleep(2.0)
            assert len(second.connections) == 2

    talk.hold(going_on)


def test_without_a_policy_the_session_ends_with_the_connection() -> None:
    talk = Talk(reconnect=None)

    async def going_on(session: Session) -> None:
        talk.server.break_off()
        with pytest.raises(ConnectionLost):
            await session.respond()
        assert session.state == "closed"

    talk.hold(going_on)
    assert [event.will_retry for event in talk.of(Disconnected)] == [False]


@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.CREATED, Phase.CONFIGURING, Phase.ADDING])
def test_an_attempt_that_fails_in_the_middle_is_followed_by_the_next(phase: Phase) -> None:
    talk = Talk(instructions="Be brief.")

    async def going_on(session: Session) -> None:
        session.send_text("Hello.", respond=False)
        await anyio.sleep(1.0)
        talk.server.fail(Reset(), at=phase)
        talk.server.break_off()
        await anyio.sleep(3.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert talk.history == [("user", "Hello.")]
    assert talk.server.connections[-1].session.settings["instructions"] == "Be brief."


# Leaving


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 20.0])
def test_the_session_is_left_within_a_second_whatever_the_attempts_do(seconds: float) -> None:
    talk = Talk()

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1000)
        talk.server.break_off()
        await anyio.sleep(seconds)

    async def main() -> None:
        before = asyncio.all_tasks()
        async with talk.server:
            async with connect(endpoint=talk.server, speaker=talk.speaker, microphone=None) as session:
                await going_on(session)
                left_at = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() - left_at < 1.0
            assert {task for task in asyncio.all_tasks() - before if "realtime_sdk.session" in repr(task)} == set()

    run_virtual(main)


# The first connection


async def never(_: Session) -> None:
    raise AssertionError("there is no session")


@pytest.mark.parametrize("fault", [Reset(), Close(1001)])
@pytest.mark.parametrize("phase", [Phase.OPENED, Phase.CREATED, Phase.CONFIGURING, Phase.CONFIGURED])
def test_a_first_connection_that_is_lost_while_it_is_opened_is_followed_by_another(
    phase: Phase, fault: Reset | Close
) -> None:
    talk = Talk(instructions="Be brief.")
    talk.server.fail(fault, at=phase)
    talk.server.reply(message("Hello."))

    async def going_on(session: Session) -> None:
        session.send_text("Hello?")
        await heard(session)

    talk.hold(going_on)
    assert talk.connections == 2
    assert talk.history == [("user", "Hello?"), ("assistant", "Hello.")]
    assert talk.of(Disconnected) == []


def test_a_first_connection_that_is_lost_again_and_again_is_a_failure() -> None:
    talk = Talk()
    for nth in (1, 2, 3):
        talk.server.fail(Reset(), at=Phase.CREATED, nth=nth)

    with pytest.raises(ConnectionLost):
        talk.hold(never)


@pytest.mark.parametrize(
    ("error", "seconds", "says"),
    [
        ({"code": "model_not_found", "message": "No model x."}, 0.0, "opened no session. It says: No model x."),
        ({"code": None, "message": "Try again."}, 15.0, "no session.created in 15 s. It says: Try again."),
        ({}, 15.0, "no session.created in 15 s. It says: the server sent an error without a message"),
    ],
)
def test_a_server_that_reports_an_error_in_place_of_a_session_is_quoted(
    error: dict[str, Any], seconds: float, says: str
) -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("session.created", instead(json.dumps({"type": "error", "error": error})))
        begun = asyncio.get_running_loop().time()
        with pytest.raises(ConnectionFailed, match=re.escape(says)) as failed:
            async with server, connect(endpoint=server, speaker=None, microphone=None):
                pass
        assert failed.value.error == error.get("code")
        assert asyncio.get_running_loop().time() - begun == pytest.approx(seconds, abs=0.5)

    run_virtual(main)


def test_the_next_server_that_reports_a_final_error_in_place_of_a_session_ends_it() -> None:
    talk = Talk()
    refusal = json.dumps({"type": "error", "error": {"code": "insufficient_quota", "message": "No credit."}})

    async def going_on(session: Session) -> None:
        talk.server.tamper("session.created", instead(refusal))
        talk.server.break_off()
        with pytest.raises(ConnectionLost, match=r"the quota is used up.*No credit\."):
            await anext(session.responses())

    talk.hold(going_on)


@pytest.mark.parametrize("reconnect", [Reconnect(), None])
def test_a_close_that_is_final_says_what_it_means(reconnect: Reconnect | None) -> None:
    talk = Talk(reconnect=reconnect)

    async def going_on(session: Session) -> None:
        talk.server.hang_up(3000)
        with pytest.raises(ConnectionLost, match="the API key was refused"):
            await anext(session.responses())

    talk.hold(going_on)


def test_a_first_connection_that_is_refused_is_a_failure_at_once() -> None:
    talk = Talk()
    talk.server.refuse_connections()

    with pytest.raises(ConnectionFailed):
        talk.hold(never)
    assert talk.connections == 0
