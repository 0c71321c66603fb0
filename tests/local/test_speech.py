"""Speech: text cut into clauses, the words of each ahead of its audio."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.local._responder import TextOutput
from realtime_sdk.local._speech import DELTA_FRAMES, Clauses, speak, words, write
from realtime_sdk.server._backend import Audio, Call, Message, Output, Text


class Clicks:
    """An engine that speaks 0.1 s for each character, and knows what it was asked to speak."""

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def synthesise(self, text: str) -> Pcm:
        self.spoken.append(text)
        return np.full(to_frames(0.1) * len(text), len(self.spoken), np.int16)


async def answering(*outputs: TextOutput) -> AsyncGenerator[TextOutput]:
    for output in outputs:
        yield output


async def spoken(*outputs: TextOutput) -> list[Output]:
    return [output async for output in speak(answering(*outputs), Clicks())]


def clauses(*deltas: str) -> list[str]:
    cutter = Clauses()
    return [clause for delta in deltas for clause in cutter.push(delta)] + list(cutter.end())


@given(st.lists(st.text(alphabet="ab .,!?:;—\n。’\"X1", max_size=90), max_size=8))  # noqa: RUF001
def test_clauses_joined_are_the_text_however_it_arrived(deltas: list[str]) -> None:
    cut = clauses(*deltas)
    assert "".join(cut) == "".join(deltas)
    assert all(cut)


@given(st.text(alphabet="ab .,\n", max_size=300))
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


@pytest.mark.parametrize(("text", "cut"), [
    ("Hello. How are you?", ["Hello. ", "How are you?"]),
    ("One.  Two!\nThree… Four", ["One.  ", "Two!\n", "Three… ", "Four"]),
    ('"Stop!" he said. "Why?"', ['"Stop!" ', "he said. ", '"Why?"']),
    ("It is 3.14 or so. Yes.", ["It is 3.14 or so. ", "Yes."]),
    ("Dr. Smith met Mrs. Jones, e.g. here. So what?", ["Dr. Smith met Mrs. Jones, e.g. here. ", "So what?"]),
    ("今日は。元気ですか?", ["今日は。", "元気ですか?"]),
    ("", []),
])
def test_text_is_cut_at_the_end_of_sentences(text: str, cut: list[str]) -> None:
    assert clauses(text) == cut
    assert clauses(*text) == cut  # letter by letter


def test_a_long_sentence_is_cut_at_a_comma_so_that_its_audio_can_begin() -> None:
    half = "and the sea was calm " * 6
    assert clauses(f"{half.strip()}, {half}and so on.") == [f"{half.strip()}, ", f"{half}and so on."]


def test_a_sentence_without_an_end_is_cut_at_a_space() -> None:
    assert max(map(len, clauses("word " * 1000))) <= 250


def test_the_words_of_a_clause_come_before_its_audio_and_the_next_clause_after_it() -> None:
    outputs = asyncio.run(spoken(Message("final_answer"), Text("Yes sir. No.")))
    kinds = [output.delta if isinstance(output, Text) else type(output).__name__ for output in outputs]
    assert kinds == ["Message", "Yes", " sir. ", *["Audio"] * 5, "No.", *["Audio"] * 2]


def test_audio_comes_in_pieces_of_200_ms() -> None:
    frames = [len(output.pcm) for output in asyncio.run(spoken(Message(), Text("Hello"))) if isinstance(output, Audio)]
    assert frames == [DELTA_FRAMES, DELTA_FRAMES, DELTA_FRAMES // 2]


def test_a_clause_never_reaches_over_messages_and_calls() -> None:
    said: list[TextOutput] = [Message("commentary"), Text("One"), Message("final_answer"), Text("two")]
    answer = [*said, Call("f", "{}"), Message(), Text("3")]
    outputs = asyncio.run(spoken(*answer))
    assert [output for output in outputs if not isinstance(output, Audio)] == answer
    assert isinstance(outputs[outputs.index(Message("final_answer")) - 1], Audio)


@pytest.mark.parametrize(("written", "clauses"), [
    ("**Yes**. …\n# No.", ["Yes. ", "…\n", "No."]),
    ("It is *very* _calm_, `really`.", ["It is very calm, really."]),
    ("- Bread\n- 2 * 3 eggs\n", ["Bread\n", "2 * 3 eggs\n"]),
    ("See [our page](https://a.example/b?c=d_e) or ![a map](map.png), [1] (x).", ["See our page or a map, [1] (x)."]),
    ("> Quoted.\n---\n|a|b|\n|---|:--|\n5 - 3", ["Quoted.\n", "\n", "ab\n", "\n", "5 - 3"]),
    ("Fine \U0001f600\u2600\ufe0f.", ["Fine."]),
    ("The tool snake_case_name takes -5 or ~5.", ["The tool snake_case_name takes -5 or ~5."]),
])
def test_the_words_are_what_is_spoken_without_markup(written: str, clauses: list[str]) -> None:
    engine = Clicks()

    async def main() -> list[Output]:
        return [output async for output in speak(answering(Message(), Text(written)), engine)]

    shown = "".join(output.delta for output in asyncio.run(main()) if isinstance(output, Text))
    assert shown == "".join(clauses)
    assert engine.spoken == [clause for clause in clauses if any(map(str.isalnum, clause))]


def test_the_first_audio_comes_before_the_rest_is_generated() -> None:
    engine = Clicks()
    written: list[str] = []

    async def slowly() -> AsyncGenerator[TextOutput]:
        yield Message()
        for text in ("First. ", "Second. ", "Third. "):
            written.append(text)
            yield Text(text)

    async def main() -> None:
        async with aclosing(speak(slowly(), engine)) as outputs:
            async for output in outputs:
                if isinstance(output, Audio):
                    break

    asyncio.run(main())
    assert engine.spoken == ["First. "]
    assert written == ["First. ", "Second. "]  # white space may follow the first sentence: its end shows in the second


def test_closed_it_closes_the_thinker_and_speaks_no_more() -> None:
    engine = Clicks()
    closed: list[str] = []

    async def responder() -> AsyncGenerator[TextOutput]:
        try:
            yield Message()
            yield Text("One. Two. Three. ")
        finally:
            closed.append("responder")

    async def main() -> None:
        outputs = speak(responder(), engine)
        await anext(outputs)
        await anext(outputs)
        await outputs.aclose()

    asyncio.run(main())
    assert closed == ["responder"]
    assert engine.spoken == []


def test_cancelled_in_the_middle_of_a_clause_it_returns_at_once() -> None:
    working, release = threading.Event(), threading.Event()

    class Slow:
        def synthesise(self, text: str) -> Pcm:
            working.set()
            assert release.wait(60.0)
            return np.zeros(1, np.int16)

    async def main() -> None:
        task = asyncio.create_task(drain(speak(answering(Message(), Text("A very long clause.")), Slow())))
        await asyncio.to_thread(working.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not release.is_set()  # the engine is still at it
        release.set()

    asyncio.run(main())


async def drain(outputs: AsyncGenerator[Output]) -> None:
    async for _ in outputs:
        pass


def test_a_response_of_text_alone_is_written_word_by_word() -> None:
    async def main() -> list[Output]:
        return [output async for output in write(answering(Message(), Text("Two words."), Call("f", "{}")))]

    assert asyncio.run(main()) == [Message(), Text("Two"), Text(" words."), Call("f", "{}")]
