"""Talks from end to end on the virtual clock: a session, a strict server, a speaker that remembers what was heard."""

from __future__ import annotations

from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import (
    CaptionShown,
    Interrupted,
    MessageItem,
    Playout,
    PlayoutFinished,
    PlayoutStarted,
    ServerRefused,
    Session,
    UserTranscript,
    connect,
)
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.devices import NullSpeaker
from realtime_sdk.protocol import TranscriptionFields
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual
from realtime_sdk.testing._sounds import Stretch, stretches


async def first_message(session: Session) -> MessageItem:
    response = await anext(session.responses())
    async for item in response:
        if isinstance(item, MessageItem):
            return item
    raise AssertionError("no message came")


async def playouts_of(session: Session) -> list[Playout]:
    response = await anext(session.responses())
    return await response.played()


def heard(server: FakeServer, speaker: VirtualSpeaker) -> list[tuple[str | None, int, int]]:
    """What came out of the speaker: item, first frame, frames."""
    return [(s.item_id, s.start, s.frames) for s in stretches(speaker.heard, server.sounds)]


def frames(seconds: float) -> int:
    return round(seconds * WIRE_RATE)


def two_items() -> FakeServer:
    server = FakeServer()
    server.reply(
        message("I will check that.", seconds=1.2, phase="commentary"),
        message("It is noon in London.", seconds=2.0, phase="final_answer"),
    )
    return server


def test_two_items_are_heard_back_to_back_each_with_its_own_times() -> None:
    async def main() -> None:
        server, speaker = two_items(), VirtualSpeaker()
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.send_text("What time is it?")
            preamble, answer = await playouts_of(session)
            assert heard(server, speaker) == [
                (preamble.item_id, 0, frames(1.2)),
                (answer.item_id, 0, frames(2.0)),
            ]
            (sound,) = speaker.timeline  # one stretch: no gap between the items
            assert preamble.started_at == approx(sound.at, abs=0.002)
            assert preamble.finished_at == approx(sound.at + 1.2, abs=0.002)
            assert answer.started_at == approx(sound.at + 1.2, abs=0.002)
            assert answer.finished_at == approx(sound.at + 3.2, abs=0.002)
            assert (preamble.transcript, answer.transcript) == ("I will check that.", "It is noon in London.")
            assert not preamble.interrupted and not answer.interrupted

    run_virtual(main)


def test_words_are_shown_when_they_are_audible_and_only_then() -> None:
    async def main() -> None:
        server, speaker = two_items(), VirtualSpeaker()
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            events = session.events()
            await session.send_text("What time is it?")
            await playouts_of(session)
            (sound,) = speaker.timeline
        shown = [event async for event in events if isinstance(event, CaptionShown)]
        texts: dict[str | None, str] = {}
        for event in shown:
            begin = sound.at + (1.2 if event.item.phase == "final_answer" else 0.0)
            assert event.at >= begin + event.caption.start - 1e-6
            texts[event.item.phase] = texts.get(event.item.phase, "") + event.caption.text
        assert texts == {"commentary": "I will check that.", "final_answer": "It is noon in London."}

    run_virtual(main)


def test_the_ten_line_program() -> None:
    async def main() -> None:
        server, lines = two_items(), []
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            await session.send_text("What time is it?")
            async for response in session.responses():
                async for item in response:
                    if isinstance(item, MessageItem):
                        lines.append("".join([caption.text async for caption in item.captions()]))
                        assert not (await item.played()).interrupted
                break
        assert lines == ["I will check that.", "It is noon in London."]

    run_virtual(main)


def test_the_user_cuts_in_and_the_server_remembers_what_was_heard() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(*(message(f"This is sentence number {n}.", seconds=2.0) for n in (1, 2, 3)))
        server.reply(message("Yes?", seconds=0.5))
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.send_text("Tell me a story.")
            item = await first_message(session)
            await item.played()
            await anyio.sleep(0.7)
            await server.user_speaks("Stop.", 0.8)
            (again,) = await playouts_of(session)
            assert again.transcript == "Yes?"
        assert server.refused == []
        (cut,) = [event async for event in session.events() if isinstance(event, Interrupted)]
        second, third = cut.playouts
        assert second.position == approx(0.7, abs=0.03)
        assert (third.position, third.started_at) == (0.0, None)
        first_id = item.id
        assert heard(server, speaker) == [
            (first_id, 0, frames(2.0)),
            (second.item_id, 0, round(second.position * WIRE_RATE)),
            (again.item_id, 0, frames(0.5)),
        ]
        assert [e["item_id"] for e in server.received if e["type"] == "conversation.item.delete"] == [third.item_id]
        (truncated,) = [e for e in server.received if e["type"] == "conversation.item.truncate"]
        assert (truncated["item_id"], truncated["audio_end_ms"]) == (second.item_id, int(second.position * 1000))

    run_virtual(main)


