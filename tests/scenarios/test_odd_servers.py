"""Servers with one deviation each: the session continues, valid audio is heard, the deviation is reported at most once.

All of them are compatible servers, proxies or bad days of real ones.
"""

from __future__ import annotations

import asyncio
import io
import json
import math
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from rich.console import Console

from realtime_sdk import ProtocolViolation, ServerError, UserTranscript, connect
from realtime_sdk.cli._stop import Stop
from realtime_sdk.cli.commands._talk import Options, run_talk
from realtime_sdk.cli.display._display import Display
from realtime_sdk.testing import (
    FakeServer,
    Only,
    Tamper,
    VirtualSpeaker,
    call,
    changed,
    drop,
    message,
    run_virtual,
    twice,
    without,
)

from ..cli.scripted_speech_input import ScriptedSpeechInput
from .odd_talk import PATIENCE, hold, of_response, rewritten

Event = dict[str, Any]

CREATED, DONE = "response.created", "response.done"


def renamed(event: Any, prefix: str, new: str) -> Any:
    """Give every id that begins with `prefix` the same name."""
    if isinstance(event, dict):
        return {key: renamed(value, prefix, new) for key, value in event.items()}
    if isinstance(event, list):
        return [renamed(value, prefix, new) for value in event]
    return new if isinstance(event, str) and event.startswith(prefix) else event


# Ids


def another(event: Event) -> Iterable[Event]:
    """Begin and end another response behind the end of one."""
    response = {**event["response"], "id": "another", "output": []}
    created = {"type": CREATED, "response": {**response, "status": "in_progress"}}
    return (event, created, {"type": DONE, "response": response})


def test_a_second_response_to_a_request_does_not_disturb_the_conversation() -> None:
    nameless = of_response(metadata=None, conversation_id=None)
    hold((CREATED, nameless), (DONE, nameless), (DONE, Only(1, another))).goes_on()


def test_a_server_may_reuse_one_response_id_for_all_responses() -> None:
    hold(("*", rewritten(lambda event: renamed(event, "resp_", "resp_1")))).goes_on(oddities=2)


def test_a_server_may_reuse_one_item_id_for_all_messages() -> None:
    talk = hold(("*", rewritten(lambda event: renamed(event, "item_", "item_1"))))
    talk.goes_on(oddities=2)
    assert talk.turns[0].item is not talk.turns[1].item


@pytest.mark.parametrize("by_voice", [False, True])
@pytest.mark.parametrize("echo", [True, False], ids=["with metadata", "without metadata"])
def test_responses_may_lack_a_conversation_id(by_voice: bool, echo: bool) -> None:
    fields: Event = {"conversation_id": None} if echo else {"conversation_id": None, "metadata": None}
    talk = hold((CREATED, of_response(**fields)), (DONE, of_response(**fields)), by_voice=by_voice)
    talk.goes_on(oddities=0)


def other_ids(event: Event) -> Iterable[Event]:
    """Name the items of a response otherwise at its end."""
    output = [{**item, "id": f"other_{item['id']}"} for item in event["response"]["output"]]
    return ({**event, "response": {**event["response"], "output": output}},)


def other_id(event: Event) -> Iterable[Event]:
    return ({**event, "item": {**event["item"], "id": f"other_{event['item']['id']}"}},)


def test_a_message_under_another_id_at_the_end_of_its_response_is_the_same_message() -> None:
    talk = hold((DONE, other_ids))
    talk.goes_on(oddities=2)
    assert [turn.response.items for turn in talk.turns] == [[turn.item] for turn in talk.turns]
    assert [item["text"] for item in talk.history if item["type"] == "message"] == ["One.", "Two."]


# What a session and a response say of themselves

