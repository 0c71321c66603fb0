"""What the parts of a session show to an application."""

from __future__ import annotations

import pytest

from realtime_sdk import Operation, Session, Tap, UsageError

SURFACE: dict[type, set[str]] = {
    Operation: {"send", "throw", "close"},
    Tap: {"sent", "received", "captured", "heard", "emitted", "close"},
}


@pytest.mark.parametrize(("part", "names"), SURFACE.items(), ids=[part.__name__ for part in SURFACE])
def test_a_part_shows_these_names_and_no_others(part: type, names: set[str]) -> None:
    assert {name for name in dir(part) if not name.startswith("_")} == names


def test_only_connect_creates_a_session() -> None:
    with pytest.raises(UsageError, match=r"connect\(…\) opens a session"):
        Session()
