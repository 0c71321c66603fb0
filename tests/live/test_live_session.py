"""A conversation with GPT-Live, end to end, against a server made from its published schema."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    ConnectionFailed,
    ConnectionLost,
    DelegationStarted,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    LiveCaption,
    LiveInterrupted,
    LiveSession,
    OpenAIEndpoint,
    RequestTimedOut,
    ServerError,
    ServerRefused,
    ToolFinished,
    ToolStarted,
    UrlEndpoint,
    UsageError,
    connect,
    connect_live,
    connect_translation,
    to_srt,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.recording import read
from realtime_sdk.testing import (
    FakeLiveServer,
    Refuse,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    noise,
    run_virtual,
    stall,
)

BACKEND: dict[str, Any] = {"type": "responses", "responses": {"model": "gpt-5.5"}}
SECRET = "sk-very-secret"
HELLO = ["Hello", " there,", " how", " are", " you?"]


def talk(
    server: FakeLiveServer, script: Callable[[LiveSession], Awaitable[None]], *, speaker: VirtualSpeaker | None = None,
    microphone: VirtualMicrophone | None = None, **arguments: Any,
) -> VirtualSpeaker:  # fmt: skip
    """Run a script in a session; return the speaker."""
    speaker = VirtualSpeaker() if speaker is None else speaker

    async def main() -> None:
        async with server, connect_live(endpoint=server, speaker=speaker, microphone=microphone, **arguments) as live:
            await script(live)

    run_virtual(main)
    return speaker


async def shown(live: LiveSession, count: int) -> list[tuple[float, LiveCaption]]:
    """Wait for so many captions of the model's; return each with the wall-clock time at which it came."""
    captions, came = live.captions("assistant"), list[tuple[float, LiveCaption]]()
    for _ in range(count):
        caption = await anext(captions)
        came.append((clock.wall(), caption))
    return came


def sounded_at(speaker: VirtualSpeaker, seconds: float) -> float:
    """The wall-clock time at which a frame of the stream was heard."""
    frame = to_frames(seconds)
    for sound in speaker.timeline:
        if frame < sound.pcm.size:
            return sound.at + frame / speaker.rate
        frame -= sound.pcm.size
    raise AssertionError(f"{seconds} s of the session were not heard")


# Captions at their own times


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
        assert 0.0 <= at - sounded_at(speaker, caption.start) <= 0.02


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


# The user's side


def test_the_microphone_reaches_the_server_to_the_sample_and_silence_stands_in_where_there_is_none() -> None:
    server, microphone, words = FakeLiveServer(), VirtualMicrophone(), noise(0.5, seed=1)
    microphone.say(words, at=1.0)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(3.0)

    talk(server, script, microphone=microphone)
    began = server.heard.nonzero()[0][0]
    assert server.heard[began : began + words.size].tolist() == words.tolist()
    assert server.heard.size == pytest.approx(to_frames(3.0), abs=to_frames(0.05))

    alone = FakeLiveServer()
    talk(alone, script)
    assert not alone.heard.any()
    assert alone.heard.size == pytest.approx(to_frames(3.0), abs=to_frames(0.25))


def test_muted_audio_is_silence_on_both_sides_and_the_clock_goes_on() -> None:
    server, microphone = FakeLiveServer(), VirtualMicrophone()
    microphone.say(noise(3.0, seed=1), at=0.0)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        await live.mute()
        muted = [server.muted]
        await anyio.sleep(0.1)
        muted_from = server.heard.size
        await anyio.sleep(1.0)
        assert not server.heard[muted_from:].any()
        assert server.heard.size - muted_from >= to_frames(0.9)
        await live.unmute()
        await anyio.sleep(0.5)
        assert [*muted, server.muted] == [True, False]
        assert server.heard[-100:].all()

    talk(server, script, microphone=microphone)


