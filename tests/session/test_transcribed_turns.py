"""Turns that the server itself finds in the audio: their times, over losses and renewals of the connection too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile

from realtime_sdk import (
    ConnectionLost,
    Disconnected,
    Pcm,
    Reconnect,
    Reconnected,
    TranscribedUtterance,
    Transcription,
    Turns,
    WavMicrophone,
    transcribe,
)
from realtime_sdk.testing import FakeServer, Only, Refuse, VirtualMicrophone, changed, late, run_virtual, without

from ..capture.sounds import Loudness as LoudVoice
from .ears import Loudness, speech
from .transcribed import BY_HAND, COMPLETED, finished, hold, send_turns

SPEECH = speech((0, 1.0), (1000, 0.5), (0, 1.0), (2000, 1.0), (0, 0.8), (3000, 0.5))
UTTERANCES = [("loudness 1000", 1.0, 1.5), ("loudness 2000", 2.5, 3.5), ("loudness 3000", 4.3, 4.8)]


def heard(utterances: list[TranscribedUtterance]) -> list[tuple[str, float, float]]:
    return [(each.text, round(each.start, 1), round(each.end, 1)) for each in utterances]


def test_the_servers_turns_have_the_times_of_the_speech_without_what_is_added_to_it() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        transcription.send_audio(SPEECH)
        assert heard(await finished(transcription)) == UTTERANCES

    hold(act, Loudness, microphone=None)


async def hear(server: FakeServer, fault: Callable[[], object] | None, after: float, **given: Any) -> Transcription:
    """Transcribe SPEECH from a microphone; something happens after some seconds."""
    microphone = VirtualMicrophone()
    options: dict[str, Any] = {"endpoint": server, "microphone": microphone, **given}
    async with server, transcribe(**options) as transcription:
        microphone.say(SPEECH)
        await anyio.sleep(after)
        if fault is not None:
            fault()
        await anyio.sleep(6.0 - after)
        await transcription.finish()
    return transcription


@pytest.mark.parametrize("after", [0.5, 1.2, 1.7, 2.2, 3.0, 3.8, 4.2, 4.6])
def test_a_lost_connection_costs_no_utterance_and_no_time(after: float) -> None:
    async def main() -> None:
        server = FakeServer(intent="transcription", ears=Loudness)
        transcription = await hear(server, server.break_off, after)
        assert heard(transcription.utterances) == UTTERANCES
        assert len(server.connections) == 2
        assert server.refused == []
        assert [item.wire["role"] for item in server.items] == ["user"] * len(server.items)

    run_virtual(main)


class Slow(Loudness):
    """Ears that take three seconds over each turn."""

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        await anyio.sleep(3.0)
        async for piece in super().transcribe(pcm):
            yield piece


@pytest.mark.parametrize("after", [0.0, 0.1, 0.5, 2.0, 3.2])
@pytest.mark.parametrize("by_hand", [False, True])
def test_what_waits_for_its_transcript_is_transcribed_though_the_connection_is_lost_after_the_end(
    after: float, *, by_hand: bool
) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        if by_hand:
            await send_turns(transcription, 1000, 2000)
        else:
            transcription.send_audio(SPEECH)
        end = transcription.finish()
        await anyio.sleep(after)
        server.break_off()
        await end
        expected = [("loudness 1000", 0.0, 2.0), ("loudness 2000", 2.0, 4.0)] if by_hand else UTTERANCES
        assert heard([utterance async for utterance in transcription]) == expected
        assert len(server.connections) == 2

    hold(act, Slow, **(BY_HAND if by_hand else {"microphone": None}))


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("after", [0.0, 0.5])
def test_audio_that_is_too_old_to_be_transcribed_by_the_next_server_is_reported(after: float, *, by_hand: bool) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        for _ in range(20):
            await transcription.send_audio(speech((2000, 3.0), (0, 1.0)))
            if by_hand:
                await transcription.commit_audio()
        await anyio.sleep(after)
        server.break_off()
        await transcription.finish()
        reported = await anext(transcription.events(Reconnected))
        missing = 20 - len(transcription.utterances)
        assert missing >= 10
        assert reported.audio_dropped == pytest.approx(4.0 * missing, abs=5.0)

    hold(act, Slow, **(BY_HAND if by_hand else {"microphone": None}))


@pytest.mark.parametrize("seconds", [0.0, 0.5, 30.0])
def test_silence_that_a_lost_server_has_heard_is_not_reported_as_too_old(seconds: float) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await anyio.sleep(100.0)
        server.break_off()
        assert (await anext(transcription.events(Reconnected))).audio_dropped == pytest.approx(0.0, abs=0.5)

    hold(act, Loudness, reconnect=Reconnect(hold_audio=seconds))


def test_its_state_says_whether_there_is_a_connection() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        states: list[str] = [transcription.state]
        server.refuse_connections()
        server.break_off()
        await anext(transcription.events(Disconnected))
        states.append(transcription.state)
        await anext(transcription.events(Reconnected))
        states.append(transcription.state)
        server.refuse_connections(1000, Refuse(401))
        server.break_off()
        with pytest.raises(ConnectionLost):
            await anext(aiter(transcription))
        assert [*states, transcription.state] == ["listening", "reconnecting", "listening", "closed"]

    hold(act, microphone=None)


def test_turns_are_transcribed_though_the_connection_is_lost_again_and_again_after_the_end() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        transcription.send_audio(SPEECH)
        end = transcription.finish()
        for _ in range(3):
            await anyio.sleep(1.0)
            server.break_off()
            await anext(transcription.events(Reconnected))
        await end
        assert heard(transcription.utterances) == UTTERANCES

    hold(act, Slow, microphone=None)


def test_the_end_waits_for_a_transcript_as_long_after_a_long_gap_as_without_one() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        server.tamper("input_audio_buffer.committed", late(3.0))
        transcription.send_audio(SPEECH)
        end = transcription.finish()
        await anyio.sleep(0.5)
        server.refuse_connections()
        server.break_off()
        await end
        assert heard(transcription.utterances) == UTTERANCES

    hold(act, Slow, microphone=None, reconnect=Reconnect(first_delay=29.0, longest_delay=29.0))


@pytest.mark.parametrize("reconnect", [None, Reconnect(give_up_after=3.0)])
@pytest.mark.parametrize("by_hand", [False, True])
def test_the_end_raises_where_the_last_turns_can_not_be_transcribed_any_more(
    reconnect: Reconnect | None, *, by_hand: bool
) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await (send_turns(transcription, 1000) if by_hand else transcription.send_audio(SPEECH))
        end = transcription.finish()
        await anyio.sleep(0.5)
        server.refuse_connections(1000, Refuse(503))
        server.break_off()
        for _ in range(2):
            with pytest.raises(ConnectionLost):
                await end
            end = transcription.finish()
        with pytest.raises(ConnectionLost):
            await finished(transcription)
        with pytest.raises(ConnectionLost):
            [utterance async for utterance in transcription]

    hold(act, Slow, **(BY_HAND if by_hand else {"microphone": None}), reconnect=reconnect)


@pytest.mark.parametrize("code", [1000, 1011])
def test_finish_raises_where_the_connection_had_ended_before_with_speech_that_has_no_transcript(code: int) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await transcription.send_audio(speech((1000, 2.0)))
        server.hang_up(code, "the service is stopped")
        await anyio.sleep(1.0)
        with pytest.raises(ConnectionLost, match="the service is stopped"):
            await transcription.finish()

    hold(act, Slow, **BY_HAND, reconnect=None)


def test_a_file_is_transcribed_to_its_end_though_the_connection_is_lost_after_that(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "talk.wav", SPEECH, 24_000)

    async def act(server: FakeServer, transcription: Transcription) -> None:
        await anyio.sleep(len(SPEECH) / 24_000 + 1.0)
        server.break_off()
        assert heard([utterance async for utterance in transcription]) == UTTERANCES

    hold(act, Slow, microphone=WavMicrophone(tmp_path / "talk.wav", ends=True))


@pytest.mark.parametrize("after", [1.2, 2.2, 3.0])
def test_a_renewal_costs_no_utterance_and_no_time(after: float) -> None:
    async def main() -> None:
        server = FakeServer(intent="transcription", ears=Loudness, lifetime=2 * after)
        transcription = await hear(server, None, after, reconnect=Reconnect(renew_before=after))
        assert heard(transcription.utterances) == UTTERANCES
        assert len(server.connections) > 1

    run_virtual(main)


def test_turns_that_were_committed_by_hand_are_committed_once_more_after_a_loss() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await send_turns(transcription, 1000, 2000)
        await anyio.sleep(0.1)
        server.break_off()
        await anext(transcription.events(Reconnected))
        transcription.send_audio(speech((3000, 1.0)))
        assert heard(await finished(transcription)) == [
            ("loudness 1000", 0.0, 2.0), ("loudness 2000", 2.0, 4.0), ("loudness 3000", 4.0, 5.0),
        ]  # fmt: skip

    hold(act, Loudness, **BY_HAND)


class Unsure(Loudness):
    """Ears that make nothing of a quiet turn, and take their time over a loud one."""

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        if np.abs(pcm.astype(np.int32)).max() > 1500:
            await anyio.sleep(5.0)
            async for piece in super().transcribe(pcm):
                yield piece


@pytest.mark.parametrize("outcome", ["completed", "failed"])
def test_a_turn_that_the_server_was_done_with_is_not_transcribed_once_more(outcome: str) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        server.tamper(COMPLETED, Only(1, changed(type=COMPLETED.replace("completed", outcome))))
        await send_turns(transcription, 1000, 2000, 3000)
        await anyio.sleep(1.0)
        server.break_off()
        assert heard(await finished(transcription)) == [("loudness 2000", 2.0, 4.0), ("loudness 3000", 4.0, 6.0)]

    hold(act, Unsure, **BY_HAND)


def test_a_turn_whose_audio_was_not_kept_over_a_loss_leaves_the_others_their_times() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await send_turns(transcription, 2000, 3000, 4000)
        await anyio.sleep(1.0)
        server.break_off()
        assert heard(await finished(transcription)) == [("loudness 3000", 2.0, 4.0), ("loudness 4000", 4.0, 6.0)]

    hold(act, Unsure, **BY_HAND, reconnect=Reconnect(hold_audio=5.0))


class OneByOne(Loudness):
    """Ears that transcribe one turn after the other, each in 8 s."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = anyio.Lock()

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        async with self._lock:
            await anyio.sleep(8.0)
            yield f"loudness {np.abs(pcm.astype(np.int32)).max()}"


