"""The newer fields of sessions and items, which published clients type, are accepted as they are."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import kinds, new_session, refusal, respond, speak, truncate, update

SECRETLESS: dict[str, Any] = {"type": "mcp", "server_label": "docs", "server_url": "https://docs.test/mcp"}


def at(session: dict[str, Any], *path: str) -> Any:
    value: Any = session
    for name in path:
        value = value[name]
    return value


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"audio": {"output": {"voice": {"id": "voice_1"}}}}, ("audio", "output", "voice")),
        ({"audio": {"input": {"noise_reduction": {"type": "far_field", "strength": 0.5}}}},
         ("audio", "input", "noise_reduction")),
        ({"truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 9}}},
         ("truncation",)),
        ({"tool_choice": {"type": "function", "name": "search"}}, ("tool_choice",)),
        ({"tool_choice": {"type": "mcp", "server_label": "docs", "name": "search"}}, ("tool_choice",)),
        ({"prompt": {"id": "pmpt_1", "version": "2", "variables": {"name": "Ada"}}}, ("prompt",)),
        ({"include": ["item.input_audio_transcription.logprobs"]}, ("include",)),
        ({"tools": [{**SECRETLESS, "allowed_tools": ["search"], "require_approval": "never"}]}, ("tools",)),
        ({"tools": [{**SECRETLESS, "require_approval": {"never": {"tool_names": ["search"]}}}]}, ("tools",)),
        ({"tools": [{"type": "mcp", "server_label": "mail", "connector_id": "connector_gmail"}]}, ("tools",)),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_field_of_the_session(fields: dict[str, Any], path: tuple[str, ...]) -> None:
    session = new_session()
    [updated, *_] = session.receive(update(**fields))
    assert updated["type"] == "session.updated"
    assert at(updated["session"], *path) == at(fields, *path)


def test_the_hints_of_a_transcription() -> None:
    hints = {"model": "gpt-transcribe", "languages": ["en", "de"], "keywords": ["Opus"], "delay": "low"}
    [updated] = new_session().receive(update(audio={"input": {"transcription": hints}}))
    assert updated["session"]["audio"]["input"]["transcription"] == {"language": None, "prompt": None, **hints}


@pytest.mark.parametrize(
    "item",
    [
        {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Hello."}]},
        {"type": "mcp_list_tools", "server_label": "docs", "tools": [{"name": "search", "input_schema": {}}]},
        {"type": "mcp_call", "server_label": "docs", "name": "search", "arguments": "{}", "output": "found"},
        {"type": "mcp_approval_request", "server_label": "docs", "name": "search", "arguments": "{}"},
    ],
    ids=lambda item: item["type"],
)
def test_an_item_of_the_history(item: dict[str, Any]) -> None:
    session = new_session()
    added, done = session.receive({"type": "conversation.item.create", "item": item})
    assert kinds([added, done]) == ["conversation.item.added", "conversation.item.done"]
    assert {name: value for name, value in done["item"].items() if name in item} == item
    assert [held.wire["type"] for held in session.conversation] == [item["type"]]


def test_a_given_transcript_is_what_the_model_reads() -> None:
    session = new_session()
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Hello."}]}
    session.receive({"type": "conversation.item.create", "item": item})
    request = session.request(respond(session))
    assert request.items[0]["content"] == [{"type": "output_audio", "transcript": "Hello."}]


def test_truncating_past_the_end_is_an_error_and_a_truncation_at_the_end() -> None:
    session = new_session()
    response_id = respond(session)
    item_id = speak(session, response_id, "Hello there.", 1.0)[0]["item"]["id"]
    session.finish(response_id)
    error, truncated = session.receive(truncate(item_id, 5000))
    assert refusal([error])["message"] == "Audio content of 1000ms is already shorter than 5000ms"
    assert (truncated["type"], truncated["audio_end_ms"]) == ("conversation.item.truncated", 1000)
