"""Sessions that only transcribe: what was said, when and by whom, whatever the server and the network do."""

from __future__ import annotations

from pathlib import Path

import anyio
import anyio.lowlevel
import numpy as np
import pytest
import soundfile

from realtime_sdk import (
    ConnectionLost,
    ProtocolViolation,
    ServerError,
    Transcription,
    Turns,
    UsageError,
    WavMicrophone,
    to_srt,
    to_vtt,
)
from realtime_sdk.protocol import TurnDetectionFields
from realtime_sdk.testing import (
    FakeServer,
    SpokenSegment,
    drop,
    noise,
)

from .transcribed import COMPLETED, finished, hold, said, times

# What is said


def test_each_utterance_has_its_text_and_the_time_of_the_users_sound() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await anyio.sleep(2.0)
        await server.user_speaks("Hello there.", seconds=1.5)
        await anyio.sleep(2.0)
        await server.user_speaks("How are you?", seconds=2.5)
        utterances = await finished(transcription)
        assert said(utterances) == ["Hello there.", "How are you?"]
        assert times(utterances) == [(2.0, 3.0), (5.5, 7.5)]  # without the half second of silence that ends a turn
        assert [utterance.speaker for utterance in utterances] == [None, None]
        assert len({utterance.item_id for utterance in utterances}) == 2

    server = hold(act, languages=["en"], keywords=["Quito"], prompt="A talk about travel.", delay="low")
    [update] = [event for event in server.received if event["type"] == "session.update"]
    assert update["session"] == {
        "type": "transcription",
        "audio": {"input": {"transcription": {
            "model": "gpt-transcribe", "languages": ["en"], "keywords": ["Quito"], "prompt": "A talk about travel.",
            "delay": "low",
        }}},
    }  # fmt: skip
    assert server.refused == []


def test_speakers_of_one_turn_are_utterances_of_their_own() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await anyio.sleep(1.0)
        segments = [SpokenSegment("A", "Ready?", 0.3, 0.8), SpokenSegment("B", "Not yet.", 1.0, 1.6)]
        await server.user_speaks("Ready? Not yet.", seconds=2.0, segments=segments, languages=["en", "de"])
        utterances = await finished(transcription)
        assert [(each.speaker, each.text, each.languages) for each in utterances] == [
            ("A", "Ready?", ("en", "de")), ("B", "Not yet.", ("en", "de")),
        ]  # fmt: skip
        assert times(utterances) == [(1.0, 1.5), (1.7, 2.3)]
        assert "A: Ready?" in to_srt(transcription.utterances)
        assert "<v B>" in to_vtt(transcription.utterances)

    hold(act)


def test_it_costs_what_the_server_counts() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        for _ in range(2):
            await server.user_speaks("Hello.", seconds=2.0)
            await anyio.sleep(1.0)
        assert transcription.usage.seconds == 4.0
        assert transcription.usage.tokens is None

    hold(act, model="gpt-realtime-whisper")


def test_subtitles_without_speakers_name_none() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("Hello there.", seconds=1.5)
        await transcription.finish()
        assert to_srt(transcription.utterances).splitlines() == ["1", "00:00:00,000 --> 00:00:00,980", "Hello there."]
        assert "00:00:00.980\nHello there." in to_vtt(transcription.utterances)

    hold(act)


def test_text_is_shown_as_it_grows() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("One two three.")
        await transcription.finish()
        assert [(partial.text, partial.final) async for partial in transcription.partials()] == [
            ("One", False), ("One two", False), ("One two three.", False), ("One two three.", True),
        ]  # fmt: skip

    hold(act)


def test_utterances_come_in_the_order_of_speaking_whenever_they_are_transcribed() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("First.", transcript_after=5.0)
        await anyio.sleep(1.0)
        await server.user_speaks("Second.", transcript_after=0.1)
        await anyio.sleep(1.0)
        assert transcription.utterances == []
        await anyio.sleep(5.0)
        assert said(transcription.utterances) == ["First.", "Second."]

    hold(act)


def test_what_can_not_be_transcribed_or_says_nothing_is_left_out() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        for text in ("First.", None, "  ", "Last."):
            await server.user_speaks(text, seconds=0.5)
            await anyio.sleep(1.0)
        assert said(await finished(transcription)) == ["First.", "Last."]
        failed = await anext(transcription.events(ServerError))
        assert failed.code == "transcription_failed"

    hold(act)


def test_a_turn_that_the_server_never_transcribes_is_given_up_and_comes_late_if_at_all() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("First.", transcript_after=50.0)
        await anyio.sleep(1.0)
        await server.user_speaks("Second.")
        await anyio.sleep(31.0)
        assert said(transcription.utterances) == ["Second."]
        violation = await anext(transcription.events(ProtocolViolation))
        assert "did not transcribe item_1 within 30 s" in violation.reason
        await anyio.sleep(20.0)
        assert said(transcription.utterances) == ["Second.", "First."]

    hold(act, microphone=None)


