"""The properties of every canceller, and the performance of the two that cancel."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture.echo import _linear as linear
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.capture.echo._gate import HalfDuplexGate
from realtime_sdk.capture.echo._linear import REST_BLOCKS, LinearCanceller
from realtime_sdk.capture.echo._webrtc import WebRtcCanceller
from realtime_sdk.errors import UsageError

from .rooms import FRAME, RATE, Signal, babble, echoed, likeness, pcm, reduction, run

CANCELLERS: list[Callable[[int], EchoCanceller]] = [HalfDuplexGate, WebRtcCanceller, LinearCanceller]
each = pytest.mark.parametrize("make", CANCELLERS, ids=lambda make: make.__name__)
each_duplex = pytest.mark.parametrize("make", CANCELLERS[1:], ids=lambda make: make.__name__)


@each
def test_every_canceller_has_the_protocol(make: Callable[[int], EchoCanceller]) -> None:
    assert isinstance(make(RATE), EchoCanceller)


@each
def test_silence_stays_silence(make: Callable[[int], EchoCanceller]) -> None:
    silence = np.zeros(RATE, np.int16)
    assert not np.any(run(make(RATE), silence, silence))


@each
def test_a_user_who_speaks_into_silence_is_heard(make: Callable[[int], EchoCanceller]) -> None:
    user = babble(3, seed=1)
    left = run(make(RATE), pcm(user), np.zeros(len(user), np.int16))
    assert abs(reduction(user, left, 0.5, 2.9)) < 3


@each
def test_an_echo_is_taken_out(make: Callable[[int], EchoCanceller]) -> None:
    reply = babble(6, seed=2)
    echo = echoed(reply, seed=3)
    assert reduction(echo, run(make(RATE), pcm(echo), pcm(reply)), 3, 5.9) > 20


@each
def test_an_echo_at_another_rate_is_taken_out(make: Callable[[int], EchoCanceller]) -> None:
    reply = babble(6, seed=2)
    echo = echoed(reply, seed=3)
    canceller, frames = make(2 * RATE), 2 * FRAME  # the same sound, played faster
    starts = range(0, len(reply) - frames + 1, frames)
    left = np.concatenate([canceller.process(pcm(echo[n : n + frames]), pcm(reply[n : n + frames])) for n in starts])
    assert reduction(echo, left, 3, 5.9) > 20


def test_a_canceller_at_rest_passes_the_audio_on_as_it_is() -> None:
    user = pcm(babble(3, seed=1))
    left = run(LinearCanceller(RATE), user, np.zeros(len(user), np.int16))
    resting = REST_BLOCKS * FRAME
    assert np.array_equal(left[resting:], user[resting : len(left)])


def test_after_a_rest_a_canceller_is_as_if_it_had_not_rested(monkeypatch: pytest.MonkeyPatch) -> None:
    silence = np.zeros(3 * RATE)
    reply = np.concatenate([babble(3, seed=2), silence, babble(2, seed=4)])
    captured = echoed(reply, seed=3) + np.random.default_rng(5).normal(0.0, 0.001, len(reply))
    rested = run(LinearCanceller(RATE), pcm(captured), pcm(reply))
    monkeypatch.setattr(linear, "REST_BLOCKS", 10**6)
    restless = run(LinearCanceller(RATE), pcm(captured), pcm(reply))
    assert np.abs(rested.astype(int) - restless)[6 * RATE :].max() <= 2


def test_a_user_who_speaks_over_the_reply_stays_whole() -> None:
    reply, user = babble(9, seed=4), babble(9, seed=5)
    user[: 5 * RATE] = 0
    left = run(LinearCanceller(RATE), pcm(echoed(reply, seed=6) + user), pcm(reply))
    assert likeness(user, left, 5.5, 8.9) > 0.9


def test_a_user_who_speaks_over_a_loud_reply_stays_whole() -> None:
    reply, user = babble(9, seed=4), babble(9, seed=5)
    user[: 5 * RATE] = 0
    left = run(LinearCanceller(RATE), pcm(echoed(reply, seed=6, gain=2.0) + user), pcm(reply))
    assert likeness(user, left, 5.5, 8.9) > 0.75


def test_a_user_who_is_far_louder_than_the_echo_stays_whole() -> None:
    reply, user = babble(12, seed=4), babble(12, seed=5)
    user[: 4 * RATE] = 0
    left = run(LinearCanceller(RATE), pcm(echoed(reply, seed=6, gain=0.05) + user), pcm(reply))
    assert likeness(user, left, 4.5, 11.9) > 0.95


@each_duplex
def test_the_output_lags_by_the_stated_delay(make: Callable[[int], EchoCanceller]) -> None:
    user = babble(3, seed=7)
    left = run(make(RATE), pcm(user), np.zeros(len(user), np.int16))
    spectrum = np.fft.rfft(left, 2 * len(user)) * np.fft.rfft(user, 2 * len(user)).conj()
    lag = int(np.fft.irfft(spectrum).argmax())
    assert min(lag, 2 * len(user) - lag) <= RATE // 1000


@pytest.mark.parametrize("later", [0.001, 0.03, -0.02])
def test_an_echo_that_moves_is_soon_taken_out_again(later: float) -> None:
    reply = babble(8, seed=8)
    before, after = echoed(reply, seed=9, delay=0.04), echoed(reply, seed=9, delay=0.04 + later)
    echo = np.concatenate([before[: 5 * RATE], after[5 * RATE :]])
    left = run(LinearCanceller(RATE), pcm(echo), pcm(reply))
    assert reduction(echo, left, 5.5, 7.9) > 25


def test_an_echo_that_moves_before_convergence_is_learnt() -> None:
    reply = babble(5, seed=18)
    silent = np.concatenate([np.zeros(RATE // 4), reply])[: len(reply)]  # no noise either, which would help
    echo = np.concatenate([0.5 * silent[:RATE], 0.5 * np.roll(silent, 300)[RATE:]])
    left = run(LinearCanceller(RATE), pcm(echo), pcm(silent))
    assert reduction(echo, left, 2, 4.9) > 25


@pytest.mark.parametrize("times", [2.0, 0.5])
def test_an_echo_whose_volume_changes_is_soon_taken_out_again(times: float) -> None:
    reply = babble(8, seed=16)
    echo = echoed(reply, seed=17, gain=0.3)
    echo[5 * RATE :] *= times
    left = run(LinearCanceller(RATE), pcm(echo), pcm(reply))
    assert reduction(echo, left, 5.3, 7.9) > 25


def test_a_changed_room_is_learnt() -> None:
    reply = babble(9, seed=10)
    echo = np.concatenate([echoed(reply, seed=11)[: 4 * RATE], echoed(reply, seed=12, gain=0.8)[4 * RATE :]])
    left = run(LinearCanceller(RATE), pcm(echo), pcm(reply))
    assert reduction(echo, left, 6, 8.9) > 25


@pytest.mark.parametrize("make", CANCELLERS[:2], ids=lambda make: make.__name__)
def test_after_a_reset_a_canceller_is_as_new(make: Callable[[int], EchoCanceller]) -> None:
    reply = babble(2, seed=13)
    captured = pcm(echoed(reply, seed=14))
    used = make(RATE)
    run(used, pcm(babble(1, seed=15)), pcm(reply))
    used.reset()
    again, fresh = run(used, captured, pcm(reply)), run(make(RATE), captured, pcm(reply))
    assert np.array_equal(again, fresh)


def test_after_a_reset_any_echo_path_is_learnt() -> None:
    reply = babble(5, seed=13)
    echo = echoed(reply, seed=14)
    used = LinearCanceller(RATE)
    run(used, pcm(echoed(reply, seed=15, gain=1.0)), pcm(reply))
    used.reset()
    assert reduction(echo, run(used, pcm(echo), pcm(reply)), 2, 4.9) > 25


def after_lost_sound(reply: Signal, user: Signal, astray: float) -> tuple[Signal, Pcm]:
    """The echo, and the output for it and a user: after 5 s audio is lost, and the echo has another delay."""
    canceller, lost = LinearCanceller(RATE), 5 * RATE
    before, after = (echoed(reply, seed=27, delay=0.04 + later) for later in (0.0, astray))
    echo = np.concatenate([before[:lost], after[lost:]])
    captured, rendered = pcm(echo + user), pcm(reply)
    left = run(canceller, captured[:lost], rendered[:lost])
    canceller.reset()
    begin = lost - round(canceller.delay * RATE)  # `run` leaves out the beginning
    return echo, np.concatenate([left, run(canceller, captured[begin:], rendered[begin:])])


@pytest.mark.parametrize("astray", [0.0, 0.001, -0.012, 0.02])
def test_no_echo_passes_after_a_loss_of_audio(astray: float) -> None:
    echo, left = after_lost_sound(babble(8, seed=26), np.zeros(8 * RATE), astray)
    assert reduction(echo, left, 5, 7.9) > 40


@pytest.mark.parametrize("astray", [0.0, 0.001, -0.012, 0.02])
def test_a_user_who_barges_in_right_after_a_loss_is_heard(astray: float) -> None:
    user = babble(8, seed=28)
    user[: round(5.2 * RATE)] = 0
    _, left = after_lost_sound(babble(8, seed=26), user, astray)
    assert likeness(user, left, 5.6, 7.9) > 0.9


@pytest.mark.parametrize("before", [0.0, 2.0])
def test_an_echo_that_appears_after_a_loss_is_learnt(before: float) -> None:
    canceller, reply, loud = LinearCanceller(RATE), babble(8, seed=29), pcm(babble(FRAME / RATE, seed=31))
    for _ in range(round(before * RATE / FRAME)):
        canceller.process(np.zeros(FRAME, np.int16), loud)
    canceller.reset()
    echo = echoed(reply, seed=30)
    assert reduction(echo, run(canceller, pcm(echo), pcm(reply)), 2, 7.9) > 25


def test_no_echo_passes_before_convergence() -> None:
    reply = babble(3, seed=19)
    echo = echoed(reply, seed=20, gain=1.0)
    assert reduction(echo, run(LinearCanceller(RATE), pcm(echo), pcm(reply)), 0, 2.9) > 40


def test_no_echo_passes_when_capture_stops_and_resumes_at_another_delay() -> None:
    reply = babble(8, seed=21)
    echo, later = echoed(reply, seed=22, delay=0.05), echoed(reply, seed=22, delay=0.09)
    echo[4 * RATE :] = later[4 * RATE :]
    echo[4 * RATE : 4 * RATE + RATE // 20] = 0
    left = run(LinearCanceller(RATE), pcm(echo), pcm(reply))
    assert reduction(echo, left, 4, 5) > 25


def test_a_user_who_barges_in_before_convergence_is_heard_after_a_second() -> None:
    reply, user = babble(4, seed=23), babble(4, seed=24)
    left = run(LinearCanceller(RATE), pcm(echoed(reply, seed=25) + user), pcm(reply))
    assert likeness(user, left, 2, 3.9) > 0.6


@each
def test_a_frame_of_another_length_is_refused_in_words(make: Callable[[int], EchoCanceller]) -> None:
    with pytest.raises(UsageError, match="takes 480 captured and 480 rendered frames"):
        make(RATE).process(np.zeros(FRAME, np.int16), np.zeros(FRAME + 1, np.int16))


@each
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_any_input_gives_output_of_the_same_length(make: Callable[[int], EchoCanceller], data: st.DataObject) -> None:
    canceller = make(RATE)
    levels = st.sampled_from([-32768, -1, 0, 1, 32767])
    noise = np.random.default_rng(1).integers(-32768, 32767, FRAME, np.int16)
    for _ in range(data.draw(st.integers(1, 30))):
        captured, rendered = (
            data.draw(st.sampled_from([noise, np.full(FRAME, data.draw(levels), np.int16)])) for _ in range(2)
        )
        cleaned = canceller.process(captured, rendered)  # warnings are errors: no NaN, no overflow
        assert cleaned.shape == (FRAME,) and cleaned.dtype == np.int16
