"""A scripted server: it follows a test's script, and enforces the real server's rules."""

from __future__ import annotations

import json
import math

import anyio
import numpy as np
import pytest

from realtime_sdk import Disconnected, UserSpeechStopped, connect
from realtime_sdk._runtime import clock
from realtime_sdk.errors import ConnectionFailed, ConnectionLost, UsageError
from realtime_sdk.testing import (
    FakeServer,
    Pause,
    Raw,
    VirtualSpeaker,
    assert_heard,
    call,
    message,
    noise,
    run_virtual,
)
from realtime_sdk.transports._transport import Endpoint

from .helpers import AUDIO_DELTA, CREATE, TEXT_DELTA, Client, end_of, one_response, talk


def test_it_is_an_endpoint() -> None:
    assert isinstance(FakeServer(), Endpoint)


def test_replies_are_given_in_order_one_for_each_response() -> None:
    server = FakeServer()
    server.reply(message("I'll check.", phase="commentary"), call("get_time", {"zone": "UTC"}))
    server.reply(message("It is noon.", phase="final_answer"))

    async def script(client: Client) -> None:
        await client.say(CREATE)
        await anyio.sleep(1.0)
        await client.say(CREATE)
        await anyio.sleep(1.0)

    talk(server, script)
    assert [item.wire.get("phase") for item in server.items] == ["commentary", None, "final_answer"]
    assert [item.text for item in server.items] == ["I'll check.", "", "It is noon."]
    assert server.items[1].wire["arguments"] == '{"zone": "UTC"}'
    assert [event["type"] for event in server.received] == ["response.create", "response.create"]
    assert server.refused == []


def test_it_refuses_what_the_service_refuses() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=1.0))

    async def script(client: Client) -> None:
        await one_response(client)
        place = {"item_id": "item_1", "content_index": 0}
        await client.say({"type": "conversation.item.truncate", **place, "audio_end_ms": 1001})
        await anyio.sleep(1.0)

    client = talk(server, script)
    assert [error["message"] for error in server.refused] == ["Audio content of 1000ms is already shorter than 1001ms"]
    assert client.kinds[-2:] == ["error", "conversation.item.truncated"]
    assert (server.items[0].seconds, server.items[0].text) == (1.0, "")


def test_a_response_without_a_script_fails_and_says_so() -> None:
    client = talk(FakeServer(), one_response)
    response = client.heard[-2]["response"]
    assert response["status"] == "failed"
    assert "script one with reply()" in response["status_details"]["error"]["message"]


def test_a_response_can_end_otherwise() -> None:
    server = FakeServer()
    server.reply(message("I must"), status="incomplete", reason="max_output_tokens")
    response = talk(server, one_response).heard[-2]["response"]
    assert response["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}


def test_every_message_has_audio_of_its_own() -> None:
    server = FakeServer()
    server.reply(message("One.", seconds=0.5), message("Two.", seconds=0.5), message("Three.", pcm=noise(0.1, seed=77)))
    talk(server, one_response)
    sounds = server.sounds
    assert [len(sound) for sound in sounds.values()] == [12_000, 12_000, 2400]
    assert not np.array_equal(sounds["item_1"], sounds["item_2"])
    assert np.array_equal(sounds["item_3"], noise(0.1, seed=77))


def test_without_a_length_a_message_takes_as_long_as_saying_it() -> None:
    server = FakeServer()
    server.reply(message("x" * 30), message(""))
    talk(server, one_response)
    assert [item.seconds for item in server.items] == [2.0, 0.0]
    assert server.items[1].wire["content"] == []


# Pace


def test_a_reply_comes_at_once_unless_it_has_a_pace() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=10.0))
    assert set(talk(server, one_response).times(AUDIO_DELTA)) == {0.0}


