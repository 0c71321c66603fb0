"""The captions of a replay are those of the recording; words that it does not have are placed in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import Caption, CaptionShown, Playout, PlayoutFinished, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, replay, run_virtual
from realtime_sdk.testing.recorded._captions import RecordedAligner

STORY = "Once upon a time there was a king who counted every star that he could see from his tower."


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of two messages, the second of which is cut in its middle."""
    folder = tmp_path_factory.mktemp("talk")

    async def main() -> None:
        server = FakeServer(latency=0.05)
        server.reply(message("Let me think.", seconds=1.0), message(STORY, seconds=6.0), pace=4.0)
        async with server, connect(
            endpoint=server, record=folder, microphone=None, speaker=VirtualSpeaker(), aligner="signal"
        ) as session:  # fmt: skip
            session.send_text("Tell me a story.")
            await anyio.sleep(4.0)
            await session.interrupt()

    run_virtual(main)
    return folder


def recorded(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / "sdk_events.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for line in lines if (event := json.loads(line)).get("type") == kind]


def captions_in(folder: Path) -> list[Caption]:
    return [Caption(**event["caption"]) for event in recorded(folder, "CaptionShown")]


def replayed(folder: Path, *kinds: type[Any], **options: Any) -> list[Any]:
    async def main() -> list[Any]:
        async with replay(folder, **options) as session:
            return [event async for event in session.events(*kinds)]

    return run_virtual(main)


def changed(folder: Path, into: Path, change: Callable[[str], str]) -> Path:
    """A copy of a recording with other lines in its `sdk_events.jsonl`."""
    into.joinpath("events.jsonl").write_bytes((folder / "events.jsonl").read_bytes())
    lines = (folder / "sdk_events.jsonl").read_text(encoding="utf-8").splitlines()
    into.joinpath("sdk_events.jsonl").write_text("".join(change(line) + "\n" for line in lines), encoding="utf-8")
    return into


def test_they_are_those_of_the_recording_each_shown_when_its_word_begins(talk: Path) -> None:
    shown = [event for event in replayed(talk) if isinstance(event, CaptionShown | PlayoutFinished)]
    captions = [event for event in shown if isinstance(event, CaptionShown)]
    begins = {e.playout.item_id: e.playout.started_at or 0.0 for e in shown if isinstance(e, PlayoutFinished)}
    assert [event.caption for event in captions] == captions_in(talk)
    assert len(captions) > 8
    for event in captions:
        assert event.at == approx(begins[event.caption.item_id] + event.caption.start, abs=0.02)


def test_what_was_heard_of_a_cut_message_is_what_it_was(talk: Path) -> None:
    playouts = [event.playout for event in replayed(talk, PlayoutFinished)]
    before = [event["playout"] for event in recorded(talk, "PlayoutFinished")]
    assert [playout.transcript for playout in playouts] == [playout["transcript"] for playout in before]
    assert [playout.interrupted for playout in playouts] == [False, True]


def test_a_speaker_that_is_read_only_when_something_is_due_plays_as_one_that_is_read_all_the_time(talk: Path) -> None:
    def played(**options: Any) -> list[Playout]:
        return [event.playout for event in replayed(talk, PlayoutFinished, **options)]

    seldom, often = played(), played(speaker=VirtualSpeaker())
    assert [playout.position for playout in seldom] == [playout.position for playout in often]
    for times in ("started_at", "finished_at"):
        assert [getattr(playout, times) for playout in seldom] == approx([getattr(p, times) for p in often], abs=1e-3)


def test_words_behind_a_cut_that_is_not_made_again_are_placed(talk: Path) -> None:
    async def main() -> list[Caption]:
        async with connect(endpoint=replay(talk), speaker=VirtualSpeaker(), microphone=None) as session:
            session.send_text("Tell me a story.")
            return [event.caption async for event in session.events(CaptionShown)]

    shown, before = run_virtual(main), captions_in(talk)
    captions = [caption for caption in shown if caption.item_id == before[-1].item_id]
    assert shown[: len(before)] == before
    assert "".join(caption.text for caption in captions) == STORY
    assert [caption.index for caption in captions] == list(range(len(captions)))
    assert [caption.start for caption in captions] == sorted(caption.start for caption in captions)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda line: line.replace("king", "queen"), id="another text"),
        pytest.param(lambda line: line[:60] if '"index":3' in line else line, id="a line that was cut off"),
        pytest.param(lambda line: line.replace('"text"', '"word"'), id="another format"),
        pytest.param(lambda line: "" if '"PlayoutFinished"' in line else line, id="a crash"),
    ],
)
def test_words_that_the_recording_does_not_have_are_placed(
    talk: Path, tmp_path: Path, change: Callable[[str], str]
) -> None:
    texts: dict[str, str] = {}
    for event in replayed(changed(talk, tmp_path, change), CaptionShown):
        texts[event.item.id] = texts.get(event.item.id, "") + event.caption.text
    preamble, story = texts.values()
    assert preamble == "Let me think."
    assert STORY.startswith(story) and len(story) > 20


def test_words_that_were_not_timed_in_the_recording_are_placed(talk: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with connect(
            endpoint=replay(talk, aligner=None), speaker=VirtualSpeaker(), microphone=None, record=tmp_path,
            aligner=None,
        ) as session:  # fmt: skip
            session.send_text("Tell me a story.")
            await session.drained()

    run_virtual(main)
    assert len(recorded(tmp_path, "CaptionShown")) == 2
    assert len(replayed(tmp_path, CaptionShown)) == 22


def test_another_aligner_places_all_words_once_more(talk: Path) -> None:
    shown = replayed(talk, CaptionShown, aligner="signal")
    assert "".join(event.caption.text for event in shown).startswith("Let me think.Once upon")
    assert any(event.at > event.item.playout.started_at + event.caption.start + 0.01 for event in shown)


def test_a_caption_waits_for_its_text() -> None:
    aligner = RecordedAligner(24_000, "item_1", [Caption("item_1", 0, "One", 0.0, 0.5)], known_until=float("inf"))
    aligner.push_text("O")
    assert aligner.due(1.0) == []
    aligner.push_text("ne")
    assert [caption.text for caption in aligner.due(1.0)] == ["One"]