def test_what_was_said_stays_apart_from_what_was_heard() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four five six.", seconds=3.0))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            await session.send_text("Count.")
            item = await first_message(session)
            await anyio.sleep(1.5)
            (playout,) = await session.interrupt()
            await server.wait_for("conversation.item.truncate")
            await anyio.sleep(0.1)
            assert item.transcript == "One two three four five six."
            assert item.transcript.startswith(item.heard) and 0 < len(item.heard) < len(item.transcript)
            assert item.server_text == ""
            assert playout.transcript == item.heard
            assert session.conversation.export()["items"][-1]["text"] == item.heard

    run_virtual(main)


def test_interrupt_by_code_silences_at_once_and_cancels_once() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A very long story.", seconds=20.0), pace=2.0)
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.send_text("Tell me a story.")
            item = await first_message(session)
            await anyio.sleep(3.0)
            (playout,) = await session.interrupt()
            length = len(speaker.heard)
            assert await session.interrupt() == []
            response = await item_response(session, item)
            assert (await response.done()).status == "cancelled"
            await anyio.sleep(5.0)
            assert len(speaker.heard) == length == round(playout.position * WIRE_RATE)
        cancels = [e for e in server.received if e["type"] == "response.cancel"]
        assert [e["response_id"] for e in cancels] == [response.id]
        assert server.refused == []

    async def item_response(session: Session, item: MessageItem) -> Any:
        return next(r for r in session._engine.responses.values if item in r.items)

    run_virtual(main)


def test_text_can_interrupt_the_reply_that_is_being_heard() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long story.", seconds=5.0), pace=2.0)
        server.reply(message("It is noon.", seconds=0.5))
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            responses = session.responses()
            session.send_text("Tell me a story.")
            story = await anext(responses)
            await anyio.sleep(1.0)
            session.send_text("No, what time is it?", interrupt=True)
            (cut,), (answer,) = await story.played(), await (await anext(responses)).played()
            assert (cut.interrupted, answer.interrupted) == (True, False)
            assert len(speaker.heard) == round(cut.position * WIRE_RATE) + frames(0.5)
        assert server.refused == []

    run_virtual(main)


def test_pause_holds_sound_and_captions_at_the_exact_frame() -> None:
    async def main() -> None:
        server, speaker = two_items(), VirtualSpeaker()
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.send_text("What time is it?")
            item = await first_message(session)
            await anyio.sleep(0.6)
            session.pause()
            length, words = len(speaker.heard), item.heard
            await anyio.sleep(10.0)
            assert (len(speaker.heard), item.heard) == (length, words)
            session.resume()
            assert len(await playouts_of_last(session)) == 2
            assert len(speaker.heard) == frames(3.2)
            assert len(heard(server, speaker)) == 2  # nothing lost, nothing repeated

    async def playouts_of_last(session: Session) -> list[Playout]:
        return await session._engine.responses.values[-1].played()

    run_virtual(main)


def test_an_application_without_a_speaker_takes_the_sound_and_that_counts_as_heard() -> None:
    async def main() -> None:
        server = two_items()
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            await session.send_text("What time is it?")
            response = await anext(session.responses())
            taken = {}
            async for item in response:
                assert isinstance(item, MessageItem)
                taken[item.id] = np.concatenate([pcm async for pcm in item.audio()])
                playout = await item.played()
                assert playout.transcript == item.transcript
                assert np.array_equal(taken[item.id], server.sounds[item.id])

    run_virtual(main)


def test_a_listener_beside_the_speaker_gets_all_of_the_sound() -> None:
    async def main() -> None:
        server, speaker = two_items(), VirtualSpeaker()
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await session.send_text("What time is it?")
            item = await first_message(session)
            copy = np.concatenate([pcm async for pcm in item.audio()])
            assert np.array_equal(copy, server.sounds[item.id])

    run_virtual(main)


def test_the_microphone_is_sent_and_muted_sound_is_not() -> None:
    async def main() -> None:
        server, microphone = FakeServer(), VirtualMicrophone()
        async with server, connect(endpoint=server, speaker=None, microphone=microphone) as session:
            said = np.full(frames(0.5), 1000, np.int16)
            microphone.say(said, at=0.2)
            await anyio.sleep(1.0)
            session.mute()
            microphone.say(said)
            await anyio.sleep(1.0)
        assert np.count_nonzero(server.heard) == len(said)
        assert len(server.heard) >= frames(1.9)

    run_virtual(main)


