"""The example on Ray, on the virtual clock: calls are placed by load, found, and moved as they were heard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk.testing import FakeConnection, FakeGateway, FakeServer, message, run_virtual

from .on_ray import FOLDER, Cluster


def sent(connection: FakeConnection, kind: str) -> list[dict[str, Any]]:
    """What a worker has sent of a kind."""
    return [event for event in connection.received if event["type"] == kind]


def said_by_the_model(connection: FakeConnection) -> list[str]:
    """The model's messages, as the server holds them."""
    return [item.text for item in connection.items if item.wire.get("role") == "assistant"]


def test_calls_are_spread_evenly_even_if_they_come_at_once(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server, anyio.create_task_group() as tasks:
            cluster = Cluster(ray, server, "a", "b")
            for number in range(6):
                tasks.start_soon(cluster.dispatcher.place, f"call {number}")
        assert [len(worker.expected) for worker in cluster.workers.values()] == [3, 3]

    run_virtual(main)


def test_a_call_is_found_by_every_dispatcher_and_placed_once(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", "b", room=1)
            other = cluster.new_dispatcher()
            name, address = await cluster.dispatcher.place("call")
            assert await other.find("call") == address
            assert (await other.place("another"))[0] != name
            with pytest.raises(ray.dispatcher.Full, match="none of 2 workers takes another call"):
                await other.place("a third")

    run_virtual(main)


def test_a_caller_who_does_not_come_takes_no_room(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", room=1)
            await cluster.dispatcher.place("call")
            await anyio.sleep(ray.calls.ARRIVAL + 1)
            assert await cluster.dispatcher.find("call") is None
            await cluster.dispatcher.place("another")

    run_virtual(main)


def test_a_stranger_gets_no_session(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            async with FakeGateway(cluster.app).call("/a", parameters={"call": "guessed"}) as call:
                await call.wait_closed()
            assert not server.connections

    run_virtual(main)


def test_a_call_that_moves_in_mid_answer_neither_repeats_nor_loses_what_was_heard(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two three four", seconds=4.0))
            server.reply(message("three four", seconds=2.0))
            before = await cluster.move_a_call("a", to="b", once_heard=1.9, patience=0.0)
            assert await cluster.dispatcher.find("call") == "/b"
            async with cluster.caller("call") as after:
                await after.wait_until_heard(2.0)
            first, second = server.connections
            # What the caller heard is what the first model was told, and what the second one knows, and goes on from.
            [cut] = sent(first, "conversation.item.truncate")
            assert cut["audio_end_ms"] / 1000 == approx(before.heard_seconds, abs=0.05)
            assert said_by_the_model(second) == ["one two three", "three four"]
            [asked] = sent(second, "response.create")
            assert 'in your last word, "three"' in asked["response"]["instructions"]

    run_virtual(main)


def test_a_call_that_moves_on_before_its_caller_has_followed_keeps_its_conversation(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two", seconds=2.0))
            await cluster.move_a_call("a", to="b", once_heard=1.0, patience=10.0)
            cluster.add("c")
            await cluster.dispatcher.drain("b", 0.0, 60.0)
            assert await cluster.dispatcher.find("call") == "/c"
            async with cluster.caller("call"):
                await server.wait_for("conversation.item.create")
            assert said_by_the_model(server.connections[1]) == ["one two"]

    run_virtual(main)


def test_a_call_whose_turn_ends_in_time_moves_without_another_answer(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two", seconds=2.0))
            before = await cluster.move_a_call("a", to="b", once_heard=1.0, patience=10.0)
            assert before.heard_seconds == approx(2.0, abs=0.05)
            async with cluster.caller("call"):
                await server.wait_for("conversation.item.create")
                await anyio.sleep(1.0)
            assert said_by_the_model(server.connections[1]) == ["one two"]
            assert not sent(server.connections[1], "response.create")

    run_virtual(main)


def test_a_worker_from_which_no_call_can_move_waits_for_them_for_a_limited_time(
    ray: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as call:
                await call.wait_until_heard(1.0)
                at = anyio.current_time()
                await cluster.dispatcher.drain("a", 0.0, 30.0)
                assert anyio.current_time() - at == approx(30.0, abs=0.1)
                assert call.heard_seconds == approx(2.0, abs=0.05)  # it was not cut for nothing
                assert await cluster.dispatcher.find("call") == "/a"

    run_virtual(main)
    assert "call call stays on a until its caller hangs up: none of 1 workers takes another call" in caplog.text
    assert "a has calls after 30 s" in caplog.text


def test_a_worker_that_is_drained_ends_once_its_last_caller_has_hung_up(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            await cluster.dispatcher.place("call")
            async with anyio.create_task_group() as tasks:
                async with cluster.caller("call"):
                    tasks.start_soon(cluster.dispatcher.drain, "a", 0.0, 600.0)
                    await anyio.sleep(5.0)
                at = anyio.current_time()
            assert anyio.current_time() - at < 1.0

    run_virtual(main)


def test_a_caller_who_hangs_up_while_the_call_moves_leaves_nothing_behind(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", "b")
            server.reply(message("one two", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with anyio.create_task_group() as tasks, cluster.caller("call") as call:
                await call.wait_until_heard(1.0)
                tasks.start_soon(cluster.dispatcher.drain, "a", 10.0, 60.0)
                await call.wait_until_heard(1.2)
            await anyio.sleep(ray.calls.ARRIVAL + 1)
            assert await cluster.dispatcher.find("call") is None
            assert all(connection.over for connection in server.connections)

    run_virtual(main)


def test_a_worker_that_is_lost_is_named_and_its_callers_are_placed_elsewhere(
    ray: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", "b")
            name, address = await cluster.dispatcher.place("call")
            cluster.handles[name].is_lost = True
            assert await cluster.dispatcher.find("call") is None
            placed, again = await cluster.dispatcher.place("call")
            assert placed != name
            assert again != address

    run_virtual(main)
    assert "a is lost, stopped, or hangs" in caplog.text


def test_a_call_whose_new_worker_is_lost_while_it_moves_goes_to_another(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server, anyio.create_task_group() as tasks:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two three four", seconds=4.0))
            server.reply(message("three four", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as before:
                await before.wait_until_heard(1.0)
                cluster.add("b")
                tasks.start_soon(cluster.dispatcher.drain, "a", 0.6, 60.0)
                await before.wait_until_heard(1.4)  # it has a place, and is still here
                assert "call" in cluster.workers["b"].expected
                cluster.handles["b"].is_lost = True
                cluster.add("c")
                await before.wait_closed()
            assert await cluster.dispatcher.find("call") == "/c"
            async with cluster.caller("call") as after:
                await after.wait_until_heard(2.0)
            assert said_by_the_model(server.connections[1]) == ["one two", "three four"]

    run_virtual(main)


def test_the_files_are_short() -> None:
    assert all(len(path.read_text().splitlines()) <= 90 for path in FOLDER.glob("*.py"))
