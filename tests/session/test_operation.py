"""Every method of a session acts when it is called; what it returns is awaited as a coroutine is."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

import anyio
import numpy as np
import pytest

from realtime_sdk import (
    ConnectionLost,
    FunctionCallItem,
    Operation,
    Response,
    ServerError,
    ServerRefused,
    Session,
    Turns,
    UsageError,
    connect,
)
from realtime_sdk.testing import (
    Deadlock,
    FakeServer,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    drop,
    message,
    run_virtual,
)

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


def run(
    going_on: Callable[[Session, FakeServer], Awaitable[None]], *, limit: float = 7200.0, **parameters: Any
) -> FakeServer:
    """Run a talk with a server whose first reply takes three seconds."""

    async def main() -> FakeServer:
        server = FakeServer()
        server.reply(message("A story.", seconds=3.0))
        given = {"speaker": VirtualSpeaker(), "microphone": None, **parameters}
        async with server, connect(endpoint=server, **given) as session:
            await going_on(session, server)
        return server

    return run_virtual(main, limit=limit)


def received(server: FakeServer) -> list[str]:
    return [event["type"] for event in server.received]


def first_call(session: Session) -> FunctionCallItem:
    return next(item for item in session.conversation if isinstance(item, FunctionCallItem))


# A call that is not awaited

REQUESTS: dict[str, tuple[Callable[[Session], object], list[str]]] = {
    "send_text": (lambda session: session.send_text("Hello."), ["conversation.item.create", "response.create"]),
    "send_image": (lambda session: session.send_image(PICTURE), ["conversation.item.create"]),
    "send_audio": (lambda session: session.send_audio(np.zeros(240, np.int16)), ["input_audio_buffer.append"]),
    "clear_audio": (lambda session: session.clear_audio(), ["input_audio_buffer.clear"]),
    "send": (lambda session: session.send({"type": "input_audio_buffer.clear"}), ["input_audio_buffer.clear"]),
    "respond": (lambda session: session.respond(), ["response.create"]),
    "update": (lambda session: session.update(instructions="Be brief."), ["session.update"]),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("method", "types"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_sent_although_it_is_not_awaited(method: Callable[[Session], object], types: list[str]) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        method(session)
        gc.collect()  # Python warns of a coroutine that was never awaited when it is collected
        await anyio.sleep(1.0)

    assert received(run(going_on)) == types


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cut", [Session.interrupt, Session.press], ids=["interrupt", "press"])
def test_the_reply_stops_although_the_interruption_is_not_awaited(cut: Callable[[Session], object]) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        response = await session.respond()
        await anyio.sleep(1.0)
        cut(session)
        gc.collect()
        (playout,) = await response.played()
        assert playout.interrupted

    run(going_on, microphone=VirtualMicrophone(), turns=Turns.push_to_talk())


@pytest.mark.filterwarnings("error")
def test_a_response_is_cancelled_although_it_is_not_awaited() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        response = await session.respond()
        await anyio.sleep(1.0)
        cancelling = response.cancel()
        del cancelling
        gc.collect()
        (playout,) = await response.played()
        assert playout.interrupted

    run(going_on)


def test_an_output_is_sent_although_it_is_not_awaited() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        await (await session.respond()).done()
        server.reply(call("lookup"))
        await (await session.respond()).done()
        session.send_tool_output(first_call(session), "done", respond=False)
        await anyio.sleep(1.0)
        assert received(server)[-1] == "conversation.item.create"

    run(going_on)


def test_tools_are_replaced_although_the_update_is_not_awaited() -> None:
    def lookup() -> str:
        return "found"

    async def going_on(session: Session, server: FakeServer) -> None:
        await (await session.respond()).done()
        session.update(tools=[lookup])
        server.reply(call("lookup"))
        server.reply(message("It is found.", seconds=0.5))
        await session.respond()
        await anyio.sleep(1.0)
        assert first_call(session).output == "found"

    run(going_on)


def test_the_refusal_of_a_request_that_is_not_awaited_is_an_event() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        session.update(voice=7)  # type: ignore[arg-type]
        error = await anext(session.events(ServerError))
        assert error.event_id == "update_1"

    run(going_on)


def test_a_response_that_is_not_awaited_is_not_shared_with_a_text() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        first = await session.respond()
        session.respond()
        session.send_text("And you?")
        await first.played()
        await anyio.sleep(1.0)
        assert received(server).count("response.create") == 3

    run(going_on)


def test_a_wrong_argument_is_raised_by_the_call() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        with pytest.raises(UsageError, match="respond"):
            session.respond(voices="marin")  # type: ignore[call-arg]
        with pytest.raises(UsageError, match="update"):
            session.update(voices="marin")  # type: ignore[call-arg]
        assert received(server) == []

    run(going_on)


@pytest.mark.parametrize("method", [Session.respond, Session.update], ids=["respond", "update"])
def test_the_end_of_the_connection_is_raised_by_the_awaitable(method: Callable[[Session], Operation[object]]) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        server.hang_up()
        await anyio.sleep(1.0)
        operation = method(session)
        with pytest.raises(ConnectionLost):
            await operation

    run(going_on, reconnect=None)


# Awaiting

Awaiting: TypeAlias = Callable[[Operation[Response]], Awaitable[Response]]

AWAITING: dict[str, Awaiting] = {
    "await": lambda operation: operation,
    "create_task": lambda operation: asyncio.create_task(operation),
    "ensure_future": lambda operation: asyncio.ensure_future(operation),
    "wait_for": lambda operation: asyncio.wait_for(operation, 5.0),
    "shield": lambda operation: asyncio.shield(operation),
}


@pytest.mark.parametrize("awaiting", AWAITING.values(), ids=AWAITING)
def test_an_operation_is_awaited_as_a_coroutine_is(awaiting: Awaiting) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        assert (await awaiting(session.respond())).id == "resp_1"

    assert received(run(going_on)) == ["response.create"]


def test_several_operations_are_gathered() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        settings, response, playouts = await asyncio.gather(
            session.update(instructions="Be brief."), session.respond(instructions="Be long."), session.interrupt(),
            return_exceptions=True,
        )  # fmt: skip
        assert isinstance(settings, dict) and settings["instructions"] == "Be brief."
        assert isinstance(response, UsageError) and playouts == []

    run(going_on)


def test_a_task_group_starts_a_method_of_a_session() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(session.respond)
            tasks.start_soon(session.send_text, "Hello.")
        assert received(server) == ["response.create", "conversation.item.create"]

    run(going_on)


def test_an_operation_gives_its_result_to_each_task_that_awaits_it() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        operation = session.respond()
        assert repr(operation) == "<Operation Session.respond pending>"
        first, second = await asyncio.gather(operation, result_of(operation))
        assert first is second is await operation
        assert repr(operation) == "<Operation Session.respond done>"

    run(going_on)


def test_tasks_that_run_one_operation_each_get_its_result() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        operation = session.respond()
        first, second = asyncio.create_task(operation), asyncio.create_task(operation)
        assert await first is await second is await asyncio.wait_for(operation, 5.0)

    run(going_on)


@pytest.mark.parametrize("name", ["respond", "update", "clear_audio", "interrupt"])
def test_a_task_that_runs_an_operation_shows_its_method(name: str) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        task = asyncio.create_task(getattr(session, name)())
        assert f"coro=<Session.{name}()>" in repr(task)
        await task

    run(going_on)


def test_a_deadlock_names_the_operation_that_a_task_waits_for() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        server.tamper("response.*", drop)
        await asyncio.create_task(session.respond(timeout=100.0), name="asking")

    with pytest.raises(Deadlock, match=r"asking waits in Session\.respond"):
        run(going_on, limit=60.0)


async def result_of(operation: Operation[Response]) -> Response:
    return await operation


def test_an_operation_raises_its_failure_to_each_task_that_awaits_it() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        operation = session.update(voice=7)  # type: ignore[arg-type]
        for _ in range(2):
            with pytest.raises(ServerRefused):
                await operation

    run(going_on)


# Giving up


def is_withdrawn(server: FakeServer) -> bool:
    return received(server)[:2] == ["response.create", "response.cancel"]


def test_a_cancelled_task_withdraws_its_request() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        task = asyncio.create_task(session.respond())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await anyio.sleep(1.0)
        assert task.cancelled() and is_withdrawn(server)

    run(going_on)


def test_a_task_that_is_cancelled_before_its_first_step_withdraws_its_request() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        task = asyncio.create_task(session.respond())
        task.cancel()
        await asyncio.wait([task])
        await anyio.sleep(1.0)
        assert task.cancelled() and is_withdrawn(server)

    run(going_on)


def test_a_timeout_withdraws_the_request() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.0):
                await session.respond()
        await anyio.sleep(1.0)
        assert is_withdrawn(server)

    run(going_on)


@pytest.mark.parametrize("second", [result_of, lambda operation: operation], ids=["awaited", "as a task"])
def test_a_request_that_another_task_awaits_is_not_withdrawn(
    second: Callable[[Operation[Response]], Coroutine[Any, Any, Response]],
) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        operation = session.respond()
        tasks = [asyncio.create_task(run) for run in (operation, second(operation))]
        await asyncio.sleep(0)
        tasks[0].cancel()
        assert (await tasks[1]).id == "resp_1"
        assert received(server) == ["response.create"]

    run(going_on)


def test_awaiting_a_request_again_after_a_timeout_raises_that_it_was_withdrawn() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        server.tamper("response.*", drop)
        operation = session.respond()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(operation, 1.0)
        for _ in range(2):
            with pytest.raises(UsageError, match="withdrawn"):
                await asyncio.wait_for(operation, 1.0)

    run(going_on)


def test_the_refusal_of_an_update_that_was_given_up_is_an_event() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.0):
                await session.update(voice=7)  # type: ignore[arg-type]
        assert (await anext(session.events(ServerError))).event_id == "update_1"

    run(going_on)


def test_closing_an_operation_does_not_stop_it() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        operation = session.respond()
        operation.close()
        assert (await anext(session.responses())).id == "resp_1"
        assert received(server) == ["response.create"]

    run(going_on)


def test_what_is_not_sent_because_the_connection_has_ended_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        server.hang_up()
        await anyio.sleep(1.0)
        session.send_text("Hello?")
        session.respond()
        session.update(instructions="Be brief.")

    run(going_on, reconnect=None)
    ends = "sess_1: not sent, because the connection has ended: "
    lines = [line for line in caplog.messages if line.startswith(ends)]
    assert lines == [f"{ends}{kind}" for kind in ("conversation.item.create", "response.create", "session.update")]


def test_requests_that_no_task_awaits_when_the_connection_breaks_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        server.tamper("*", drop)
        session.respond()
        session.update(instructions="Be brief.")
        awaited = asyncio.create_task(session.update(instructions="Be long."))
        await anyio.sleep(1.0)
        server.break_off()
        with pytest.raises(ConnectionLost):
            await awaited

    run(going_on, reconnect=None)
    ends = "sess_1: not answered, because the connection has ended: "
    assert [f"{ends}{kind}" for kind in ("response.create", "session.update")] == caplog.messages[1:]
