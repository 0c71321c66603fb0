"""A session is configured before it is entered, or says why not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import ServerRefused, Session, UsageError, connect
from realtime_sdk.testing import FakeServer, Only, VirtualMicrophone, VirtualSpeaker, drop, late, run_virtual

from .observing import errors, is_answered, sent, talk
from .watch import Watch, WatchedMicrophone, WatchedSpeaker

pytestmark = pytest.mark.usefixtures("unguarded")


# A misspelt field

MISSPELT = {
    "instruction": "instructions", "voices": "voice", "turndetection": "turn_detection", "mic": "microphone",
    "speakers": "speaker", "api_keys": "api_key", "barge": "barge_in", "transcript": "transcription",
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "right"), MISSPELT.items())
def test_connect_refuses_a_misspelt_field_and_names_the_nearest(wrong: str, right: str) -> None:
    server = FakeServer()
    misspelt: Any = {wrong: None}
    with pytest.raises(UsageError, match=f"connect.*'{wrong}'.*'{right}'"):
        connect(endpoint=server, **misspelt)
    assert server.connections == []


def test_update_and_respond_refuse_a_misspelt_field_before_anything_is_sent() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            loosely: Any = session
            with pytest.raises(UsageError, match=r"update.*'instruction'.*'instructions'"):
                await loosely.update(instruction="Be brief.")
            with pytest.raises(UsageError, match=r"respond.*'output_modality'.*'output_modalities'"):
                await loosely.respond(output_modality=["text"])
            assert server.received == []
            assert await is_answered(server, session)

    run_virtual(main)


def test_a_field_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(UsageError, match=r"no field 'xyzzy'; extra_fields=") as refusal:
        connect(endpoint=FakeServer(), xyzzy=1)  # type: ignore[call-arg]
    assert "did you mean" not in str(refusal.value)


# A configuration that the server refuses


def test_a_refused_configuration_comes_out_of_connect() -> None:
    async def main() -> None:
        server, speaker, microphone = FakeServer(), VirtualSpeaker(), VirtualMicrophone()
        entered = False
        async with server:
            began = anyio.current_time()
            with pytest.raises(ServerRefused) as refusal:
                refused: Any = {"output_modalities": ["smell"]}
                async with connect(endpoint=server, speaker=speaker, microphone=microphone, **refused):
                    entered = True
            assert anyio.current_time() - began < 1.0
            assert refusal.value.param is not None and "output_modalities" in refusal.value.param
            await anyio.sleep(1.0)
            assert server.connections[-1].over
        assert not entered
        assert sent(server, "input_audio_buffer.append") == []

    run_virtual(main)


def test_everything_is_closed_where_the_configuration_is_refused() -> None:
    async def main() -> None:
        watch = Watch()
        watch.server.tamper("session.updated", refused)
        async with watch.server:
            with pytest.raises(ServerRefused, match="no such voice"):
                async with connect(
                    endpoint=watch.server, speaker=WatchedSpeaker(watch), microphone=WatchedMicrophone(watch),
                    voice="none",
                ):
                    pass
            watch.check()

    run_virtual(main)


def refused(event: dict[str, Any]) -> tuple[dict[str, Any]]:
    error = {"type": "invalid_request_error", "code": "invalid_value", "message": "there is no such voice"}
    return ({"type": "error", "error": {**error, "param": "session.audio.output.voice", "event_id": None}},)


# A server that does not say


def test_a_session_whose_configuration_is_not_confirmed_begins_after_two_seconds_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("session.updated", drop)
        async with server:
            began = anyio.current_time()
            async with talk(server, instructions="Be brief.") as session:
                assert anyio.current_time() - began == approx(2.0)
                assert await is_answered(server, session)
        assert await errors(session) == []

    with caplog.at_level(logging.WARNING, "realtime_sdk"):
        run_virtual(main)
    assert [record.getMessage() for record in caplog.records] == [
        "sess_1: the server has not confirmed the configuration in 2 s: going on"
    ]


def test_a_refusal_that_comes_after_two_seconds_is_a_server_error() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("session.updated", refused_late)
        async with server, talk(server, instructions="Be brief.") as session:
            await anyio.sleep(3.0)
            assert await is_answered(server, session)
        assert await errors(session) == ["invalid_value"]

    run_virtual(main)


def refused_late(event: dict[str, Any]) -> Any:
    return [*late(4.0)(event)][:1] + list(refused(event))


def test_a_confirmation_that_is_never_given_is_no_error_and_keeps_no_update_waiting() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("session.updated", Only(1, drop))
        async with server, talk(server, instructions="Be brief.") as session:
            await anyio.sleep(60.0)
            assert (await session.update(instructions="Be long."))["instructions"] == "Be long."
            assert await is_answered(server, session)
        assert await errors(session) == []

    run_virtual(main)


def test_a_session_without_fields_waits_for_nothing() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server:
            began = anyio.current_time()
            async with talk(server):
                assert anyio.current_time() == began
        assert sent(server, "session.update") == []

    run_virtual(main)


# In mid-session

CHANGES: dict[str, Callable[[Session], Any]] = {
    "input": lambda session: session.update(input_format="audio/pcmu"),
    "output": lambda session: session.update(output_format="audio/pcmu"),
    "nested": lambda session: session.update(audio={"input": {"format": {"type": "audio/pcma"}}}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_formats_of_sound_cannot_change_in_mid_session(change: Callable[[Session], Any]) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            with pytest.raises(UsageError, match="audio formats are chosen when the session is opened"):
                await change(session)
            assert sent(server, "session.update") == []
            assert await is_answered(server, session)

    run_virtual(main)
