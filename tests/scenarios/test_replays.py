"""A failing schedule can be replayed: it prints a program with the same conversation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from .schedules import program, replay, schedule as s
from .schedules.strategies import schedules


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(code, names)
    return names


@settings(max_examples=50)
@given(schedules)
def test_a_schedule_prints_as_the_code_that_makes_it_again(schedule: s.Schedule) -> None:
    imports, _, made = program(schedule).rpartition("replay(")
    assert run(f"{imports}again = ({made}")["again"] == schedule


def test_a_failing_schedule_prints_as_a_program_that_fails_likewise() -> None:
    broken = s.Schedule((s.Answer((s.Spoken((s.Sound(-1.0),)),)),), (s.Step(s.Ask()),))
    with pytest.raises(ValueError) as failure:
        replay(broken)
    (note,) = failure.value.__notes__
    with pytest.raises(ValueError) as again:
        run(note.removeprefix("To see it again:\n\n"))
    assert str(again.value) == str(failure.value)