ODD_SESSIONS: dict[str, Event] = {
    "audio": {"audio": "pcm16"},
    "input": {"audio": {"input": "pcm16"}},
    "turn detection": {"audio": {"input": {"turn_detection": "server_vad"}}},
    "turn detection is a list": {"audio": {"input": {"turn_detection": ["server_vad"]}}},
    "no rate": {"audio": {"output": {"format": {"type": "audio/pcm", "rate": None}}}},
    "a rate that is no number": {"audio": {"output": {"format": {"type": "audio/pcm", "rate": math.nan}}}},
    "a rate that is a word": {"audio": {"input": {"format": {"type": "audio/pcm", "rate": "high"}}}},
    "a format of lists": {"audio": {"output": {"format": {"type": ["audio/pcm"], "rate": [24_000]}}}},
    "a format that is a word": {"audio": {"output": {"format": "pcm16"}}},
    "odd words": {"instructions": 7, "tools": "none", "output_modalities": "audio", "expires_at": "soon"},
}


@pytest.mark.parametrize("by_voice", [False, True], ids=["asked", "by voice"])
@pytest.mark.parametrize("session", ODD_SESSIONS.values(), ids=ODD_SESSIONS)
def test_a_session_with_malformed_fields(session: Event, by_voice: bool) -> None:
    hold(("session.created", changed(session=session)), by_voice=by_voice).goes_on()


@pytest.mark.parametrize("session", ODD_SESSIONS.values(), ids=ODD_SESSIONS)
def test_a_confirmation_with_malformed_fields(session: Event) -> None:
    hold(("session.updated", changed(session=session)), instructions="Be brief.").goes_on()


@pytest.mark.parametrize("session", ["realtime", None, [], 7])
def test_a_session_that_is_no_object(session: Any) -> None:
    hold(("session.created", changed(session=session))).goes_on()


@pytest.mark.parametrize("tag", [[1], {"a": 1}, 7, None], ids=repr)
def test_a_malformed_tag_in_the_metadata(tag: Any) -> None:
    hold((CREATED, of_response(metadata={"realtime_sdk": tag}))).goes_on(oddities=2)


@pytest.mark.parametrize("metadata", [[1], "none", 7, None], ids=repr)
def test_metadata_that_is_no_object(metadata: Any) -> None:
    hold((CREATED, of_response(metadata=metadata))).goes_on(oddities=2)


ODD_DETAILS = ["rate limited", {"error": "rate limited"}, {"error": [1]}, {"error": {"code": [1]}}, [], 7]


@pytest.mark.parametrize("details", ODD_DETAILS, ids=repr)
def test_a_failed_response_with_malformed_details(details: Any) -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper(DONE, Only(1, of_response(status_details=details)))
        server.reply(status="failed", error={"type": "server_error", "code": "rate_limited"})
        server.reply(message("Now.", seconds=1.0))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            failed = await (await session.respond()).done()
            assert failed.status == "failed"
            (playout,) = await (await session.respond()).played()
            assert playout.transcript == "Now."

    run_virtual(main)


