"""A report: the folder of a recording in, what it says out."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk import Prices
from realtime_sdk.errors import UsageError
from realtime_sdk.recording import report
from realtime_sdk.recording._report._model import ReportData, Spoken, ToolCall
from realtime_sdk.recording._report._reading import read_report

from ..effort import tries
from .talks import HOSTILE, QUESTION, STORY, record_talk

PRICES = Prices(
    text_in=4, text_out=16, audio_in=32, audio_out=64, transcription_text_out=10, transcription_audio_in=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "talk"
    record_talk(folder)
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> ReportData:
    return read_report(folder)


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return report(folder, prices=PRICES)


def spoken(data: ReportData) -> list[Spoken]:
    return list(data.spoken)


def test_what_was_heard_comes_in_order_with_its_phase(data: ReportData) -> None:
    assert [(each.side, each.phase, each.text) for each in spoken(data)] == [
        ("user", None, QUESTION),
        ("assistant", "commentary", "Let me look."),
        ("assistant", "final_answer", HOSTILE),
        ("user", None, "Tell me a story."),
        ("assistant", None, "Once upon a time there was a king"),
        ("assistant", None, ""),
    ]


def test_what_was_typed_is_told_once_though_a_new_server_was_given_it_again(data: ReportData) -> None:
    assert [each.text for each in spoken(data) if each.typed] == ["Tell me a story."]


def test_each_word_has_its_time_in_the_recording(data: ReportData) -> None:
    for each in spoken(data):
        starts = [word.start for word in each.words]
        assert starts == sorted(starts)
        assert all(each.start <= start <= each.end for start in starts)


def test_the_users_words_end_with_their_last_sound_and_not_with_the_servers_report(data: ReportData) -> None:
    assert spoken(data)[0].words[-1].end == pytest.approx(data.turns[0].ended)


def test_what_was_received_and_never_heard_is_told(data: ReportData) -> None:
    cut, never = data.unheard
    assert cut.text + cut.unheard == STORY
    assert [cut.unheard_seconds, never.unheard_seconds] == pytest.approx([5.0, 1.0])
    assert never.unheard == "The end."


def test_a_tool_has_its_arguments_and_its_output(data: ReportData) -> None:
    [tool] = [entry for entry in data.entries if isinstance(entry, ToolCall)]
    assert (tool.name, json.loads(tool.arguments), tool.error) == ("measure", {"body": "moon"}, None)
    assert json.loads(tool.output or "") == {"distance": 384400, "unit": "km"}


def test_interruptions_and_lost_connections_are_incidents(data: ReportData) -> None:
    connection, interruption = data.incidents
    assert connection.kind == "connection" and "going away" in connection.text and "came back" in connection.text
    assert interruption.kind == "interruption" and "6.0 s" in interruption.text


HEADER = '{"format":"realtime_sdk.events","version":1,"epoch":1.0}'


@pytest.mark.parametrize(
    ("events", "kind", "text", "end"),
    [
        ([{"type": "Underrun", "t": 1.0, "item": {"id": "a"}}], "underrun", "ran dry", None),
        ([{"type": "DeviceLost", "t": 1.0, "side": "input", "reason": "unplugged"}], "device", "unplugged", None),
        (
            [
                {"type": "DeviceLost", "t": 1.0, "side": "output", "reason": "unplugged"},
                {"type": "DeviceRestored", "t": 3.5, "side": "output"},
            ],
            "device", "It came back after 2.5 s.", 3.5,
        ),
        (
            [
                {"type": "InputFault", "t": 1.0, "fault": "silent", "reason": "The microphone gives zeros."},
                {"type": "InputFaultEnded", "t": 9.0, "fault": "silent"},
            ],
            "device", "The microphone gives zeros.", 9.0,
        ),
        ([{"type": "ServerError", "t": 1.0, "code": "bad", "message": "No."}], "error", "No. (bad)", None),
        (
            [{"type": "RecordingFailed", "t": 1.0, "reason": "no space left"}],
            "recording", "Not recorded for now: no space left", None,
        ),
        (
            [
                {"type": "RecordingRestored", "t": 1.0, "audio_dropped": 2.5, "frames_dropped": 3, "events_dropped": 0}
            ],
            "recording", "missing: 2.5 s of audio, 3 frames, 0 events", None,
        ),
        (
            [
                {"type": "ResponseFinished", "t": 1.0}
                | {"response": {"id": "r", "status": "failed", "reason": None, "usage": None}}
            ],
            "error", "A response ended as failed", None,
        ),
    ],
)  # fmt: skip
def test_what_went_wrong_is_an_incident(
    tmp_path: Path, events: list[dict[str, Any]], kind: str, text: str, end: float | None
) -> None:
    (tmp_path / "sdk_events.jsonl").write_text("\n".join([HEADER, *map(json.dumps, events), ""]))
    [incident] = read_report(tmp_path).incidents
    assert (incident.kind, incident.start, incident.end) == (kind, 1.0, end)
    assert text in incident.text
    assert "class=\"incident" in report(tmp_path)


def test_the_end_of_a_session_is_no_incident(tmp_path: Path) -> None:
    end = {"type": "Disconnected", "t": 1.0, "code": 1000, "reason": "", "will_retry": False}
    (tmp_path / "sdk_events.jsonl").write_text(f"{HEADER}\n{json.dumps(end)}\n")
    assert read_report(tmp_path).incidents == []


def test_the_latency_of_each_turn_and_the_usage_are_those_of_the_session(data: ReportData) -> None:
    assert [turn.end.value for turn in data.turns] == ["server", "text"]
    assert data.latency.answer.count == 2
    assert data.usage.output_audio > 0
    assert data.usage.transcription.tokens is not None


def test_the_page_asks_for_nothing_and_runs_no_text_of_a_model(page: str) -> None:
    assert "</script><b>" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:,)""", page)
    assert "default-src 'none'" in page
    assert len(re.findall("<script", page)) == 3  # the peaks, the sound, the page's own