def test_devices_that_are_lost_are_told_and_the_talk_goes_on() -> None:
    server, microphone, speaker = FakeLiveServer(), VirtualMicrophone(), VirtualSpeaker()
    server.say("one two three four five six seven eight", at=0.6)

    async def script(live: LiveSession) -> None:
        captions = live.captions()
        assert [(await anext(captions)).text for _ in range(2)] == ["one", " two"]
        speaker.unplug()
        microphone.unplug()
        lost = [await anext(live.events(DeviceLost)) for _ in range(2)]
        assert {event.side for event in lost} == {"input", "output"}
        heard = server.seconds
        await anyio.sleep(2.0)
        assert server.seconds - heard > 1.8
        speaker.plug_in()
        microphone.plug_in()
        restored = [await anext(live.events(DeviceRestored)) for _ in range(2)]
        assert {event.side for event in restored} == {"input", "output"}
        rest = [(await anext(captions)).text for _ in range(6)]
        assert rest == [" three", " four", " five", " six", " seven", " eight"]

    talk(server, script, speaker=speaker, microphone=microphone)


def test_audio_of_the_applications_own_takes_the_place_of_silence() -> None:
    server, own = FakeLiveServer(), noise(2.0, seed=3)

    async def script(live: LiveSession) -> None:
        await live.send_audio(own)
        await anyio.sleep(1.9)
        assert server.heard.size == own.size
        await anyio.sleep(1.0)
        assert server.heard.size > own.size
        with pytest.raises(UsageError, match="16-bit mono"):
            live.send_audio(b"\0\0\0")

    talk(server, script)
    assert server.heard[: own.size].tolist() == own.tolist()
    assert server.refused == []


@pytest.mark.parametrize("format", [{"type": "audio/pcm", "rate": 16_000}, "audio/pcmu", "audio/pcma"])
def test_other_formats_run_in_both_directions(format: Any) -> None:
    server = FakeLiveServer()
    server.say("Hello.", at=0.4)
    came: list[tuple[float, LiveCaption]] = []

    async def script(live: LiveSession) -> None:
        came.extend(await shown(live, 1))
        assert 0.4 < live.position < 0.45
        live.pause()
        await anyio.sleep(3.0)
        live.resume()
        await anyio.sleep(1.5)
        assert server.seconds - live.position < 1.5  # its silence is known for what it is

    speaker = talk(server, script, format=format)
    assert server.session["audio"]["format"]["rate"] == speaker.rate
    assert [caption.start for _, caption in came] == [0.4]


# Work


def test_the_application_does_the_work_and_says_the_result() -> None:
    server = FakeLiveServer()

    work_ids: list[str] = []

    async def script(live: LiveSession) -> None:
        work_ids.append(work_id := server.delegate())
        event = await anext(live.events(DelegationStarted))
        assert (event.delegation.id, event.delegation.target) == (work_id, "client")
        await live.think("Looking it up.", delegation=event.delegation)
        await live.say("It rains.", delegation=work_id)
        await live.instruct("Be cheerful.")
        with pytest.raises(ServerRefused, match="Unknown delegation"):
            await live.say("No.", delegation="another")
        with pytest.raises(ServerRefused, match="500 tokens"):
            await live.say("word " * 501)
        with pytest.raises(UsageError, match="empty text"):
            live.say(" ")
        with pytest.raises(UsageError, match="for a backend model"):
            live.send_text("Hi.")

    talk(server, script)
    sent = [(event["type"], event["delegation_id"]) for event in server.received if event["type"].endswith("y.append")]
    assert sent == [
        ("session.commentary.append", work_ids[0]),
        ("session.commentary.append", "another"),
        ("session.commentary.append", None),
    ]


def test_a_refusal_that_nobody_awaits_is_an_event() -> None:
    async def script(live: LiveSession) -> None:
        live.say("No.", delegation="another")
        event = await anext(live.events(ServerError))
        assert event.message == "Unknown delegation: 'another'."

    talk(FakeLiveServer(), script)


