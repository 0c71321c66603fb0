"""Words appear when their frame is heard, whatever comes between."""

from __future__ import annotations

import anyio
import pytest

from realtime_sdk import (
    LiveCaption,
    LiveInterrupted,
    LiveSession,
    UsageError,
    connect_live,
    to_srt,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD
from realtime_sdk.session.captions._pacer import REPORT_PERIOD
from realtime_sdk.testing import (
    FakeLiveServer,
    VirtualSpeaker,
    run_virtual,
    stall,
)

from .talks import HELLO, shown, sounded_at, talk

EXACT = 1e-6
"""Seconds: what is left of a wall-clock time's digits."""


@pytest.mark.parametrize("text_after", [-0.4, 0.0, 0.4], ids=["text first", "together", "text last"])
def test_words_appear_when_their_frame_is_heard_whenever_their_text_comes(text_after: float) -> None:
    server = FakeLiveServer()
    server.say("Hello there, how are you?", at=1.0, text_after=text_after)
    came: list[tuple[float, LiveCaption]] = []

    async def script(live: LiveSession) -> None:
        came.extend(await shown(live, 5))

    speaker = talk(server, script)
    assert [caption.text for _, caption in came] == HELLO
    assert [caption.start for _, caption in came] == [1.0, 1.2, 1.4, 1.6, 1.8]
    assert [caption.end for _, caption in came] == [1.2, 1.4, 1.6, 1.8, 2.0]
    assert {caption.estimated for _, caption in came} == {False}
    for at, caption in came:
        late = max(0.0, text_after - 0.1)  # by then its sound was heard
        assert 0.0 <= at - sounded_at(speaker, caption.start) <= late + 0.12


def test_a_late_loop_and_a_slow_network_move_the_sound_and_the_words_together() -> None:
    server = FakeLiveServer(latency=0.1, jitter=0.09)
    server.say("Hello there, how are you?", at=1.0)
    came: list[tuple[float, LiveCaption]] = []

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.3)
        stall(0.4)  # the loop stands still: the speaker runs dry
        came.extend(await shown(live, 5))
        assert live.underruns == 1

    speaker = talk(server, script, speaker=VirtualSpeaker(capacity=0.2))
    assert len(speaker.timeline) == 2
    for at, caption in came:
        assert -EXACT <= at - sounded_at(speaker, caption.start) <= PLAYBACK_PERIOD + REPORT_PERIOD + EXACT


def test_a_pause_holds_the_words_with_the_sound_and_silence_is_left_out_afterwards() -> None:
    server = FakeLiveServer()
    server.say("Hello there, how are you?", at=1.0)
    came: list[tuple[float, LiveCaption]] = []

    async def script(live: LiveSession) -> None:
        captions = live.captions("assistant")
        for _ in range(2):
            await anext(captions)
        live.pause()
        held = live.position
        await anyio.sleep(10.0)
        assert live.position == held
        live.resume()
        for _ in range(3):
            caption = await anext(captions)
            came.append((clock.wall(), caption))
        server.say("Still there?")
        [(_, caption)] = await shown(live, 1)
        assert server.seconds - caption.start < 1.5  # of the ten seconds

    speaker = talk(server, script)
    for at, caption in came:
        assert 0.0 <= at - sounded_at(speaker, caption.start) <= 0.02


def test_what_was_silenced_is_never_shown_and_what_comes_next_is() -> None:
    server = FakeLiveServer()
    server.say("one two three four five six seven eight", at=0.4)

    async def script(live: LiveSession) -> None:
        captions = live.captions("assistant")
        assert [(await anext(captions)).text for _ in range(2)] == ["one", " two"]
        live.pause()  # the network is ahead of the ear
        await anyio.sleep(0.6)
        dropped = live.interrupt()
        live.resume()
        assert 0.5 < dropped < 0.8
        rest = [(await anext(captions)) for _ in range(3)]
        assert [caption.text for caption in rest] == [" six", " seven", " eight"]
        assert [caption.index for caption in rest] == [2, 3, 4]
        [event] = [await anext(live.events(LiveInterrupted))]
        assert (event.dropped, event.cut_off) == (dropped, True)
        said = live.transcript
        assert [utterance.interrupted for utterance in said] == [True, False]
        assert "one two—" in to_srt(said)

    talk(server, script)


def test_silence_that_is_dropped_interrupts_no_utterance() -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)

    async def script(live: LiveSession) -> None:
        await shown(live, 2)
        await anyio.sleep(0.5)
        assert live.interrupt() > 0.0
        assert not (await anext(live.events(LiveInterrupted))).cut_off
        assert [utterance.interrupted for utterance in live.transcript] == [False]

    talk(server, script)


def test_words_whose_audio_is_still_to_come_are_not_silenced() -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=1.0, text_after=-0.8)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(0.9)  # the words have come, and silence is heard
        live.interrupt()
        assert [caption.text for _, caption in await shown(live, 2)] == ["Hello", " there."]

    talk(server, script)


def test_times_on_the_audio_count_and_a_gap_is_silence() -> None:
    server = FakeLiveServer(timed=True)
    server.say("Hello.", at=1.0)
    server.say("Again.", at=3.0)
    came: list[tuple[float, LiveCaption]] = []

    async def script(live: LiveSession) -> None:
        began = clock.wall()
        came.extend((at - began, caption) for at, caption in await shown(live, 2))
        assert live.position > 3.0

    speaker = talk(server, script)
    assert [caption.start for _, caption in came] == [1.0, 3.0]
    assert speaker.heard.size < to_frames(0.5)  # the silence was not sent
    assert came[1][0] - came[0][0] == pytest.approx(2.0, abs=0.05)


def test_the_users_words_come_at_once_and_both_sides_make_a_transcript() -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)

    async def script(live: LiveSession) -> None:
        both = live.captions()
        assert [(await anext(both)).text for _ in range(2)] == ["Hello", " there."]
        await anyio.sleep(2.0)
        server.user_says("Fine, thanks.")
        words = [await anext(live.captions("user")) for _ in range(2)]
        assert [(word.text, word.role, word.index) for word in words] == [("Fine,", "user", 0), (" thanks.", "user", 1)]
        assert [(await anext(both)).role for _ in range(2)] == ["user", "user"]
        said = live.transcript
        assert [(it.speaker, "".join(word.text for word in it.captions)) for it in said] == [
            ("assistant", "Hello there."), ("user", "Fine, thanks."),
        ]  # fmt: skip
        assert said[0].start == pytest.approx(0.65, abs=0.1)
        assert live.history() == [
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello there."}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Fine, thanks."}]},
        ]

    talk(server, script)


def test_without_a_speaker_the_application_hears_what_it_takes() -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.2)

    async def main() -> None:
        async with server, connect_live(endpoint=server, speaker=None, microphone=None) as live:
            await anyio.sleep(1.5)
            captions, taken = live.captions(), 0.0
            early: list[LiveCaption] = []
            with anyio.move_on_after(1.0):
                early.append(await anext(captions))
            assert early == []  # nothing was taken, so nothing was heard
            audio = live.audio()
            while taken < 0.45:
                taken += (await anext(audio)).size / live.format.rate
            assert [(await anext(captions)).text for _ in range(2)] == ["Hello", " there."]
            with pytest.raises(UsageError, match="no speaker to pause"):
                live.pause()

    run_virtual(main)
