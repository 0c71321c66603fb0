"""What was said, as it was heard: captions in utterances."""

from __future__ import annotations

from realtime_sdk import LiveCaption, LiveCaptionShown, LiveInterrupted, ProtocolViolation
from realtime_sdk.live._events import Role
from realtime_sdk.live._transcript import PAUSE, LiveTranscript


def show(transcript: LiveTranscript, text: str, at: float, role: Role = "assistant") -> LiveCaptionShown:
    event = LiveCaptionShown(at, LiveCaption("", 0, text, 70.0, 70.2, False, role=role))
    transcript.on_event(event)
    return event


def test_a_pause_ends_an_utterance_and_the_other_side_does_not() -> None:
    transcript = LiveTranscript(epoch=100.0)
    show(transcript, "one", 101.0)
    show(transcript, "hm", 101.1, role="user")
    show(transcript, " two", 101.2)
    show(transcript, "three", 101.4 + PAUSE + 0.01)
    said = [(it.speaker, "".join(caption.text for caption in it.captions)) for it in transcript.build()]
    assert said == [("assistant", "one two"), ("user", "hm"), ("assistant", "three")]
    first = transcript.build()[0]
    assert (round(first.start, 3), round(first.end, 3)) == (1.0, 1.4)
    assert [round(caption.start, 3) for caption in first.captions] == [0.0, 0.2]


def test_words_that_come_late_and_at_once_follow_one_another() -> None:
    transcript = LiveTranscript(epoch=0.0)
    show(transcript, "one", 5.0)
    show(transcript, " two", 4.0)
    [utterance] = transcript.build()
    assert [caption.start for caption in utterance.captions] == [0.0, 0.0]


def test_an_interruption_ends_what_is_being_said_and_nothing_else() -> None:
    transcript = LiveTranscript(epoch=0.0)
    show(transcript, "one", 1.0)
    transcript.on_event(LiveInterrupted(20.0, 1.0))
    show(transcript, "two", 21.0)
    transcript.on_event(LiveInterrupted(21.1, 0.0))
    show(transcript, " three", 21.2)
    transcript.on_event(LiveInterrupted(21.3, 0.5))
    show(transcript, "four", 21.5)
    transcript.on_event(ProtocolViolation("kinds without words are ignored", ""))
    said = [("".join(caption.text for caption in it.captions), it.interrupted) for it in transcript.build()]
    assert said == [("one", False), ("two three", True), ("four", False)]


def test_an_utterance_is_known_to_have_ended_when_the_next_one_of_its_side_begins() -> None:
    transcript = LiveTranscript(epoch=0.0)
    assert transcript.ended_by(show(transcript, "one", 1.0)) is None
    assert transcript.ended_by(show(transcript, "hm", 9.0, role="user")) is None
    ended = transcript.ended_by(show(transcript, "two", 9.0))
    assert ended is not None
    assert [caption.text for caption in ended.captions] == ["one"]
    assert transcript.ended_by(show(transcript, " more", 9.2)) is None