def test_tools_run_for_the_backend_model_and_its_answer_is_spoken() -> None:
    server = FakeLiveServer()

    async def weather(city: str) -> str:
        """Tell the weather."""
        await asyncio.sleep(3.0)
        return f"rain in {city}"

    def population(city: str) -> int:
        """Tell the population."""
        return 700_000

    async def script(live: LiveSession) -> None:
        server.delegate(call("weather", {"city": "Oslo"}), call("population", {"city": "Oslo"}), answer="It rains.")
        started = [(await anext(live.events(ToolStarted))).call.name for _ in range(2)]
        assert sorted(started) == ["population", "weather"]
        await server.wait_for("response.create")
        assert sorted(server.outputs.values()) == ["700000", "rain in Oslo"]
        finished = [await anext(live.events(ToolFinished)) for _ in range(2)]
        assert [event.call.output for event in finished] == ["700000", "rain in Oslo"]
        assert [caption.text for _, caption in await shown(live, 2)] == ["It", " rains."]
        assert (live.usage.input_tokens, live.usage.cached_tokens, live.usage.output_tokens) == (40, 16, 10)
        server.answer(answer="Yes.")
        live.send_text("Really?")
        assert [caption.text for _, caption in await shown(live, 1)] == ["Yes."]
        await live.update(delegation={"type": "responses", "responses": {"model": "gpt-6"}})
        assert server.session["delegation"]["responses"]["model"] == "gpt-6"
        with pytest.raises(ServerRefused, match="cannot change"):
            await live.update(delegation={"type": "client"})

    talk(server, script, delegation=BACKEND, tools=[weather, population])
    assert [event["type"] for event in server.received].count("response.create") == 2
    assert {tool["name"] for tool in server.session["delegation"]["responses"]["tools"]} == {"weather", "population"}
    assert [error["code"] for error in server.refused] == ["immutable_field_update"]


# Opening, and the end


def test_the_session_is_what_was_asked_for() -> None:
    server, voice = FakeLiveServer(), {"id": "voice_1"}
    history = [{"role": "user", "content": [{"type": "input_text", "text": "Hi."}]}]

    async def script(live: LiveSession) -> None:
        assert (live.state, live.id) == ("open", "session_1")
        assert live.expires_at == clock.wall() + 7200.0

    talk(server, script, instructions="Be brief.", voice=voice, input=history, store=True)
    assert server.received[0]["type"] == "session.start"
    assert server.session == {
        "model": "gpt-live-1.1", "instructions": "Be brief.", "input": history, "store": True,
        "audio": {"output": {"voice": voice}},
    }  # fmt: skip


def test_a_refused_configuration_and_a_refused_connection_are_raised() -> None:
    async def never(live: LiveSession) -> None:
        raise AssertionError("it is open")

    with pytest.raises(ServerRefused, match=r"Invalid type for 'session\.instructions'") as refusal:
        talk(FakeLiveServer(), never, instructions=7)
    assert refusal.value.code == "invalid_type"
    server = FakeLiveServer()
    server.refuse_connections(refusal=Refuse(429, "insufficient_quota"))
    with pytest.raises(ConnectionFailed) as failure:
        talk(server, never)
    assert (failure.value.status, failure.value.error) == (429, "insufficient_quota")


def test_closing_it_makes_the_usage_final() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        await live.send_audio(bytes(2 * to_frames(65.0)))
        await anyio.sleep(1.0)
        assert (live.usage.seconds, live.usage.final) == (60.0, False)
        assert live.usage.context == pytest.approx(65 / 7200)
        await live.close()
        assert live.usage.final
        assert live.usage.seconds == pytest.approx(65.0, abs=0.3)
        assert [event async for event in live.events(Disconnected)] == []
        await live.close()  # once more: it is closed
        assert [caption async for caption in live.captions()] == []
        with pytest.raises(ConnectionLost):
            await live.say("Too late.")

    talk(server, script)


def test_leaving_the_block_closes_it_too() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)

    talk(server, script)
    assert server.received[-1]["type"] == "session.close"
    assert server.sent[-1]["type"] == "session.closed"


