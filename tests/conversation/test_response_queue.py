"""Requests for responses never collide, and each finds its own answer."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from realtime_sdk.conversation import Ask, Response, ResponseQueue
from realtime_sdk.errors import ServerRefused
from realtime_sdk.events import ResponseCreate, WireResponse

BUSY = "conversation_already_has_active_response"


class Server:
    """The other side of a queue."""

    def __init__(self, *, echoes: bool = True) -> None:
        self.queue = ResponseQueue(anyio.Event)
        self.echoes = echoes
        self.sent: list[ResponseCreate] = []

    def ask(self, **overrides: Any) -> Ask:
        ask, events = self.queue.ask(overrides)
        self.sent += events
        return ask

    def begin(self, request: ResponseCreate | None = None, id: str = "resp_1") -> Response:
        metadata = request.response["metadata"] if request and request.response and self.echoes else None
        response = Response(
            WireResponse(id=id, status="in_progress", conversation_id="conv_1", metadata=metadata), anyio.Event, never
        )
        self.queue.created(response)
        return response

    def end(self, response: Response) -> None:
        self.sent += self.queue.done(response)


async def never(response: Response) -> None:
    raise AssertionError("nobody cancels here")


def test_a_free_conversation_is_asked_at_once() -> None:
    server = Server()
    ask = server.ask(instructions="Be brief.")
    (request,) = server.sent
    assert request.response is not None and request.response["instructions"] == "Be brief."
    assert ask.response.settled is False
    response = server.begin(request)
    assert ask.response.value is response


def test_a_second_request_waits_for_the_end_of_the_first() -> None:
    server = Server()
    first, second = server.ask(), server.ask()
    assert len(server.sent) == 1
    response = server.begin(server.sent[0])
    assert len(server.sent) == 1
    server.end(response)
    assert len(server.sent) == 2
    assert server.begin(server.sent[1], "resp_2") is second.response.value
    assert first.response.value is response


def test_a_request_waits_for_a_response_that_the_server_began_itself() -> None:
    server = Server()
    own = server.begin(id="resp_vad")
    server.ask()
    assert server.sent == []
    server.end(own)
    assert len(server.sent) == 1


def test_a_request_that_met_the_servers_own_response_is_sent_again_after_it() -> None:
    server = Server()
    server.ask()
    server.end(server.begin(server.sent[0]))  # the server has shown that it sends metadata back
    ask = server.ask()
    request = server.sent[-1]
    own = server.begin(id="resp_vad")
    assert server.queue.refused(request.event_id, BUSY, ServerRefused("busy"))
    assert not ask.response.settled
    server.end(own)
    assert server.sent[-1].event_id == request.event_id
    assert server.begin(server.sent[-1], "resp_2") is ask.response.value


def test_a_refused_request_fails_and_frees_the_conversation() -> None:
    server = Server()
    ask = server.ask()
    refusal = ServerRefused("no such voice", code="invalid_value")
    assert server.queue.refused(server.sent[0].event_id, "invalid_value", refusal)
    with pytest.raises(ServerRefused, match="no such voice"):
        anyio.run(ask.response.wait)
    server.ask()
    assert len(server.sent) == 2


def test_an_error_that_belongs_to_no_request_is_not_taken_for_one() -> None:
    server = Server()
    server.ask()
    assert not server.queue.refused(None, BUSY, ServerRefused("busy"))
    assert not server.queue.refused("update_1", "invalid_value", ServerRefused("no"))


def test_out_of_band_requests_wait_for_nobody() -> None:
    server = Server()
    server.ask()
    server.ask(conversation="none", metadata={"topic": "summary"})
    assert len(server.sent) == 2
    assert server.sent[1].response is not None
    assert server.sent[1].response["metadata"]["topic"] == "summary"


def test_a_server_that_does_not_send_metadata_back_is_understood() -> None:
    server = Server(echoes=False)
    ask = server.ask()
    response = server.begin(server.sent[0])
    assert ask.response.value is response


def test_the_applications_own_metadata_is_what_the_response_shows() -> None:
    server = Server()
    server.ask(metadata={"topic": "weather"})
    assert server.begin(server.sent[0]).metadata == {"topic": "weather"}


def test_withdrawn_requests_fail_and_what_comes_of_them_is_known() -> None:
    server = Server()
    sent, waiting = server.ask(), server.ask()
    server.queue.withdraw(ServerRefused("interrupted"))
    assert sent.withdrawn and waiting.withdrawn
    response = Response(WireResponse(id="resp_1", metadata={"realtime_sdk": sent.tag}), anyio.Event, never)
    late = server.queue.created(response)
    assert late is sent


def test_the_end_of_the_connection_fails_every_request() -> None:
    server = Server()
    asks = [server.ask(), server.ask(), server.ask(conversation="none")]
    server.queue.end(ServerRefused("over"))
    for ask in asks:
        with pytest.raises(ServerRefused, match="over"):
            _ = anyio.run(ask.response.wait)
