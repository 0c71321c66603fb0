"""Sessions of real services that speak a dialect, replayed through it in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from realtime_sdk.protocol import ProtocolViolation, ResponseCreated, SessionUpdated, parse
from realtime_sdk.protocol.dialects import BETA, XAI, Dialect
from realtime_sdk.testing._fake_dialects import SERVER_SIDES

from ..shared import recordings, server_events

SESSIONS = recordings("beta", "compat")

OF_THE_SERVICE_ALONE = {"resumption", "input_audio_sampling_rate"}
"""Fields of a session that the current protocol has no place for."""


def dialect_of(path: Path) -> Dialect:
    return XAI if "xai" in path.name else BETA


def client_events(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["dir"] == "client" and isinstance(record.get("event"), dict):
            yield record["event"]


def comparable(event: dict[str, Any]) -> dict[str, Any]:
    """An event in which only what means something differs."""
    session = event.get("session")
    if not isinstance(session, dict):
        return event
    fields = {name: value for name, value in session.items() if name not in OF_THE_SERVICE_ALONE}
    return {**event, "session": {**fields, "modalities": sorted(session.get("modalities", ()))}}


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_what_a_client_of_the_service_sent_is_what_is_written_here(path: Path) -> None:
    dialect = dialect_of(path)
    sent = [event for event in client_events(path) if event["type"] != "input_audio_buffer.append"]
    assert sent
    for event in sent:
        current = SERVER_SIDES[dialect.name].read(without_own_fields(event))
        assert comparable(dialect.encode(current)) == comparable(as_the_dialect_names_it(event, dialect))


def without_own_fields(event: dict[str, Any]) -> dict[str, Any]:
    session = event.get("session")
    if not isinstance(session, dict):
        return event
    return {**event, "session": {key: value for key, value in session.items() if key not in OF_THE_SERVICE_ALONE}}


def as_the_dialect_names_it(event: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Azure's service takes content by the current name, too; the beta's is written."""
    return dialect.encode(event) if event["type"] == "conversation.item.create" else event


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_what_the_service_sent_is_read(path: Path) -> None:
    dialect = dialect_of(path)
    events = [parse(json.dumps(event), dialect) for event in server_events(path)]
    assert [event for event in events if isinstance(event, ProtocolViolation)] == []
    assert [event for event in events if isinstance(event, ResponseCreated)]
    assert [event.session.turn_detection for event in events if isinstance(event, SessionUpdated)]