def of_deltas(server: FakeServer, item_id: str, *deltas: str) -> None:
    for delta in deltas:
        server.inject({"type": COMPLETED.replace("completed", "delta"), "item_id": item_id, "delta": delta})


def test_what_there_is_of_a_transcript_that_breaks_off_is_an_utterance_that_is_not_final() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("One two three four.", seconds=2.0, transcript_after=90.0)
        of_deltas(server, "item_1", "One", " two")
        await anyio.sleep(1.0)
        await server.user_speaks("Next.")
        await anyio.sleep(25.0)
        assert transcription.utterances == []
        await anyio.sleep(6.0)
        assert [(each.text, each.final) for each in transcription.utterances] == [("One two", False), ("Next.", True)]
        violation = await anext(transcription.events(ProtocolViolation))
        assert "did not transcribe item_1 to its end within 30 s" in violation.reason

        server.inject({"type": COMPLETED, "item_id": "item_1", "transcript": "One two three four."})
        read = await finished(transcription)
        assert [(each.text, each.final) for each in read] == [
            ("One two", False), ("Next.", True), ("One two three four.", True),
        ]  # fmt: skip
        assert (read[2].start, read[2].end) == (read[0].start, read[0].end)
        assert said(transcription.utterances) == ["Next.", "One two three four."]

    hold(act)


@pytest.mark.parametrize("turn_detection", [None, {"type": "server_vad"}])
def test_at_the_end_what_there_is_of_a_transcript_is_an_utterance_that_is_not_final(
    turn_detection: TurnDetectionFields | None,
) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        server.tamper("input_audio_buffer.committed", drop)
        transcription.send_audio(np.zeros(48_000, np.int16))
        await anyio.sleep(0.1)
        of_deltas(server, "item_1", "One", " two")
        assert [(each.text, each.final) for each in await finished(transcription)] == [("One two", False)]
        assert times(transcription.utterances) == [(0.0, 2.0)]

    hold(act, microphone=None, turn_detection=turn_detection)


# Its end


def test_finish_ends_a_turn_that_is_being_spoken_and_waits_for_its_transcript() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await anyio.sleep(1.0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: server.user_speaks("I was just", seconds=30.0))
            await anyio.sleep(2.0)
            transcription.finish()
            await anyio.sleep(1.0)
            assert transcription.utterances == []
            await server.wait_for("input_audio_buffer.commit")
            server.inject({"type": COMPLETED, "item_id": "item_1", "transcript": "I was just"})
            assert [(each.text, round(each.end, 1)) async for each in transcription] == [("I was just", 3.0)]
            tasks.cancel_scope.cancel()

    hold(act)


def test_what_was_committed_just_before_the_end_is_an_utterance() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("First.", seconds=1.0)
        transcription.send_audio(np.zeros(24_000, np.int16))
        transcription.commit_audio()
        transcription.finish()
        await server.wait_for("input_audio_buffer.commit", 2)
        await anyio.sleep(0.1)
        server.inject({"type": COMPLETED, "item_id": server.items[1].id, "transcript": "Second."})
        assert [each.text async for each in transcription] == ["First.", "Second."]

    hold(act, microphone=None)


def test_a_server_that_ignores_the_end_is_not_waited_for_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("First.", seconds=1.0)
        await anyio.sleep(1.0)
        server.tamper("input_audio_buffer.committed", drop)
        server.tamper("conversation.item.*", drop)
        began = anyio.current_time()
        assert said(await finished(transcription)) == ["First."]
        assert anyio.current_time() - began == pytest.approx(30.0, abs=1.0)

    hold(act, microphone=None)
    assert "the end is not transcribed: 30 s without a word" in caplog.text


def test_silence_at_the_end_is_no_utterance_whatever_a_model_makes_of_it() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("Hello.", seconds=1.0)
        await anyio.sleep(3.0)
        transcription.finish()
        await server.wait_for("input_audio_buffer.commit")
        await anyio.sleep(0.1)
        item_id = server.items[-1].id
        server.inject({"type": COMPLETED, "item_id": item_id, "transcript": "Thank you for watching."})
        assert said(await finished(transcription)) == ["Hello."]

    hold(act)


def test_a_file_comes_to_its_end_with_all_that_was_said_in_it(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "talk.wav", noise(3.0, seed=1), 24_000)

    async def act(server: FakeServer, transcription: Transcription) -> None:
        await anyio.sleep(1.0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: server.user_speaks("A short talk.", seconds=1.5, transcript_after=4.0))
            assert [each.text async for each in transcription] == ["A short talk."]

    server = hold(act, microphone=WavMicrophone(tmp_path / "talk.wav", ends=True))
    assert 3.0 <= len(server.heard) / 24_000 <= 4.1


