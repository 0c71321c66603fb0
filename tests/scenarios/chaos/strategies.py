"""Draws schedules: mostly short and simple, with everything in some of them."""

from __future__ import annotations

import math
from typing import Any, Final

from hypothesis import strategies as st

from realtime_sdk.testing import Close, Expire, Phase, Refuse, Reset, Silence

from ..schedules.strategies import milliseconds, words
from . import schedule as s

sounds = st.builds(s.Sound, st.sampled_from([0.3, 0.6, 1.0, 2.0]))
spoken = st.one_of(
    st.builds(s.Spoken, st.tuples(words, sounds)),
    st.builds(s.Spoken, st.tuples(words, sounds)),
    st.builds(s.Spoken, st.tuples(words, sounds, words, sounds)),
    st.builds(s.Spoken, st.tuples(sounds, words, st.builds(s.Lull, milliseconds((50, 1000))), sounds)),
)
called = st.builds(s.Called, milliseconds((0, 0), (1, 1000), (1000, 8000)))
answers = st.builds(
    s.Answer,
    st.one_of(
        st.tuples(spoken), st.tuples(spoken), st.tuples(spoken, spoken), st.tuples(called), st.tuples(spoken, called),
        st.tuples(called, called),
    ),
    pace=st.sampled_from([math.inf, math.inf, 4.0, 1.2, 1.0]),
    thinking=milliseconds((0, 0), (1, 800)),
    status=st.sampled_from(["completed", "completed", "completed", "completed", "completed", "incomplete"]),
)  # fmt: skip

PASSING: Final[list[Any]] = [
    Reset(), Reset(), Close(1006), Close(1000), Close(1001, "going away"), Close(1011, "internal error"),
    Close(1012, "service restart"), Close(1013, "try again later"), Silence(), Expire(),
]  # fmt: skip
"""Faults after which the talk goes on."""

faults = st.sampled_from(PASSING)
refusals = st.sampled_from([
    Refuse(500), Refuse(503), Refuse(502, body="<html>Bad Gateway</html>"), Refuse(429, "rate_limit_exceeded"),
])  # fmt: skip

acts: st.SearchStrategy[s.Act] = st.one_of(
    st.builds(s.Ask, st.sampled_from(["text", "text", "interrupting", "note", "respond"])),
    st.builds(s.Ask, st.sampled_from(["text", "text", "respond"])),
    st.builds(s.Say, milliseconds((300, 900))),
    st.builds(s.Say, milliseconds((300, 900))),
    st.sampled_from([s.Interrupt(), s.Cancel(), s.Update()]),
    st.sampled_from([s.Interrupt(), s.Hold(), s.GoOn()]),
    st.builds(s.Break, faults),
    st.builds(s.Break, faults),
    st.builds(s.Deny, refusals, st.integers(1, 3)),
)
moments = st.sampled_from([
    "", "", "", "ResponseStarted", "ItemAdded", "PlayoutStarted", "CaptionShown", "PlayoutFinished",
    "ResponseFinished", "ToolStarted", "ToolFinished", "UserSpeechStarted", "UserSpeechStopped", "Disconnected",
    "Disconnected", "Reconnected",
])  # fmt: skip
steps = st.builds(
    s.Step, acts, milliseconds((0, 0), (1, 30), (30, 400), (400, 1500), (1500, 6000)), moments
)
fails = st.builds(
    s.Fail, faults, st.sampled_from(list(Phase)), nth=st.sampled_from([1, 1, 1, 2, 3, 7]),
    after=milliseconds((0, 0), (0, 0), (1, 600)),
)  # fmt: skip
schedules = st.builds(
    s.Schedule,
    st.lists(answers, min_size=1, max_size=5).map(tuple),
    st.lists(steps, min_size=1, max_size=6).map(lambda steps: (s.Step(s.Ask()), *steps)),
    st.lists(fails, max_size=3).map(tuple),
    lifetime=st.sampled_from([3600.0, 3600.0, 3600.0, 330.0, 305.0, 20.0]),
    latency=milliseconds((0, 0), (0, 0), (1, 150)),
    device=st.builds(s.Device, latency=milliseconds((0, 0), (0, 200)), tail=milliseconds((0, 0), (0, 15))),
    luck=st.integers(0, 9),
)
