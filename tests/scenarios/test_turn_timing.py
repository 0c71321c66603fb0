"""`Session.turns()`: when each stage of a turn was reached, up to the first sound of the answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pybase64
import pytest
from pytest import approx

from realtime_sdk import (
    LatencySummary,
    Percentiles,
    PlayoutStarted,
    Reconnect,
    Tap,
    TurnAnswered,
    TurnEnd,
    Turns,
    TurnTiming,
    connect,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_seconds
from realtime_sdk.capture._turns import TurnSource
from realtime_sdk.testing import (
    FakeServer,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    changed,
    drop,
    message,
    noise,
    run_virtual,
)

from ..capture.sounds import Loudness
from .observing import after, talk

pytestmark = pytest.mark.usefixtures("unguarded")

STOPPED = "input_audio_buffer.speech_stopped"


class Captured(Tap):
    """Keeps what was captured."""

    def __init__(self) -> None:
        self.began_at: float | None = None  # wall clock of the first frame
        self.seconds = 0.0

    def captured(self, at: float, pcm: Pcm) -> None:
        self.began_at = at if self.began_at is None else self.began_at
        self.seconds += to_seconds(len(pcm))


async def search(word: str) -> str:
    """Look up a word."""
    await asyncio.sleep(2.0)
    return "found"


def test_a_spoken_turn_is_timed_from_the_users_last_sound_to_the_first_sound_of_the_answer() -> None:
    captured = Captured()

    async def main() -> tuple[list[TurnTiming], list[PlayoutStarted], list[TurnAnswered]]:
        server = FakeServer()
        server.reply(message("Yes?", seconds=1.0), thinking=0.4)
        server.tamper(STOPPED, changed(audio_end_ms=2500))  # half a second of it is the server's own silence
        options: dict[str, Any] = {"microphone": VirtualMicrophone(), "tap": captured}
        async with server, talk(server, VirtualSpeaker(latency=0.1), **options) as session:
            await asyncio.sleep(1.0)
            await server.user_speaks("Hello?", seconds=2.0)
            await session.drained()
            turns = session.turns()
        return turns, list(await after(session, PlayoutStarted)), list(await after(session, TurnAnswered))

    [turn], [started], [answered] = run_virtual(main)
    assert captured.began_at is not None
    assert turn.end is TurnEnd.SERVER
    assert turn.ended == approx(captured.began_at + 2.0, abs=0.005)
    assert turn.committed is not None and turn.created is not None and turn.first_delta is not None
    assert turn.committed <= turn.created
    assert turn.first_delta == approx(turn.created + 0.4, abs=0.01)
    assert (turn.preamble, turn.answer) == (None, started.at)
    assert turn.heard == started.at >= turn.first_delta + 0.1
    assert turn.latency == approx(started.at - captured.began_at - 2.0, abs=0.005)
    assert (answered.at, answered.timing) == (started.at, turn)


def test_the_server_counts_from_its_own_beginning_on_each_connection() -> None:
    captured = Captured()

    async def main() -> tuple[float, TurnTiming]:
        server = FakeServer()
        server.reply(message("Yes?", seconds=0.5))
        server.tamper(STOPPED, changed(audio_end_ms=1500))
        reconnect = Reconnect(hold_audio=1.0)
        options: dict[str, Any] = {"microphone": VirtualMicrophone(), "tap": captured, "reconnect": reconnect}
        async with server, talk(server, **options) as session:
            await asyncio.sleep(2.0)
            server.break_off()
            await asyncio.sleep(1.0)
            await server.user_speaks("Hello?", seconds=2.0)
            await asyncio.sleep(0.005)  # between two blocks: what was captured has arrived
            sent = [e for e in server.connections[-1].received if e["type"] == "input_audio_buffer.append"]
            appended = sum(len(pybase64.b64decode(event["audio"])) for event in sent)
            began = captured.seconds - to_seconds(appended // 2)  # seconds of the capture before this connection
            await session.drained()
            return began, session.turns()[0]

    began, turn = run_virtual(main)
    assert captured.began_at is not None
    assert began > 0.2
    assert turn.ended == approx(captured.began_at + began + 1.0, abs=0.005)


def test_preamble_answer_and_tools_are_apart() -> None:
    async def main() -> tuple[TurnTiming, list[PlayoutStarted]]:
        server = FakeServer()
        words = ("sea", "sky")
        calls = [call("search", {"word": word}) for word in words]
        server.reply(message("I'll look.", seconds=1.0, phase="commentary"), *calls)
        server.reply(message("Found.", seconds=1.0, phase="final_answer"))
        async with server, talk(server, tools=[search]) as session:
            session.send_text("What is the sea?")
            await session.drained()
            [turn] = session.turns()
        return turn, list(await after(session, PlayoutStarted))

    turn, started = run_virtual(main)
    assert [turn.preamble, turn.answer] == [event.at for event in started]
    assert turn.heard == turn.preamble
    assert turn.tools == approx(2.0)  # the two ran beside each other
    assert not turn.interrupted


def test_a_typed_turn_is_timed_from_when_it_was_sent() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        server.reply(message("Hi.", seconds=0.5), thinking=0.3)
        async with server, talk(server) as session:
            await session.send_text("Only for the record.", respond=False)
            session.send_text("Hello.")
            await session.drained()
            return session.turns()

    [turn] = run_virtual(main)
    assert (turn.end, turn.committed) == (TurnEnd.TEXT, None)
    assert turn.latency == approx(0.3, abs=0.001)


def test_a_turn_that_is_not_answered_has_no_later_stage() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        detection = {"type": "server_vad", "create_response": False}
        options: dict[str, Any] = {"microphone": VirtualMicrophone(), "turn_detection": detection}
        async with server, talk(server, **options) as session:
            await asyncio.sleep(1.0)
            await server.user_speaks("Hello?")
            await asyncio.sleep(1.0)
            return session.turns()

    [turn] = run_virtual(main)
    assert turn.ended is not None and turn.committed is not None
    assert (turn.created, turn.first_delta, turn.heard, turn.latency) == (None, None, None, None)


def test_a_silence_that_the_server_answers_is_no_turn_of_the_users() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        for text in ("Yes?", "Are you there?"):
            server.reply(message(text, seconds=0.5))
        detection = {"type": "server_vad", "idle_timeout_ms": 5000}
        async with server, talk(server, microphone=VirtualMicrophone(), turn_detection=detection) as session:
            await server.user_speaks("Hello?")
            await asyncio.sleep(8.0)
            responses = session.responses()
            assert [(await anext(responses)).status for _ in range(2)] == ["completed", "completed"]
            return session.turns()

    assert len(run_virtual(main)) == 1


def test_a_server_that_does_not_say_where_the_speech_ended() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        server.reply(message("Yes?", seconds=0.5))
        server.tamper(STOPPED, changed(audio_end_ms=None))
        async with server, talk(server, microphone=VirtualMicrophone()) as session:
            await server.user_speaks("Hello?")
            await session.drained()
            return session.turns()

    [turn] = run_virtual(main)
    assert (turn.end, turn.ended, turn.latency) == (TurnEnd.SERVER, None, None)
    assert turn.answer is not None


def test_a_server_that_does_not_say_when_it_made_a_message_of_the_speech() -> None:
    async def main() -> tuple[list[TurnTiming], list[PlayoutStarted]]:
        server = FakeServer()
        server.tamper("input_audio_buffer.committed", drop)
        for text in ("Good morning.", "Yes?"):
            server.reply(message(text, seconds=0.5))
        async with server, talk(server, microphone=VirtualMicrophone()) as session:
            await (await session.respond()).played()
            await server.user_speaks("Hello?")
            await session.drained()
            turns = session.turns()
        return turns, list(await after(session, PlayoutStarted))

    [turn], [_, answer] = run_virtual(main)
    assert turn.ended is not None
    assert (turn.committed, turn.answer) == (None, answer.at)


def test_speech_that_was_dropped_is_no_turn() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        async with server, talk(server, microphone=VirtualMicrophone()) as session:
            server.inject({"type": STOPPED, "item_id": "item_1", "audio_end_ms": 0})
            server.inject({"type": "input_audio_buffer.cleared"})
            server.inject({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}})
            await anext(session.responses())
            return session.turns()

    assert run_virtual(main) == []


def test_a_turn_of_push_to_talk_ends_with_the_key() -> None:
    async def main() -> tuple[float, TurnTiming]:
        server = FakeServer()
        server.reply(message("Yes?", seconds=0.5))
        options: dict[str, Any] = {"microphone": VirtualMicrophone(), "turns": Turns.push_to_talk()}
        async with server, talk(server, **options) as session:
            await asyncio.sleep(1.0)
            began = clock.wall()
            session.press()
            await asyncio.sleep(1.0)
            session.release()
            await session.drained()
            return began, session.turns()[0]

    began, turn = run_virtual(main)
    assert turn.end is TurnEnd.KEY
    assert turn.ended == approx(began + 1.0, abs=0.001)
    assert turn.committed is not None and turn.answer is not None


def test_a_turn_that_this_side_detects_ends_with_the_last_voice_not_with_the_silence_behind_it() -> None:
    captured = Captured()

    async def main() -> TurnTiming:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(message("Yes?", seconds=0.5))
        microphone.say(noise(1.0, seed=1), at=1.0)
        options: dict[str, Any] = {"microphone": microphone, "turns": Turns.by_voice(Loudness())}
        async with server, talk(server, tap=captured, **options) as session:
            await asyncio.sleep(4.0)
            return session.turns()[0]

    turn = run_virtual(main)
    assert captured.began_at is not None
    assert turn.end is TurnEnd.DETECTOR
    assert turn.ended == approx(captured.began_at + 0.3 + 1.0)  # the first that was sent is from 0.3 s before
    assert turn.ended is not None and turn.committed is not None and turn.committed >= turn.ended + 0.5


def test_a_local_detector_knows_how_long_semantic_turn_detection_has_waited() -> None:
    captured = Captured()

    async def main() -> TurnTiming:
        server, microphone = FakeServer(), VirtualMicrophone()
        server.reply(message("Yes?", seconds=0.5))
        microphone.say(noise(1.0, seed=1), at=1.0)
        turns, detection = Turns.by_server(early=Loudness()), {"type": "semantic_vad", "eagerness": "low"}
        options: dict[str, Any] = {"microphone": microphone, "turns": turns, "turn_detection": detection}
        async with server, talk(server, tap=captured, **options) as session:
            await asyncio.sleep(1.2)
            await server.user_speaks("Hello?", seconds=4.0)
            await session.drained()
            return session.turns()[0]

    turn = run_virtual(main)
    assert captured.began_at is not None
    assert turn.end is TurnEnd.DETECTOR
    assert turn.ended == approx(captured.began_at + 2.0)
    assert turn.latency is not None and turn.latency > 3.0


def test_a_turn_that_the_application_commits() -> None:
    async def main() -> TurnTiming:
        server = FakeServer()
        server.reply(message("Yes?", seconds=0.5))
        async with server, talk(server, turn_detection=None) as session:
            session.send_audio(noise(1.0, seed=1))
            await session.commit_audio()
            await (await session.respond()).played()
            return session.turns()[0]

    turn = run_virtual(main)
    assert turn.end is TurnEnd.APPLICATION
    assert turn.ended is not None and turn.committed is not None and turn.answer is not None
    assert turn.ended <= turn.committed


@pytest.mark.parametrize("turns", [Turns.push_to_talk(), Turns.by_voice(Loudness()), Turns.by_server()])
def test_a_turn_that_this_side_commits_is_answered_by_what_is_requested_right_behind_it(turns: Turns) -> None:
    async def main() -> TurnTiming:
        server, microphone = FakeServer(latency=0.1), VirtualMicrophone()
        server.reply(message("Yes?", seconds=0.5))
        detection: dict[str, Any] = {"turn_detection": None} if turns.source is TurnSource.SERVER else {}
        async with server, talk(server, microphone=microphone, turns=turns, **detection) as session:
            await asyncio.sleep(0.5)
            match turns.source:
                case TurnSource.KEY:
                    session.press()
                    await asyncio.sleep(1.0)
                    session.release()
                case TurnSource.DETECTOR:
                    microphone.say(noise(1.0, seed=1), at=1.0)
                    await asyncio.sleep(3.0)
                case TurnSource.SERVER:
                    session.commit_audio()  # the response is requested before the server confirms the commit
                    await (await session.respond()).played()
            await session.drained()
            (turn,) = session.turns()
            return turn

    turn = run_virtual(main)
    assert turn.ended is not None and turn.committed is not None and turn.created is not None
    assert turn.first_delta is not None and turn.answer is not None
    assert turn.ended < turn.committed <= turn.created <= turn.first_delta <= turn.answer


def test_the_last_thousand_turns_are_kept() -> None:
    async def main() -> list[TurnTiming]:
        server = FakeServer()
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            for _ in range(1010):
                server.inject({"type": "input_audio_buffer.committed", "item_id": "item_1", "previous_item_id": None})
            await asyncio.sleep(0.1)
            return session.turns()

    assert len(run_virtual(main)) == 1000


# Sums


def turn(ended: float | None, answer: float | None) -> TurnTiming:
    return TurnTiming(TurnEnd.SERVER, ended, answer=answer)


def test_a_summary_has_the_median_and_the_95th_percentile_of_the_turns_that_reached_a_stage() -> None:
    turns = [turn(100.0, 100.0 + n / 100) for n in range(1, 101)] + [turn(None, 7.0), turn(7.0, None)]
    summary = LatencySummary.of(turns)
    assert summary.answer.count == summary.heard.count == 100
    assert summary.answer.p50 == approx(0.50)
    assert summary.answer.p95 == approx(0.95)
    assert summary.committed == Percentiles(0, None, None)


def test_the_percentiles_of_one_turn_are_that_turn() -> None:
    assert LatencySummary.of([turn(1.0, 3.0)]).heard == Percentiles(1, 2.0, 2.0)