def test_a_turn_that_is_transcribed_is_kept_as_its_utterance_alone() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        for _ in range(20):
            await server.user_speaks("Hello.", seconds=0.5)
            await anyio.sleep(0.5)
        conversation = transcription._session._engine.conversation
        assert (len(conversation), conversation._waiting, conversation._places) == (0, {}, [])
        assert len(transcription.utterances) == 20

    hold(act, microphone=None)


def test_nothing_is_taken_after_the_end() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await transcription.finish()
        await transcription.finish()
        for late_call in (transcription.commit_audio, transcription.clear_audio, transcription.press):
            with pytest.raises(UsageError, match=r"the transcription is finished: .* comes too late"):
                late_call()
        with pytest.raises(UsageError, match=r"update\(\) comes too late"):
            transcription.update(prompt="")

    assert hold(act).refused == []


# Turns of this side


def test_a_model_that_writes_while_one_speaks_is_read_before_the_turn_ends() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        transcription.send_audio(np.zeros(48_000, np.int16))
        await anyio.sleep(0.1)
        for delta in ("One", " two"):
            server.inject({"type": COMPLETED.replace("completed", "delta"), "item_id": "item_1", "delta": delta})
        await anyio.sleep(0.1)
        transcription.send_audio(np.zeros(24_000, np.int16))
        await transcription.commit_audio()
        await anyio.sleep(0.1)
        server.inject({"type": COMPLETED, "item_id": "item_1", "transcript": "One two three."})
        utterances = await finished(transcription)
        assert (said(utterances), times(utterances)) == (["One two three."], [(0.0, 3.0)])
        assert [(each.text, each.end) async for each in transcription.partials()] == [
            ("One", 2.0), ("One two", 2.0), ("One two three.", 3.0),
        ]  # fmt: skip

    assert hold(act, microphone=None, turn_detection=None, model="gpt-live-transcribe").refused == []


def test_turns_by_hand_from_audio_that_comes_faster_than_it_was_spoken() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        transcription.send_audio(np.zeros(48_000, np.int16))
        transcription.commit_audio()
        transcription.send_audio(np.zeros(72_000, np.int16))
        transcription.finish()
        await server.wait_for("input_audio_buffer.commit", 2)
        await anyio.sleep(0.1)
        for item, text in zip(server.items, ("First.", "Second."), strict=True):
            server.inject({"type": COMPLETED, "item_id": item.id, "transcript": text})
        utterances = [utterance async for utterance in transcription]
        assert said(utterances) == ["First.", "Second."]
        assert times(utterances) == [(0.0, 2.0), (2.0, 5.0)]

    assert hold(act, microphone=None, turn_detection=None).refused == []


def test_by_hand_nothing_is_committed_where_nothing_is_left() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        transcription.send_audio(np.zeros(48_000, np.int16))
        await transcription.clear_audio()
        await anyio.sleep(0.1)
        assert said(await finished(transcription)) == []

    server = hold(act, microphone=None, turn_detection=None)
    assert "input_audio_buffer.commit" not in [event["type"] for event in server.received]


def test_times_of_turns_by_key_include_the_time_between_them() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        for text in ("First.", "Second."):
            await anyio.sleep(2.0)
            transcription.press()
            await anyio.sleep(1.0)
            transcription.release()
            await anyio.sleep(0.1)
            server.inject({"type": COMPLETED, "item_id": server.items[-1].id, "transcript": text})
        utterances = await finished(transcription)
        assert said(utterances) == ["First.", "Second."]
        starts = [start for start, _ in times(utterances)]
        assert starts == [pytest.approx(1.7, abs=0.1), pytest.approx(4.8, abs=0.2)]

    assert hold(act, turns=Turns.push_to_talk()).refused == []


def test_a_session_that_ends_for_good_says_so_to_its_readers() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await server.user_speaks("Hello.")
        await anyio.sleep(1.0)
        server.hang_up(1011, "internal error")
        texts: list[str] = []
        with pytest.raises(ConnectionLost, match="internal error"):
            texts += [each.text async for each in transcription]
        assert texts == [] and said(transcription.utterances) == ["Hello."]
        await transcription.finish()

    hold(act, reconnect=None)


# Servers that leave something out


@pytest.mark.parametrize(
    "pattern",
    ["input_audio_buffer.*", "input_audio_buffer.speech_*", "*.speech_stopped", "conversation.item.added"],
)
def test_a_server_that_says_less_has_its_transcripts_all_the_same(pattern: str) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        server.tamper(pattern, drop)
        for text in ("First.", "Second."):
            await anyio.sleep(1.0)
            await server.user_speaks(text)
            await anyio.sleep(1.0)
        assert said(transcription.utterances) == ["First.", "Second."]
        assert all(each.start <= each.end for each in transcription.utterances)

    hold(act)
