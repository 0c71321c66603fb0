"""What endpoints stream, and what is said and called of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.local._chat_answer import NO_ANSWER, Answer, AnswerBroken, Thoughts
from realtime_sdk.local._responder import TextOutput
from realtime_sdk.server._backend import Call, Message, Text, UnfinishedResponse

DONE = {"finish_reason": "stop"}


def read(*choices: dict[str, Any]) -> list[TextOutput]:
    answer = Answer()
    return [output for choice in choices for output in answer.push(choice)] + list(answer.end())


def said(outputs: Sequence[TextOutput]) -> str:
    return "".join(output.delta for output in outputs if isinstance(output, Text))


def content(text: str) -> dict[str, Any]:
    return {"delta": {"content": text}}


def calls(*pieces: dict[str, Any]) -> dict[str, Any]:
    return {"delta": {"tool_calls": list(pieces)}}


def piece(name: str | None, arguments: object, index: int | None = 0, id: str | None = None) -> dict[str, Any]:
    given = {"index": index, "id": id, "function": {"name": name, "arguments": arguments}}
    return {key: value for key, value in given.items() if value is not None}


def test_a_model_that_thinks_aloud_is_heard_with_its_answer_only() -> None:
    thought = [content("<think>\nThe user asks about the sea.\n</think>\n\nIt is calm."), DONE]
    assert read(*thought) == [Message(), Text("It is calm.")]


@given(st.data())
def test_thoughts_are_left_out_however_they_are_cut(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(["It is 1 < 2. ", "<b>", "a", "<", "<th", "</p>"]), max_size=5))
    thoughts = data.draw(st.lists(st.sampled_from(["", "so", "1 < 2", "</b>", "<"]), min_size=1, max_size=3))
    whole = "".join(f"{part}<think>{thought}</think>" for part, thought in zip(parts, thoughts * 5, strict=False))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    filter = Thoughts()
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert "".join([filter.push(piece) for piece in pieces]) + filter.end() == "".join(parts)


def test_a_text_without_thoughts_is_not_held_back() -> None:
    filter = Thoughts()
    assert [filter.push(text) for text in ("1 <", " 2", " <th", "e>")] == ["1 ", "< 2", " ", "<the>"]


def test_a_thought_that_never_ends_is_never_said() -> None:
    assert said(read(content("<think>What is"), content(" this?"), DONE)) == NO_ANSWER


def test_a_thought_that_was_opened_in_the_prompt_is_held_back_once_that_is_known() -> None:
    first = Answer()
    list(first.push(content("The user greets.</think>Hello.")))
    list(first.push(DONE))
    list(first.end())
    assert first.has_unopened_thoughts
    later = Answer(unopened=True)
    outputs = [output for piece in ("They ag", "ain.</th", "ink>\n\nHi", "!") for output in later.push(content(piece))]
    assert said(outputs) == "Hi!"
    assert later.has_unopened_thoughts


def test_what_was_held_back_as_a_thought_and_was_none_is_said() -> None:
    answer = Answer(unopened=True)
    outputs = [*answer.push(content("It is ")), *answer.push(content("calm. <")), *answer.push(DONE), *answer.end()]
    assert said(outputs) == "It is calm. <"
    assert not answer.has_unopened_thoughts
    assert Thoughts(unopened=True).push("It is <think>so</think>calm.") == "It is calm."


def test_parts_that_are_thoughts_are_not_said() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Calm."}]
    assert read({"delta": {"content": parts}}, {"delta": None}, {"delta": {"tool_calls": [None]}}, DONE) == [
        Message(), Text("Calm."),
    ]


def test_an_answer_without_words_and_calls_is_told() -> None:
    assert read(content(" \n"), DONE) == [Message(), Text(NO_ANSWER)]


@pytest.mark.parametrize("choices", [
    # whole, all with the index 0, as Ollama streams them; with ids, and without
    [calls(piece("a", '{"x":1}', id="1")), calls(piece("b", "{}", id="2")), calls(piece("a", '{"x":2}', id="3"))],
    [calls(piece("a", '{"x":1}'), piece("b", "{}"), piece("a", '{"x":2}'))],
    [calls(piece("a", '{"x":1}', None), piece("b", "{}", None), piece("a", '{"x":2}', None))],
    # objects
    [calls(piece("a", {"x": 1}), piece("b", {}), piece("a", {"x": 2}))],
    # in pieces, as OpenAI and llama.cpp stream them, also entwined
    [calls(piece("a", "", 0, "1")), calls(piece(None, '{"x":')), calls(piece(None, "1}")),
     calls(piece("b", "", 1, "2")), calls(piece("a", "", 2, "3")), calls(piece(None, '{"x":', 2)),
     calls(piece(None, "{}", 1)), calls(piece(None, "2}", 2))],
    # each piece with the id and the name
    [calls(piece("a", '{"x":', 0, "1")), calls(piece("a", "1}", 0, "1")), calls(piece("b", "{}", 1, "2")),
     calls(piece("a", '{"x":2}', 2, "3"))],
    # in an answer that is not streamed
    [{"message": {"content": None, "tool_calls": [piece("a", {"x": 1}), piece("b", None), piece("a", {"x": 2})]}}],
])
def test_several_calls_are_made_however_they_come(choices: list[dict[str, Any]]) -> None:
    outputs = read(*choices, {"delta": {}, "finish_reason": "tool_calls"}, DONE)
    made = [(output.name, json.loads(output.arguments)) for output in outputs if isinstance(output, Call)]
    assert made == [("a", {"x": 1}), ("b", {}), ("a", {"x": 2})]
    assert len(outputs) == 3


@pytest.mark.parametrize(("finish_reason", "reason"), [
    ("length", "max_output_tokens"), ("content_filter", "content_filter"),
])
def test_an_answer_that_was_cut_short_is_incomplete(finish_reason: str, reason: str) -> None:
    with pytest.raises(UnfinishedResponse) as end:
        read(content("It is"), calls(piece("a", '{"x":')), {"delta": {}, "finish_reason": finish_reason}, DONE)
    assert (end.value.status, end.value.details) == ("incomplete", {"reason": reason})


def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    with pytest.raises(AnswerBroken):
        read(content("It is"))
