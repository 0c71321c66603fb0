"""Work that the model hands over: to the application, or to a backend model with tools."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime_sdk import (
    Approval,
    ApprovalRequested,
    DelegationStarted,
    LiveSession,
    ProtocolViolation,
    ServerError,
    ServerRefused,
    Tool,
    ToolFinished,
    ToolStarted,
    UsageError,
)
from realtime_sdk.testing import (
    FakeLiveServer,
    call,
)

from .talks import BACKEND, shown, talk


def test_the_application_does_the_work_and_says_the_result() -> None:
    server = FakeLiveServer()

    work_ids: list[str] = []

    async def script(live: LiveSession) -> None:
        work_ids.append(work_id := server.delegate())
        event = await anext(live.events(DelegationStarted))
        assert (event.delegation.id, event.delegation.target) == (work_id, "client")
        await live.think("Looking it up.", delegation=event.delegation)
        await live.say("It rains.", delegation=work_id)
        await live.instruct("Be cheerful.")
        with pytest.raises(ServerRefused, match="Unknown delegation"):
            await live.say("No.", delegation="another")
        with pytest.raises(ServerRefused, match="500 tokens"):
            await live.say("word " * 501)
        with pytest.raises(UsageError, match="empty text"):
            live.say(" ")
        with pytest.raises(UsageError, match="for a backend model"):
            live.send_text("Hi.")

    talk(server, script)
    sent = [(event["type"], event["delegation_id"]) for event in server.received if event["type"].endswith("y.append")]
    assert sent == [
        ("session.commentary.append", work_ids[0]),
        ("session.commentary.append", "another"),
        ("session.commentary.append", None),
    ]


def test_a_refusal_that_no_caller_awaits_is_an_event() -> None:
    async def script(live: LiveSession) -> None:
        live.say("No.", delegation="another")
        event = await anext(live.events(ServerError))
        assert event.message == "Unknown delegation: 'another'."

    talk(FakeLiveServer(), script)


@pytest.mark.parametrize(
    "shape", [{"error": "overloaded"}, {"message": "overloaded"}, {"error": {"detail": "overloaded"}}], ids=repr
)
def test_an_error_of_another_shape_is_reported_with_its_text(
    shape: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        server.inject({"type": "error", **shape})
        event = await anext(live.events(ServerError))
        assert event.message == "overloaded"

    talk(server, script)
    assert "the server reports an error: overloaded" in caplog.text


def test_a_text_that_waits_for_a_response_whose_end_was_lost_is_answered_all_the_same() -> None:
    server = FakeLiveServer()
    server.answer(answer="It rains.")

    async def script(live: LiveSession) -> None:
        begun = {"type": "response.created", "response": {}}
        server.inject({"type": "response.event", "delegation_id": "lost", "event": begun})
        await asyncio.sleep(1.0)
        await live.send_text("And the weather?")
        violation = await anext(live.events(ProtocolViolation))
        assert violation.reason == "the backend model did not end 1 of its responses: 120 s of silence"
        assert [caption.text for _, caption in await shown(live, 2)] == ["It", " rains."]

    talk(server, script, delegation=BACKEND)
    assert server.refused == []


def test_tools_run_for_the_backend_model_and_its_answer_is_spoken() -> None:
    server = FakeLiveServer()

    async def weather(city: str) -> str:
        """Tell the weather."""
        await asyncio.sleep(3.0)
        return f"rain in {city}"

    def population(city: str) -> int:
        """Tell the population."""
        return 700_000

    async def script(live: LiveSession) -> None:
        server.delegate(call("weather", {"city": "Oslo"}), call("population", {"city": "Oslo"}), answer="It rains.")
        started = [(await anext(live.events(ToolStarted))).call.name for _ in range(2)]
        assert sorted(started) == ["population", "weather"]
        await server.wait_for("response.create")
        assert sorted(server.outputs.values()) == ["700000", "rain in Oslo"]
        finished = [await anext(live.events(ToolFinished)) for _ in range(2)]
        assert [event.call.output for event in finished] == ["700000", "rain in Oslo"]
        assert [caption.text for _, caption in await shown(live, 2)] == ["It", " rains."]
        assert (live.usage.input_tokens, live.usage.cached_tokens, live.usage.output_tokens) == (40, 16, 10)
        server.answer(answer="Yes.")
        live.send_text("Really?")
        assert [caption.text for _, caption in await shown(live, 1)] == ["Yes."]
        await live.update(delegation={"type": "responses", "responses": {"model": "gpt-6"}})
        assert server.session["delegation"]["responses"]["model"] == "gpt-6"
        with pytest.raises(ServerRefused, match="cannot change"):
            await live.update(delegation={"type": "client"})

    talk(server, script, delegation=BACKEND, tools=[weather, population])
    assert [event["type"] for event in server.received].count("response.create") == 2
    assert {tool["name"] for tool in server.session["delegation"]["responses"]["tools"]} == {"weather", "population"}
    assert [error["code"] for error in server.refused] == ["immutable_field_update"]


def test_the_end_of_the_session_closes_the_dialog_of_an_approval() -> None:
    server, paid, asked = FakeLiveServer(), list[int](), list[Approval]()

    def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return "paid"

    async def script(live: LiveSession) -> None:
        server.delegate(call("pay", {"amount": 7}))
        asked.append((await anext(live.events(ApprovalRequested))).approval)

    talk(server, script, delegation=BACKEND, tools=[Tool(pay, approve=True)])
    assert (asked[0].approved, asked[0].reason, paid) == (False, "the session has ended", [])