@pytest.mark.parametrize("details", ODD_DETAILS, ids=repr)
def test_the_command_shows_a_failed_response_with_malformed_details(
    details: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime_sdk.cli.session._device_choice.list_devices", list)  # as on a machine without devices
    server, shown = FakeServer(ears=partial(ScriptedSpeechInput, iter(["What time is it?"]))), io.StringIO()
    server.tamper(DONE, Only(1, of_response(status_details=details)))
    server.reply(status="failed", error={"type": "server_error", "code": "rate_limited"})

    async def main() -> None:
        async with server:
            display = Display(Console(file=shown, width=80))
            await run_talk(Options(endpoint=server, output=tmp_path / "talk"), display, Stop())

    run_virtual(main)
    assert "What time is it?" in shown.getvalue()


# The end of a response


def huge(event: Event) -> Iterable[str]:
    return (json.dumps(event)[:-1] + ',"x":' + "9" * 5000 + "}",)


def without_id(event: Event) -> Iterable[Event]:
    return ({**event, "response": {key: value for key, value in event["response"].items() if key != "id"}},)


def with_half_a_letter(event: Event) -> Iterable[Event]:
    return ({**event, "metadata": {"note": "hi \ud83d"}},)


ENDS: dict[str, Tamper] = {
    "lost": drop,
    "without id": without_id,
    "id is null": of_response(id=None),
    "no response": without("response"),
    "a word": changed(response="completed"),
    "cut": lambda event: (json.dumps(event)[:60],),
    "a number of 5000 digits": huge,
    "half a letter": with_half_a_letter,
    "no status": of_response(status=None),
    "odd output": of_response(output={"item_1": 7}, usage="none"),
}


@pytest.mark.parametrize("fault", ENDS.values(), ids=ENDS)
def test_a_malformed_response_done_does_not_stop_the_conversation(fault: Tamper) -> None:
    hold((DONE, Only(1, fault))).goes_on()


@pytest.mark.parametrize("fault", ENDS.values(), ids=ENDS)
def test_a_conversation_survives_if_every_response_done_is_malformed(fault: Tamper) -> None:
    hold((DONE, fault)).goes_on(oddities=2)


def late_item(event: Event) -> Iterable[Event]:
    """Add an item to a response behind its end."""
    item = {"id": "late", "type": "message", "role": "assistant", "content": []}
    added = {"type": "response.output_item.added", "response_id": event["response"]["id"], "output_index": 1}
    return (event, {**added, "item": item})


def test_an_item_added_after_response_done_changes_nothing() -> None:
    hold((DONE, Only(1, late_item))).goes_on()


# Messages


def test_audio_of_an_unannounced_item_is_played() -> None:
    hold(("response.output_item.added", drop), ("conversation.item.added", drop)).goes_on(oddities=2)


def test_audio_is_played_without_any_event_of_its_item() -> None:
    unsaid = ("response.output_item.*", "conversation.item.*", "response.content_part.*")
    hold(*((pattern, drop) for pattern in unsaid)).goes_on(oddities=2)


def whole_text_first(text: str) -> Tamper:
    """Send a transcript's end ahead of the first sound."""
    done = {"type": "response.output_audio_transcript.done", "delta": None, "transcript": text}
    return Only(1, lambda event: ({**event, **done}, event))


def halves(event: Event) -> Iterable[Event]:
    """Cut a delta of one letter in the middle of it, as a server does that counts UTF-16."""
    pair = event["delta"].strip().encode("utf-16-be", "surrogatepass")
    return tuple({**event, "delta": pair[at : at + 2].decode("utf-16-be", "surrogatepass")} for at in (0, 2))


TRANSCRIPT = "response.output_audio_transcript.delta"

DELTAS: dict[str, tuple[str, Tamper]] = {
    "lost": ("Hello over there!", Only(2, drop)),
    "twice": ("Hello over there!", Only(2, twice)),
    "the first lost": ("Hello over there!", Only(1, drop)),
    "all lost": ("Hello over there!", drop),
    "cut in the middle of a letter": ("\U0001f600 well done.", Only(1, halves)),
}


@pytest.mark.parametrize(("text", "fault"), DELTAS.values(), ids=DELTAS)
def test_the_final_transcript_replaces_the_deltas(text: str, fault: Tamper) -> None:
    server = FakeServer()
    server.reply(message(text, seconds=1.0, text_spread=0.0))
    faults = ((TRANSCRIPT, fault), ("response.output_audio.delta", whole_text_first(text)))
    talk = hold(*faults, server=server, texts=(text,))
    assert talk.turns[0].item.transcript == text
    talk.goes_on(oddities=2)


# Calls


def run_calls(*faults: tuple[str, Tamper]) -> tuple[list[int], list[str], list[Any]]:
    """Let the model call a function; gives the arguments it was run with, the outputs' calls, and what was reported."""
    server, runs, events = FakeServer(), [], []

    async def transfer(amount: int) -> str:
        """Transfer money."""
        runs.append(amount)
        return "done"

    async def main() -> None:
        connecting = connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, tools=[transfer])
        async with server, connecting as session:
            async with asyncio.timeout(PATIENCE):
                await (await session.respond()).done()
            await anyio.sleep(5.0)
        events.extend([event async for event in session.events() if isinstance(event, ProtocolViolation | ServerError)])

    for pattern, tamper in faults:
        server.tamper(pattern, tamper)
    server.reply(call("transfer", {"amount": 100}))
    server.reply(message("Done.", seconds=1.0))
    run_virtual(main)
    created = [event["item"] for event in server.received if event["type"] == "conversation.item.create"]
    return runs, [item["call_id"] for item in created if item["type"] == "function_call_output"], events