def test_nothing_of_the_users_is_sent_once_it_is_to_close_and_a_server_that_does_not_close_it_is_left() -> None:
    server = FakeLiveServer()
    server.ignore("session.close")
    server.say("Hello.", at=0.2)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        closing = live.close()
        await server.wait_for("session.close")
        with pytest.raises(ConnectionLost, match="the session is closing"):
            await live.send_audio(bytes(4800))
        assert [caption.text async for caption in live.captions()] == ["Hello."]
        assert live.state == "closed"
        with pytest.raises(RequestTimedOut):
            await closing
        assert len([event async for event in live.events(Disconnected)]) == 1

    talk(server, script, microphone=VirtualMicrophone(), timeout=3.0)
    assert server.received[-1]["type"] == "session.close"


def test_a_session_that_the_server_has_closed_ends_though_the_connection_stays() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        server.inject({"type": "session.closed", "reason": "expired", "usage": {"seconds": 1.0}})
        with pytest.raises(ConnectionLost, match="expired"):
            await anext(live.captions())
        assert [event.reason async for event in live.events(Disconnected)] == ["expired"]
        sent = len(server.received)
        await anyio.sleep(1.0)
        assert len(server.received) == sent

    talk(server, script, microphone=VirtualMicrophone())


def test_silencing_what_came_before_the_end_ends_the_captions() -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.2)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(0.6)
        live.pause()
        await anyio.sleep(0.4)
        server.hang_up()
        await anyio.sleep(0.1)
        assert live.interrupt() > 0.3
        with pytest.raises(ConnectionLost):
            await shown(live, 3)

    talk(server, script)


def test_after_the_end_every_call_is_told_so() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        server.hang_up()
        await anyio.sleep(0.1)
        for begun in (live.send_text("Hi."), live.send_tool_output("call_1", "2"), live.mute(), live.close()):
            with pytest.raises(ConnectionLost):
                await begun

    talk(server, script, delegation=BACKEND)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda server: server.hang_up(1011, "oops"), "1011 oops"),
        (lambda server: server.break_off(), "broke off"),
        (lambda server: server.expire(), "the server closed the session: expired"),
    ],
    ids=["hang up", "break off", "expire"],
)
def test_a_drop_is_told_once_what_came_was_heard(fault: Callable[[FakeLiveServer], None], reason: str) -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)

    async def script(live: LiveSession) -> None:
        captions = live.captions()
        live.pause()
        await anyio.sleep(2.0)
        fault(server)
        await anyio.sleep(1.0)
        live.resume()
        assert [(await anext(captions)).text for _ in range(2)] == ["Hello", " there."]
        with pytest.raises(ConnectionLost, match=reason):
            await anext(captions)
        assert live.state == "closed"
        assert len([event async for event in live.events(Disconnected)]) == 1
        with pytest.raises(ConnectionLost):
            await live.say("Are you there?")

    talk(server, script)


def test_a_command_that_is_never_answered_times_out() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        server.fall_silent()
        with pytest.raises(RequestTimedOut, match=r"session\.thinking\.append within 2 s"):
            await live.think("Hm.")

    talk(server, script, timeout=2.0)


def test_servers_that_name_no_command_are_understood() -> None:
    async def script(live: LiveSession) -> None:
        await live.say("Hello.")
        await live.mute()
        await live.close()

    talk(FakeLiveServer(echoes=False), script)


# The recording


def test_a_recording_has_the_wire_the_sound_and_the_words(tmp_path: Path) -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)
    server.say("Goodbye.", at=4.0)

    async def script(live: LiveSession) -> None:
        await shown(live, 2)
        await anyio.sleep(1.5)
        server.user_says("Bye.")
        await shown(live, 1)
        await anyio.sleep(0.3)

    talk(server, script, record=tmp_path / "talk")
    records = list(read(tmp_path / "talk"))
    assert [record.event for record in records if record.dir == "client"] == server.received
    assert [record.event for record in records if record.dir == "server"] == server.sent
    captions = (tmp_path / "talk" / "captions.vtt").read_text(encoding="utf-8")
    said = [line for line in captions.splitlines() if line.startswith("<v ")]
    assert [line.partition(">")[0] for line in said] == ["<v Assistant", "<v User", "<v Assistant"]
    assert "Goodbye." in said[2]