def test_the_pace_is_seconds_of_audio_per_second() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=1.0), pace=2.0, thinking=0.5)
    client = talk(server, one_response)
    assert client.times("response.created") == [0.0]
    assert client.times(AUDIO_DELTA) == [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    assert client.times("response.done") == [1.0]


@pytest.mark.parametrize(
    ("spread", "heard_before_each_word"),
    [(0.0, [0, 0, 0, 0]), (0.5, [0, 2, 3, 4]), (1.0, [0, 3, 5, 8]), (math.inf, [10, 10, 10, 10])],
)
def test_the_transcript_runs_ahead_or_late(spread: float, heard_before_each_word: list[int]) -> None:
    server = FakeServer()
    server.reply(message("one two three four", seconds=1.0, text_spread=spread))
    deltas = [kind for kind in talk(server, one_response).kinds if kind in (TEXT_DELTA, AUDIO_DELTA)]
    words = [at for at, kind in enumerate(deltas) if kind == TEXT_DELTA]
    assert [deltas[:at].count(AUDIO_DELTA) for at in words] == heard_before_each_word


def test_a_reply_can_pause_and_send_any_frame() -> None:
    server = FakeServer()
    server.reply(message("One.", seconds=0.1), Pause(2.0), Raw({"type": "stranger"}), message("Two.", seconds=0.1))
    client = talk(server, one_response)
    assert client.times("stranger") == [2.0]
    assert client.times("response.output_item.added") == [0.0, 2.0]


# The user


def test_the_user_speaks_without_a_microphone() -> None:
    server = FakeServer()
    server.reply(message("It is noon.", seconds=2.0), pace=1.0)

    async def script(client: Client) -> None:
        transcription = {"audio": {"input": {"transcription": {"model": "any"}}}}
        await client.say({"type": "session.update", "session": {"type": "realtime", **transcription}})
        await anyio.sleep(1.0)
        await server.user_speaks("What time is it?", seconds=1.5)
        assert clock.now() == 2.5
        await anyio.sleep(5.0)

    client = talk(server, script)
    assert client.times("input_audio_buffer.speech_started") == [1.0]
    assert client.times("input_audio_buffer.speech_stopped") == client.times("response.created") == [2.5]
    completed = "conversation.item.input_audio_transcription.completed"
    assert client.times(completed) == [2.8], "in the middle of the reply"
    user, assistant = server.items
    assert (user.seconds, user.text) == (1.5, "What time is it?")
    assert assistant.text == "It is noon."


def test_deltas_may_continue_after_the_user_interrupts() -> None:
    server = FakeServer()
    server.reply(message("One two three.", seconds=10.0), pace=1.0)
    server.reply(message("Yes?"))

    async def script(client: Client) -> None:
        await client.say(CREATE)
        await anyio.sleep(2.0)
        await server.user_speaks("Stop.", cancel_after=0.35)
        await anyio.sleep(1.0)

    client = talk(server, script)
    assert client.times("input_audio_buffer.speech_started") == [2.0]
    assert client.times("response.done") == [2.35, 3.0]
    assert max(at for at in client.times(AUDIO_DELTA) if at < 3.0) == 2.3
    assert next(e for e in client.heard if e["type"] == "response.done")["response"]["status"] == "cancelled"
    assert server.items[0].wire["status"] == "incomplete"


def test_a_transcription_can_fail() -> None:
    server = FakeServer()
    server.reply(message("Pardon?"))

    async def script(client: Client) -> None:
        transcription = {"audio": {"input": {"transcription": {"model": "any"}}}}
        await client.say({"type": "session.update", "session": {"type": "realtime", **transcription}})
        await anyio.sleep(1.0)
        await server.user_speaks(None)
        await anyio.sleep(1.0)

    assert "conversation.item.input_audio_transcription.failed" in talk(server, script).kinds


def test_the_user_has_no_turn_where_turn_detection_is_off() -> None:
    server = FakeServer()

    async def script(client: Client) -> None:
        off = {"audio": {"input": {"turn_detection": None}}}
        await client.say({"type": "session.update", "session": {"type": "realtime", **off}})
        await server.wait_for("session.update")
        with pytest.raises(UsageError, match="turn detection off"):
            await server.user_speaks("Hello?")

    talk(server, script)


def test_it_keeps_the_audio_that_clients_send() -> None:
    server = FakeServer()

    async def script(client: Client) -> None:
        await client.say({"type": "input_audio_buffer.append", "audio": "AQACAAMA"})
        await client.say({"type": "input_audio_buffer.append", "audio": "BAAFAAYA"})
        await anyio.sleep(1.0)

    talk(server, script)
    assert server.heard.tolist() == [1, 2, 3, 4, 5, 6]


def test_waiting_for_a_client_event() -> None:
    server = FakeServer()
    server.reply(message("Hello."))

    async def answer_later(client: Client) -> None:
        for at in (1.0, 2.0):
            await anyio.sleep(1.0)
            await client.say({**CREATE, "event_id": f"at {at}"})

    async def script(client: Client) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(answer_later, client)
            assert (await server.wait_for("response.create", count=2))["event_id"] == "at 2.0"
            assert clock.now() == 2.0
            assert (await server.wait_for("response.create"))["event_id"] == "at 1.0"

    talk(server, script)


# Connections


def test_any_frame_can_be_injected() -> None:
    server = FakeServer()

    async def script(client: Client) -> None:
        server.inject({"type": "rate_limits.updated", "rate_limits": []})
        server.inject("garbage")
        await anyio.sleep(1.0)

    assert [frame for _, frame in talk(server, script).frames][1:] == [
        '{"type": "rate_limits.updated", "rate_limits": []}', "garbage",
    ]


def test_a_connection_can_be_closed_expire_and_break_off() -> None:
    server = FakeServer()

    async def main() -> None:
        async with server:
            transport = await server.connect(None, None)
            server.hang_up(4000, "enough")
            assert (await end_of(transport)).reason == "enough"
            transport = await server.connect(None, None)
            server.expire()
            assert (await end_of(transport)).code == 1001
            assert server.refused[-1]["code"] == "session_expired"
            transport = await server.connect(None, None)
            server.break_off()
            assert (await end_of(transport)).code is None

    run_virtual(main)
    assert len(server.connections) == 3


def test_a_new_connection_is_a_new_session_whose_ids_are_new() -> None:
    server = FakeServer()
    for _ in range(2):
        server.reply(message("Hello."))

    async def main() -> list[str]:
        ids = []
        async with server:
            for _ in range(2):
                transport = await server.connect(None, None)
                await transport.send(json.dumps(CREATE))
                await anyio.sleep(1.0)
                ids += [item.id for item in server.items]
                await transport.close()
        return ids

    assert run_virtual(main) == ["item_1", "item_2"]


def test_connections_can_be_refused() -> None:
    server = FakeServer()
    server.refuse_connections(1)

    async def main() -> None:
        async with server:
            with pytest.raises(ConnectionFailed, match="refused"):
                await server.connect(None, None)
            await server.connect(None, None)

    run_virtual(main)


def test_it_has_to_be_entered() -> None:
    async def main() -> None:
        server = FakeServer()
        with pytest.raises(UsageError, match="async with server"):
            await server.connect(None, None)
        with pytest.raises(UsageError, match="no client has connected"):
            server.inject("x")

    run_virtual(main)


def test_leaving_it_ends_its_connections() -> None:
    async def main() -> None:
        async with FakeServer() as server:
            transport = await server.connect(None, None)
            await transport.receive()
        with pytest.raises(ConnectionLost):
            await transport.receive()

    run_virtual(main)


def test_what_the_block_raises_comes_out_as_it_is() -> None:
    async def main() -> None:
        with pytest.raises(KeyError, match="mine"):
            async with FakeServer() as server:
                await server.connect(None, None)
                raise KeyError("mine")
        with anyio.move_on_after(1.0) as scope:
            async with FakeServer() as server:
                await server.connect(None, None)
                await anyio.sleep_forever()
        assert scope.cancelled_caught

    run_virtual(main)


def test_the_same_talk_is_the_same_to_the_byte_and_takes_no_time() -> None:
    first, second = two_minutes(), two_minutes()
    assert first == second
    assert len(first) > 4 * 300
    assert first[-1][0] > 100.0


def two_minutes() -> list[tuple[float, str | bytes]]:
    """The frames of a long talk, and when they came."""
    server = FakeServer()
    for _ in range(4):
        server.reply(message("Word " * 60, seconds=30.0), pace=2.0)

    async def script(client: Client) -> None:
        for _ in range(4):
            await client.say(CREATE)
            await anyio.sleep(30.0)

    return talk(server, script).frames


def test_waiting_has_a_limit_and_says_what_came() -> None:
    server = FakeServer()

    async def script(client: Client) -> None:
        await client.say({"type": "input_audio_buffer.clear"})
        with pytest.raises(TimeoutError, match=r"1 of 'response.create' did not come within 5 s; .*buffer\.clear$"):
            await server.wait_for("response.create", timeout=5.0)
        assert clock.now() == 5.0

    talk(server, script)


def test_the_user_waits_for_a_client_and_not_for_ever() -> None:
    async def main() -> float:
        server = FakeServer()
        async with server, anyio.create_task_group() as tasks:
            tasks.start_soon(server.user_speaks, "Hello.")
            await anyio.sleep(5.0)
            async with connect(endpoint=server, speaker=None, microphone=None) as session:
                await anext(session.events(UserSpeechStopped))
            with pytest.raises(TimeoutError, match="no client was connected to the FakeServer within 60 s"):
                await server.user_speaks("Hello?")
        return clock.now()

    assert run_virtual(main) > 65.0


def test_after_hang_up_the_session_finds_out_and_the_user_speaks_on_the_next_connection() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Here again."))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            server.hang_up(1001)
            assert server.connections[0].over
            lost = await anext(session.events(Disconnected))
            assert lost.code == 1001
            await server.user_speaks("Hello?")
            await session.drained()
            assert len(server.connections) == 2
            assert_heard(session, "Here again.")

    run_virtual(main)