def no_arguments(event: Event) -> Iterable[Event]:
    item = {**event["item"], "arguments": ""}
    return ({**event, "item": item},)


def no_arguments_at_the_end(event: Event) -> Iterable[Event]:
    output = [{**item, "arguments": ""} for item in event["response"]["output"]]
    return ({**event, "response": {**event["response"], "output": output}},)


CALLS: dict[str, tuple[tuple[str, Tamper], ...]] = {
    "arguments in their end alone": (
        ("response.function_call_arguments.delta", drop),
        ("*item.done", no_arguments),
        (DONE, no_arguments_at_the_end),
    ),
    "another item id at the end": ((DONE, other_ids),),
    "another item id in both ends": ((DONE, other_ids), ("response.output_item.done", other_id)),
    "each event twice": (("response.output_item.*", twice), ("response.function_call_arguments.done", twice)),
    "the end of the response twice": ((DONE, twice),),
}


@pytest.mark.parametrize("faults", CALLS.values(), ids=CALLS)
def test_a_call_runs_once_with_its_arguments(faults: tuple[tuple[str, Tamper], ...]) -> None:
    runs, outputs, reported = run_calls(*faults)
    assert runs == [100]
    assert len(outputs) == 1
    assert len(reported) <= 2


# The conversation


def test_the_final_transcript_of_the_user_is_final_once() -> None:
    talk = hold(
        ("conversation.item.input_audio_transcription.completed", twice), by_voice=True,
        transcription={"model": "gpt-transcribe"},
    )  # fmt: skip
    talk.goes_on(oddities=2)
    final = [event.text for event in talk.emitted(UserTranscript) if event.final]
    assert final == ["Well?", "Well?"], "one for each of two turns"


def nameless_item(event: Event) -> Iterable[Event]:
    """Announce an item without its id."""
    item = {name: value for name, value in event["item"].items() if name != "id"}
    return ({**event, "item": item},)


def test_what_the_user_says_is_shown_though_the_server_names_none_of_it() -> None:
    unnamed = ("input_audio_buffer.*", "conversation.item.input_audio_transcription.*")
    talk = hold(
        *((pattern, without("item_id")) for pattern in unnamed),
        *((kind, nameless_item) for kind in ("conversation.item.added", "conversation.item.done")),
        by_voice=True, transcription={"model": "gpt-transcribe"},
    )  # fmt: skip
    talk.goes_on(oddities=2)
    final = [event.text for event in talk.emitted(UserTranscript) if event.final]
    assert final == ["Well?", "Well?"]
    said = [(item["role"], item["text"]) for item in talk.history]
    assert said == [("user", "Well?"), ("assistant", "One."), ("user", "Well?"), ("assistant", "Two.")]


@pytest.mark.parametrize("previous", [None, "root"])
def test_an_item_added_without_a_predecessor_is_the_first(previous: str | None) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            for text in ("One.", "Two."):
                await session.send_text(text, respond=False)
            await anyio.sleep(1.0)
            item = {"id": "first", "type": "message", "role": "system", "content": []}
            server.inject({"type": "conversation.item.added", "previous_item_id": previous, "item": item})
            # Where an item is done says nothing of its place: the service leaves it out.
            last = {"id": session.conversation.export()["items"][-1]["id"], "type": "message", "role": "user"}
            server.inject({"type": "conversation.item.done", "previous_item_id": None, "item": last})
            await anyio.sleep(1.0)
            order = [entry["id"] for entry in session.conversation.export()["items"]]
            assert order == ["first", *(held.id for held in server.items)]

    run_virtual(main)