def test_a_server_that_is_slower_than_the_audio_comes_is_waited_for() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await send_turns(transcription, *range(1000, 11_000, 1000))
        assert heard(await finished(transcription)) == [
            (f"loudness {1000 * turn}", 2.0 * turn - 2.0, 2.0 * turn) for turn in range(1, 11)
        ]

    assert hold(act, OneByOne, **BY_HAND).refused == []  # nothing is committed twice


def test_a_commit_that_is_reported_late_is_waited_for() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        server.tamper("input_audio_buffer.committed", late(3.0))
        transcription.send_audio(speech((1000, 1.0)))
        transcription.finish()
        await anyio.sleep(1.0)
        assert not transcription.utterances
        assert [each.text async for each in transcription] == ["loudness 1000"]

    hold(act, Loudness, **BY_HAND)


def test_turns_of_a_detector_on_this_side_have_times_of_the_microphone_though_nothing_is_sent_between() -> None:
    async def main() -> None:
        server = FakeServer(intent="transcription", ears=Loudness)
        transcription = await hear(server, None, 1.0, turns=Turns.by_voice(LoudVoice()), model="gpt-live-transcribe")
        assert [each.text for each in transcription.utterances] == [text for text, _, _ in UTTERANCES]
        for utterance, (_, start, end) in zip(transcription.utterances, UTTERANCES, strict=True):
            assert start - 0.5 <= utterance.start <= start
            assert end <= utterance.end <= end + 0.7
        assert len(server.heard) < 5 * 24_000

    run_virtual(main)


def test_turns_that_the_server_does_not_name_are_transcribed_in_their_order() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        server.tamper("input_audio_buffer.*", without("item_id"))
        server.tamper("conversation.item.input_audio_transcription.*", without("item_id"))
        transcription.send_audio(SPEECH)
        assert heard(await finished(transcription)) == UTTERANCES

    hold(act, Loudness, microphone=None)
