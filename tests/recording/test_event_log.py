"""`events.jsonl`: the wire's frames read back unchanged, without any credential."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from realtime_sdk._runtime.credentials import CredentialScanner, masked
from realtime_sdk.errors import UsageError
from realtime_sdk.recording import Record, read
from realtime_sdk.recording._disk_file import DiskFile
from realtime_sdk.recording._event_log import EventLog

NAMES = st.text(max_size=10).filter(lambda name: masked({name: "x"}) == {name: "x"})
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10)
LISTS_AND_OBJECTS = st.lists(VALUES, max_size=3) | st.dictionaries(NAMES, VALUES, max_size=3)
EVENTS = st.dictionaries(NAMES, VALUES | LISTS_AND_OBJECTS, max_size=5)


def refuse(error: OSError) -> None:
    raise error


@contextmanager
def new_log(path: Path) -> Iterator[EventLog]:
    with closing(DiskFile(path, refuse)) as file:
        yield EventLog(file)


def kept(folder: Path, *frames: bytes | str) -> list[Record]:
    path = folder / "events.jsonl"
    path.unlink(missing_ok=True)
    with new_log(path) as log:
        for n, frame in enumerate(frames):
            log.write(float(n), "server", frame)
    return list(read(path))


def test_a_frame_is_one_line_with_its_time_and_direction(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with new_log(path) as log:
        log.write(0.25, "client", '{\n  "type": "response.create"\n}')
        log.write(1.5, "server", b'{"type":"response.done"}')
    assert [json.loads(line) for line in path.read_text().splitlines()] == [
        {"t": 0.25, "dir": "client", "event": {"type": "response.create"}},
        {"t": 1.5, "dir": "server", "event": {"type": "response.done"}},
    ]


@given(EVENTS)
def test_every_event_reads_back_unchanged(tmp_path_factory: pytest.TempPathFactory, event: dict[str, Any]) -> None:
    frame = json.dumps(event)
    [record] = kept(tmp_path_factory.getbasetemp(), frame)
    assert record == Record(0.0, "server", event)
    assert json.loads(record.frame) == event


@pytest.mark.parametrize("frame", ["", "hello", "[1, 2]", "null", '{"type":', "[" * 100_000, '"\ud800"'])
def test_a_frame_that_is_no_event_is_kept_unchanged(tmp_path: Path, frame: str) -> None:
    [record] = kept(tmp_path, frame)
    assert record == Record(0.0, "server", None, raw=frame)
    assert record.frame == frame


def test_bytes_that_are_no_utf8_are_kept_readable(tmp_path: Path) -> None:
    [record] = kept(tmp_path, b"\xff\x00")
    assert record.raw == "\\xff\x00"


def test_a_lone_surrogate_in_an_event_survives(tmp_path: Path) -> None:
    [record] = kept(tmp_path, '{"delta": "\\ud83d"}')
    assert record.event == {"delta": "\ud83d"}


SECRET = "s3cret-9f86d081884c7d659a2f"
TOOL = {
    "type": "mcp",
    "server_label": "shop",
    "server_url": f"https://me:{SECRET}@tools.example:8443/mcp/{SECRET}/sse?api_key={SECRET}&flag=1#{SECRET}",
    "authorization": SECRET,
    "headers": {"X-Key": SECRET},
}


@pytest.mark.parametrize(
    "event",
    [
        {"type": "session.update", "session": {"tools": [TOOL]}},
        {"type": "session.created", "session": {"client_secret": {"value": SECRET}}},
        {"Authorization": SECRET, "apiKey": SECRET, "x-api-key": SECRET, "token": SECRET, "password": SECRET},
        {"access_token": SECRET, "clientSecret": SECRET, "Cookie": SECRET, "credentials": [SECRET]},
        {"error": {"message": f"https://me:{SECRET}@a.example/x?api_key={SECRET} does not answer"}},
        {"image_url": f"https://images.example/1.png?X-Signature={SECRET}&Expires=1"},
        {"item": {"arguments": json.dumps({"user": "me", "api_key": SECRET})}},
        {"item": {"arguments": f'{{"user": "me", "password": "{SECRET}'}},
        {"item": {"output": json.dumps([{"token": SECRET}, json.dumps({"access_token": SECRET})])}},
        {"instructions": f"Send Authorization: Bearer {SECRET} with it."},
    ],
)
def test_no_credential_is_written(tmp_path: Path, event: dict[str, Any]) -> None:
    [record] = kept(tmp_path, json.dumps(event))
    assert SECRET not in (tmp_path / "events.jsonl").read_text()
    assert record.event is not None and record.event.keys() == event.keys()


@pytest.mark.parametrize("name", ["api_key", "note"])
@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_no_credential_is_written_in_pieces(tmp_path: Path, name: str, size: int) -> None:
    secret = "sk-9f86d081884c7d659a2f"
    arguments = json.dumps({"user": "me", name: secret, "more": "and more"})
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    kind = "response.function_call_arguments"
    frames = [{"type": f"{kind}.delta", "item_id": "item_1", "delta": piece} for piece in pieces]
    frames += [{"type": f"{kind}.done", "item_id": "item_1", "arguments": arguments}, {"type": "response.done"}]
    *written, done, _ = kept(tmp_path, *map(json.dumps, frames))
    text = "".join(record.event["delta"] for record in written if record.event)
    assert text.startswith('{"user": "me"'[:size])
    assert not any(secret[at : at + 4] in text for at in range(3, len(secret) - 3))
    assert done.event is not None and json.loads(done.event["arguments"])["more"] == "and more"


def scanned(*pieces: str) -> bool:
    scanner = CredentialScanner()
    for piece in pieces:
        scanner.push(piece)
    return scanner.found


PARTS = st.sampled_from(["s", "k-", "ek", "_", "di", "client", "secret", "token", "bearer", " ", '": "', "=", 40 * "x"])


@given(st.lists(PARTS, max_size=8), st.integers(1, 9))
def test_a_text_in_pieces_holds_a_credential_if_the_whole_does(parts: list[str], size: int) -> None:
    text = "".join(parts)
    assert scanned(*(text[at : at + size] for at in range(0, len(text), size))) is scanned(text)


@pytest.mark.parametrize(
    "frame",
    [
        f'{{"client_secret": "{SECRET}", "deep": {"[" * 100_000}{"]" * 100_000}}}',
        f'{{"client_secret": {{"value": "{SECRET}"}}, "n": {"9" * 5000}}}',
        f'no json "api_key": "{SECRET}"',
        f"Authorization: Bearer {SECRET}",
        f'{{"headers": {{"X-Key": "{SECRET}',
        f"'password'='{SECRET}'",
        f"see https://me:{SECRET}@a.example/?token={SECRET}",
    ],
    ids=["deep", "long number", "no json", "header", "cut off", "quotes", "address"],
)
def test_a_frame_that_is_no_json_is_written_without_credentials_too(tmp_path: Path, frame: str) -> None:
    [record] = kept(tmp_path, frame)
    assert SECRET not in (tmp_path / "events.jsonl").read_text()
    assert record.raw


def test_what_is_no_credential_is_kept(tmp_path: Path) -> None:
    event = {
        "usage": {"total_tokens": 5, "input_token_details": {"text_tokens": 5}},
        "logprobs": [{"token": "Hel", "logprob": -0.1}],
        "max_output_tokens": 9,
        "server_url": "https://tools.example/sse",
        "image_url": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA",
        "text": "See https://a.example/?q=weather for my opinion on tokens: many.",
        "arguments": '{"total_tokens":5,  "bearer": "of good news"}',
        "transcript": "[sighs] The password: swordfish, said the bearer tomorrow.",
    }
    [record] = kept(tmp_path, json.dumps(event))
    assert record.event == event


def test_of_a_tool_s_address_its_host_and_path_are_written(tmp_path: Path) -> None:
    [record] = kept(tmp_path, json.dumps({"tools": [TOOL]}))
    assert record.event is not None
    address = "https://tools.example:8443/mcp/***/sse?api_key=***&flag=***#***"
    assert record.event["tools"][0]["server_url"] == address
    assert masked(record.event) == record.event


def test_a_last_line_cut_off_by_a_crash_is_skipped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"t":0.0,"dir":"server","event":{}}\n{"t":0.1,"dir":"ser')
    assert list(read(path)) == [Record(0.0, "server", {})]
    assert caplog.messages == [f"{path}: the recording was cut off in its last line, 2, which is skipped"]


@pytest.mark.parametrize("line", ["no json", "[]", '{"t": 1}', '{"t": "soon", "dir": "server", "event": {}}'])
def test_a_line_that_is_no_record_is_skipped_and_named(
    tmp_path: Path, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(f'{{"t":0.0,"dir":"server","event":{{}}}}\n{line}\n')
    assert list(read(path)) == [Record(0.0, "server", {})]
    [warning] = caplog.messages
    assert "line 2" in warning


def test_a_file_without_a_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text("no json\n")
    with pytest.raises(UsageError, match="no recorded event"):
        list(read(tmp_path))


def test_a_folder_without_a_recording_and_one_that_does_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as without:
        list(read(tmp_path))
    assert str(without.value) == f"{tmp_path} holds no recording: it has no events.jsonl"
    assert isinstance(without.value.__cause__, FileNotFoundError)
    with pytest.raises(UsageError) as missing:
        list(read(tmp_path / "monday"))
    assert str(missing.value).startswith(f"there is no {tmp_path / 'monday'}: pass the folder of a recording")


@pytest.mark.parametrize("name", ["", "with\0zero"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "events.jsonl").mkdir()
    with pytest.raises(UsageError, match="can't be read"):
        list(read(tmp_path / name))


def test_the_end_of_a_connection_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"t":1.0,"dir":"server","event":null,"close":{"code":1011,"reason":"gone"}}\n')
    assert list(read(path)) == [Record(1.0, "server", None, close={"code": 1011, "reason": "gone"})]