def test_a_user_transcript_is_emitted_and_added_to_the_conversation() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Noon."))
        transcription: TranscriptionFields = {"model": "gpt-transcribe"}
        async with (
            server,
            connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, transcription=transcription) as session,
        ):
            await server.user_speaks("What time is it?", 1.0)
            await playouts_of(session)
            texts = [item.heard for item in session.conversation if isinstance(item, MessageItem)]
        assert texts == ["What time is it?", "Noon."]
        finals = [e.text async for e in session.events() if isinstance(e, UserTranscript) and e.final]
        assert finals == ["What time is it?"]

    run_virtual(main)


def test_an_update_resolves_when_the_server_confirmed_it_and_fails_when_it_refused() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            settings = await session.update(instructions="Be brief.", turn_detection=None)
            assert settings["instructions"] == "Be brief."
            assert settings["audio"]["input"]["turn_detection"] is None
            with pytest.raises(ServerRefused) as refusal:
                await session.update(output_modalities=[])
            assert refusal.value.param == "session.output_modalities"
            assert (await session.update(instructions="Be long."))["instructions"] == "Be long."

    run_virtual(main)


def test_events_come_in_the_order_in_which_a_listener_perceives_the_talk() -> None:
    async def main() -> None:
        server = two_items()
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            await session.send_text("What time is it?")
            await playouts_of(session)
        seen = [type(e).__name__ async for e in session.events() if isinstance(e, PlayoutStarted | PlayoutFinished)]
        assert seen == ["PlayoutStarted", "PlayoutFinished"] * 2

    run_virtual(main)


def test_garbage_from_the_server_is_reported_and_the_session_continues() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Still here."))
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
            garbage: tuple[str | bytes, ...] = (
                "not json",
                b"\xff\xfe\x00",
                "[1, 2]",
                '{"type": "response.output_item.added", "response_id": "r", "item": null}',
                '{"type": "some.new.event", "x": 1}',
                '{"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "AAAA"}',
            )
            for frame in garbage:
                server.inject(frame)
            await session.send_text("Are you there?")
            (unannounced,) = await playouts_of(session)  # audio is played whatever begins its response
            assert (unannounced.item_id, unannounced.transcript) == ("i", "")
            (playout,) = await playouts_of(session)
            assert playout.transcript == "Still here."
        violations = [e async for e in session.events() if type(e).__name__ == "ProtocolViolation"]
        assert len(violations) == 6  # the new event is none; the last response lacks its beginning and its end

    run_virtual(main)


def test_noises_are_distinguished() -> None:
    """The instrument of these tests: a stretch is named by what was heard, not by what was sent."""
    one, two = np.arange(1, 100, dtype=np.int16), np.arange(500, 600, dtype=np.int16)
    heard_sound = np.concatenate([one[:50], two])
    assert stretches(heard_sound, {"a": one, "b": two}) == [Stretch("a", 0, 50), Stretch("b", 0, 100)]


def test_a_playout_that_is_read_is_of_this_moment_however_rarely_the_speaker_is_asked() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), NullSpeaker()
        server.reply(message("One.", seconds=3.0))
        async with server, connect(endpoint=server, speaker=speaker, microphone=None, aligner=None) as session:
            session.respond()
            item = await first_message(session)
            for moment in range(1, 40):
                await anyio.sleep(0.0137)
                assert item.playout.position == speaker.played() / 24_000, moment
            unread = item.playout.position
            await anyio.sleep(0.05)
            position = (await anyio.to_thread.run_sync(lambda: item.playout)).position
            assert unread <= position < speaker.played() / 24_000, "another thread reads what was counted last"

    run_virtual(main)


def test_a_device_may_read_the_playout_of_what_it_plays() -> None:
    class Avatar(VirtualSpeaker):
        """Moves its lips by what is heard."""

        message: MessageItem | None = None

        def played(self) -> int:
            assert self.message is None or self.message.playout.position >= 0.0
            return super().played()

        def write(self, pcm: Pcm) -> int:
            assert self.message is None or self.message.playout.position >= 0.0
            return super().write(pcm)

        def flush(self) -> int:
            assert self.message is None or self.message.playout.position >= 0.0
            return super().flush()

    async def main() -> None:
        server, speaker = FakeServer(), Avatar()
        server.reply(message("One.", seconds=3.0), pace=1.5)
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            session.respond()
            speaker.message = await first_message(session)
            await anyio.sleep(1.0)
            [playout] = await session.interrupt()
            assert playout.position == approx(1.0, abs=0.1)

    run_virtual(main)
