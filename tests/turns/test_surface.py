"""What the policies show to an application."""

from __future__ import annotations

import pytest

from realtime_sdk import BargeIn, IdlePolicy

SURFACE: dict[type, set[str]] = {
    BargeIn: {
        "by_server", "immediate", "duck_then_decide", "pause_then_decide", "delay", "never",
        "action", "seconds", "follows_server",
    },
    IdlePolicy: {"notify", "prompt", "seconds", "request"},
}  # fmt: skip


@pytest.mark.parametrize(("policy", "names"), SURFACE.items(), ids=[policy.__name__ for policy in SURFACE])
def test_a_policy_shows_these_names_and_no_others(policy: type, names: set[str]) -> None:
    assert {name for name in dir(policy) if not name.startswith("_")} == names
