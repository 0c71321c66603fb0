"""The audio of a scripted message stands for a voice: captions find its words as they find those of the service."""

from __future__ import annotations

import math

import numpy as np
import pytest

from realtime_sdk import Caption, MessageItem, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual, stretches
from realtime_sdk.testing._scripted_speech import speech

TALE = "Let me tell you a story. Once upon a time, there was a king who had three sons; one day they went out."
COUNT = "One two three four five six."


def shown(text: str, pace: float, seconds: float | None) -> list[tuple[float, Caption]]:
    """The captions of a scripted message, and the seconds of it that were heard when each was shown."""

    async def main() -> list[tuple[float, Caption]]:
        server = FakeServer()
        server.reply(message(text, seconds=seconds), pace=pace)
        captions: list[tuple[float, Caption]] = []
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            async for item in await session.respond():
                assert isinstance(item, MessageItem)
                captions += [(item.playout.position, caption) async for caption in item.captions()]
        return captions

    return run_virtual(main)


@pytest.mark.parametrize(
    ("text", "seconds", "pace"),
    [
        *((text, None, pace) for text in (TALE, COUNT) for pace in (1.0, 1.1, 2.0, 4.0, math.inf)),
        *((COUNT, seconds, pace) for seconds in (6.0, 20.0) for pace in (2.0, 4.0, math.inf)),  # a slow speaker
    ],
)
def test_each_word_is_shown_when_its_letters_begin_however_fast_the_audio_comes_and_however_slow_it_is(
    text: str, seconds: float | None, pace: float
) -> None:
    length = len(text) / 15 if seconds is None else seconds
    letters, late = 0, []
    for position, caption in shown(text, pace, seconds):
        begins = letters + len(caption.text) - len(caption.text.lstrip())
        letters += len(caption.text)
        late.append(position - begins * length / len(text))
    assert letters == len(text)
    assert max(late) < 0.35
    assert min(late) > -0.35
    assert np.median(late) == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize("text", ["Hello there, 17 of 20!", "今天天气很好。", "Привет!", "Pst", "…", ""])
def test_the_audio_has_its_length_and_no_silence_and_differs_from_all_other(text: str) -> None:
    pcm, other = speech(text, 1.5, seed=1), speech(text, 1.5, seed=2)
    assert pcm.dtype == np.int16
    assert pcm.shape == (36_000,)
    assert pcm.all()
    assert np.array_equal(pcm, speech(text, 1.5, seed=1))
    found = stretches(np.concatenate([other, pcm]), {"a": pcm, "b": other})
    assert [(stretch.item_id, stretch.frames) for stretch in found] == [("b", 36_000), ("a", 36_000)]