# What connect_live refuses before anything is sent


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"instruction": "x"}, "did you mean 'instructions'"),
        ({"turn_detection": None}, r"connect_live\(\) has no field 'turn_detection'"),
        ({"tools": [to_srt]}, "tools are called by a backend model"),
        ({"tools": [to_srt], "delegation": {"type": "client"}}, "tools are called by a backend model"),
        ({"format": "audio/opus"}, "unknown audio format"),
        ({"speaker": "loud"}, "an OutputDevice"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        connect_live(endpoint=FakeLiveServer(), **{"speaker": None, "microphone": None, **arguments})


def test_endpoints_of_the_realtime_api_do_not_fit_and_the_models_do_not_fit_connect() -> None:
    with pytest.raises(UsageError, match=r"has an address of its own.*wss://…/live/sessions"):
        connect_live(endpoint=OpenAIEndpoint())
    with pytest.raises(UsageError, match=r"use connect_live\(…\) in place of connect"):
        connect("gpt-live-1.1")
    with pytest.raises(UsageError, match=r"use connect_translation\(…\) in place of connect"):
        connect("gpt-realtime-translate")


def test_the_service_wants_a_key_and_no_error_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(UsageError, match="wants an API key"):
        connect_live(speaker=None, microphone=None)
    server = FakeLiveServer()
    server.refuse_connections()

    async def main() -> None:
        async with server, connect_live(endpoint=server, api_key=SECRET, speaker=None, microphone=None):
            pass

    with pytest.raises(ConnectionFailed) as failure:
        run_virtual(main)
    trace = traceback.TracebackException.from_exception(failure.value, capture_locals=True)
    own = [frame for frame in trace.stack if "/realtime_sdk/live/" in frame.filename]
    assert {frame.name for frame in own} >= {"_open", "_connect"}
    assert SECRET not in str(failure.value) + str([frame.locals for frame in own])


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str | None, str | None]] = []

    async def note(self: UrlEndpoint, model: str | None, api_key: str | None) -> Any:
        asked.append((self.name, model, api_key))
        raise ConnectionFailed("enough")

    monkeypatch.setattr(UrlEndpoint, "connect", note)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    async def attempt(opening: Any) -> None:
        with pytest.raises(ConnectionFailed):
            async with opening:
                pass

    async def main() -> None:
        silent: dict[str, Any] = {"speaker": None, "microphone": None}
        await attempt(connect_live(**silent))
        await attempt(connect_translation("es", **silent))
        monkeypatch.setenv("OPENAI_BASE_URL", "https://proxy.example/v1/")
        await attempt(connect_live(**silent))

    run_virtual(main)
    assert asked == [
        ("wss://api.openai.com/v1/live/sessions", None, "sk-1"),
        ("wss://api.openai.com/v1/realtime/translations", "gpt-realtime-translate", "sk-1"),
        ("wss://proxy.example/v1/live/sessions", None, "sk-1"),
    ]


def test_a_session_is_opened_by_entering_it() -> None:
    with pytest.raises(UsageError, match=r"use: async with connect_live\(…\) as session"):
        connect_live(endpoint=FakeLiveServer(), speaker=None, microphone=None).captions()  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match=r"connect_live\(…\) or connect_translation\(…\) opens a session"):
        LiveSession()


@pytest.mark.real
def test_it_runs_over_a_real_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeLiveServer()
    server.say("Hello.", at=0.0)

    async def main() -> None:
        async with server, server.listen() as url:
            assert url.endswith("/v1/live/sessions")
            async with connect_live(endpoint=UrlEndpoint(url), speaker=VirtualSpeaker(), microphone=None) as live:
                await live.send_audio(noise(0.6, seed=1))
                assert (await anext(live.captions())).text == "Hello."
                await live.close()
                assert live.usage.final

    asyncio.run(main())
    assert server.refused == []