def test_it_costs_what_the_prices_say(folder: Path, data: ReportData, page: str) -> None:
    assert f"{data.usage.cost(PRICES):.4f}" in page
    assert "<dt>cost</dt>" not in report(folder)
    with pytest.raises(UsageError, match="the prices have no audio_in"):
        report(folder, prices=Prices(text_in=1, text_out=1))


def lines_of(folder: Path) -> list[str]:
    return (folder / "sdk_events.jsonl").read_text().splitlines(keepends=True)


def copied(folder: Path, target: Path, change: Callable[[list[str]], list[str]]) -> Path:
    """A recording whose events are changed, and that has no sound."""
    target.mkdir()
    (target / "sdk_events.jsonl").write_text("".join(change(lines_of(folder))))
    return target


def test_a_recording_that_was_cut_off_in_a_line_has_a_report_up_to_there(folder: Path, tmp_path: Path) -> None:
    def cut(lines: list[str]) -> list[str]:
        last = next(number for number, line in enumerate(lines) if '" king"' in line)
        return [*lines[: last + 1], lines[last + 1][:20]]

    talk = copied(folder, tmp_path / "talk", cut)
    story = spoken(read_report(talk))[-1]
    assert (story.text, story.ended) == ("Once upon a time there was a king", False)
    page = report(talk)
    assert "The recording ends here." in page
    assert "There is no sound to play: conversation.wav is empty, missing or damaged." in page


def test_what_a_later_version_adds_is_skipped(folder: Path, tmp_path: Path, data: ReportData) -> None:
    def extend(lines: list[str]) -> list[str]:
        header, *events = lines
        extended = [json.dumps({**json.loads(line), "new": 1}) + "\n" for line in events]
        return [header, '{"t":0.0,"type":"NewEvent"}\n', *extended]

    heard = [entry for entry in data.entries if not (isinstance(entry, Spoken) and entry.typed)]
    assert read_report(copied(folder, tmp_path / "talk", extend)).entries == heard


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (None, "is no folder"),
        ({}, "holds no recording: it has none of events.jsonl, sdk_events.jsonl, conversation.wav, captions.vtt"),
        ({"events.jsonl": ""}, "was recorded by an earlier version, or is a part of a recording"),
        ({"sdk_events.jsonl": ""}, "does not begin as that of a recording"),
        ({"sdk_events.jsonl": "hello\n"}, "line 1 is no event of a recording: 'hello'"),
        ({"sdk_events.jsonl": '{"type":"x"}\n'}, "does not begin as that of a recording"),
        (
            {"sdk_events.jsonl": '{"format":"realtime_sdk.events","version":2,"sdk":"9.0","epoch":1.0}\n'},
            "was recorded by version 9.0 of this package, and this one does not know its format: update it",
        ),
        (
            {"sdk_events.jsonl": '{"format":"realtime_sdk.events","version":1,"epoch":1.0}\n{"type":"Underrun"}\n'},
            "line 2 is no event of a recording",
        ),
        (
            {
                "sdk_events.jsonl": '{"format":"realtime_sdk.events","version":1,"epoch":1.0}\n'
                '{"t":1.0,"type":"PlayoutStarted","item":7}\n'
            },
            "line 2 is no event of a recording",
        ),
    ],
)
def test_what_is_no_recording_is_told_in_a_sentence(
    tmp_path: Path, files: dict[str, str] | None, message: str
) -> None:
    folder = tmp_path / "talk"
    if files is not None:
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
    with pytest.raises(UsageError, match=re.escape(message)):
        report(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(width=16) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=tries(600))
def test_events_of_another_program_are_a_page_or_a_sentence(data: st.DataObject, folder: Path) -> None:
    """Any value of any line may be another one."""
    lines = [json.loads(line) for line in lines_of(folder) if '"CaptionShown"' not in line or '" king"' in line]
    place: Any = lines
    while isinstance(place, list | dict) and place:
        within, key = place, data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place = within[key]
        if data.draw(st.booleans()):
            break
    within[key] = data.draw(JSON)
    with tempfile.TemporaryDirectory() as talk:
        Path(talk, "sdk_events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        try:
            assert report(talk).startswith("<!doctype html>")
        except UsageError as error:
            assert "sdk_events.jsonl" in str(error) or "was recorded by version" in str(error)
