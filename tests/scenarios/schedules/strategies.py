"""Draws schedules: mostly short and simple, with everything in some of them."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from . import schedule as s


def milliseconds(*ranges: tuple[int, int]) -> st.SearchStrategy[float]:
    """Seconds to the millisecond, from ranges in milliseconds; the first ones are what schedules shrink to."""
    return st.one_of(*(st.integers(low, high) for low, high in ranges)).map(lambda ms: ms / 1000)


words = st.sampled_from(["One. ", "Two three ", "four, ", "five six seven. "]).map(s.Words)
lengths = milliseconds((30, 300), (30, 300), (30, 300), (30, 600), (30, 600), (1, 30), (600, 4000))
sounds = st.builds(s.Sound, lengths, st.booleans())
pieces = st.one_of(
    words, sounds, words, sounds, st.just(s.NewPart()), st.builds(s.Lull, milliseconds((1, 50), (50, 1500)))
)  # fmt: skip
items = st.one_of(
    st.builds(s.Spoken, st.lists(pieces, min_size=1, max_size=6).map(tuple)),
    st.builds(s.Spoken, st.tuples(words, sounds)),
    st.builds(s.Spoken, st.tuples(words, sounds, words, sounds)),
    st.builds(s.Spoken, st.tuples(sounds, sounds, words)),
    st.builds(s.Called, milliseconds((0, 0), (1, 1000))),
    st.just(s.Spoken()),
)
answers = st.builds(
    s.Answer,
    st.one_of(*(st.lists(items, min_size=least, max_size=4).map(tuple) for least in (1, 1, 2, 3, 0))),
    pace=st.sampled_from([math.inf, math.inf, 4.0, 1.2, 1.0, 0.8]),
    thinking=milliseconds((0, 0), (1, 800)),
    status=st.sampled_from(["completed", "completed", "completed", "completed", "incomplete", "failed"]),
)
acts: st.SearchStrategy[s.Act] = st.one_of(
    st.builds(s.Ask, st.sampled_from(["spoken", "interrupting", "text", "aside", "aside"])),
    st.builds(s.Speak, milliseconds((300, 1200)), milliseconds((0, 0), (0, 300))),
    st.builds(s.Speak, milliseconds((300, 1200)), milliseconds((0, 0), (0, 300))),
    st.just(s.Interrupt()),
    st.just(s.Interrupt()),
    st.sampled_from([s.Cancel(), s.Hold(), s.GoOn(), s.Leave()]),
    st.sampled_from([s.Cancel(), s.Hold(), s.GoOn()]),
    st.sampled_from([s.Hold(), s.GoOn()]),
    st.builds(s.Stall, milliseconds((1, 200))),
)
moments = st.sampled_from([
    "", "", "", "ResponseStarted", "ItemAdded", "PlayoutStarted", "PlayoutStarted", "CaptionShown", "PlayoutFinished",
    "ResponseFinished", "ToolStarted", "UserSpeechStarted", "Underrun",
])  # fmt: skip
steps = st.builds(s.Step, acts, milliseconds((0, 0), (1, 30), (30, 400), (30, 400), (400, 1500)), moments)
networks = st.builds(
    s.Network,
    milliseconds((0, 0), (0, 0), (1, 100)),
    st.lists(st.tuples(st.integers(1, 60), milliseconds((1, 600))), max_size=3).map(tuple),
    st.sampled_from(["batched", "batched", "per_item", "response_first", "missing", "duplicated"]),
)
devices = st.builds(
    s.Device,
    latency=milliseconds((0, 0), (0, 300)),
    capacity=milliseconds((1000, 1000), (1000, 1000), (30, 1000)),
    drift=st.integers(-200, 200).map(lambda ppm: ppm / 1e6),
    tail=milliseconds((0, 0), (0, 15)),
)
schedules = st.builds(
    s.Schedule,
    st.lists(answers, min_size=1, max_size=5).map(tuple),
    st.lists(steps, min_size=1, max_size=6).map(lambda steps: (s.Step(s.Ask()), *steps)),
    st.sampled_from(["server", "server", "client", "duck", "pause", "wait", "never", "manual"]),
    networks,
    devices,
)
