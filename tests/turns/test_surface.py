"""What the policies show to an application, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from realtime_sdk import BargeIn, IdlePolicy, UsageError

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


@pytest.mark.parametrize(
    "make", [BargeIn.duck_then_decide, BargeIn.pause_then_decide, BargeIn.delay, IdlePolicy.notify, IdlePolicy.prompt]
)
@pytest.mark.parametrize("seconds", [0, -1.0, float("inf"), "1"])
def test_a_time_that_is_no_positive_number_is_refused(make: Callable[..., object], seconds: object) -> None:
    with pytest.raises(UsageError, match="seconds is a positive number of seconds"):
        make(seconds)


def test_a_prompt_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(UsageError, match=r"IdlePolicy.prompt\(\) has no field 'instruction': did you mean"):
        IdlePolicy.prompt(5.0, instruction="Ask whether the user is there.")
