"""The rules of the device protocols, each with what to do about a device that breaks it."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

import numpy as np

from ...errors import UsageError

OPEN_LIMIT: Final = 10.0
"""Seconds that `open` may take: a Bluetooth device is connected first."""

CLOSE_LIMIT: Final = 2.0
"""Seconds that `close` may take."""

OUTPUT_METHODS: Final = {
    "open": True, "close": True, "room": False, "write": False, "played": False, "flush": False, "pause": False,
    "resume": False,
}  # fmt: skip
INPUT_METHODS: Final = {"open": True, "read": True, "close": True}
"""The methods of a protocol, and whether they are coroutines."""


class Rule(Enum):
    """A statement that holds for every device, and advice for one that breaks it."""

    def __init__(self, statement: str, advice: str) -> None:
        self.statement = statement
        self.advice = advice


_RAISES_NOTHING: Final = (
    "no method raises while the device works, and close never does",
    "handle the exception, or raise DeviceError if the device has failed",
)
_OPENS_IN_TIME: Final = (
    f"open returns within {OPEN_LIMIT:g} s",
    "raise DeviceError when the device does not answer in time",
)
_CLOSES_IN_TIME: Final = (
    f"close returns within {CLOSE_LIMIT:g} s",
    "cancel in close the tasks of the device, and wait for nothing that may never come",
)
"""The rules that both kinds of device have."""


class OutputRule(Rule):
    """The rules of `OutputDevice`."""

    METHODS = (
        "open and close are coroutines; room, write, played, flush, pause and resume are plain methods",
        "define all eight, with `async def` for the first two only",
    )
    OPENS = (
        "open(rate) succeeds, or raises a DeviceError for a rate that the device can't play",
        "raise DeviceError with the reason, and nothing else; the rates of the check are its argument `rates`",
    )
    OPENS_IN_TIME = _OPENS_IN_TIME
    STARTS_AT_ZERO = (
        "after every open the device counts from 0, and has room",
        "reset the count in open, and drop what was queued before",
    )
    RAISES_NOTHING = _RAISES_NOTHING
    RETURNS_AT_ONCE = (
        "the plain methods return at once: they are called from the event loop every 10 ms",
        "queue the frames, and send them from a task or a thread of the device's own",
    )
    TAKES_ITS_ROOM = (
        "write takes min(len(pcm), room()) frames, and returns how many it took",
        "take pcm[:self.room()], and return its length",
    )
    KEEPS_NOTHING = (
        "write neither changes the array that it is given nor keeps a reference to it",
        "queue pcm.copy() or pcm.tobytes()",
    )
    COUNTS_FRAMES = (
        "played returns an int of frames: no float, no seconds",
        "count frames at the rate given to open",
    )
    NEVER_DECREASES = (
        "played never decreases between open and close",
        "return the maximum of what was counted",
    )
    NEVER_EXCEEDS = (
        "played never exceeds the number of frames written",
        "count only frames of write: no silence, no padding of the device's own",
    )
    PLAYS_AT_ITS_RATE = (
        "a second of audio is played, and counted, in a second: at the rate given to open",
        "open the converter at that rate, or resample; a device with only one rate raises DeviceError for others, "
        "and is checked with `rates` of that one",
    )
    PLAYS = (
        "frames are played, and counted, soon after they are written",
        "start to play when the first frames are written, and let played return how many have left the converter",
    )
    COUNTS_WHAT_LEFT = (
        "played counts the frames that have left the converter, at the rate given to open: not those that were queued",
        "subtract what is still queued, and the output latency",
    )
    REACHES_THE_END = (
        "played reaches the number of frames written once all of them were heard",
        "play the last, incomplete block too, padded with silence that is not counted",
    )
    COUNTS_NO_SILENCE = (
        "silence between two writes is not counted",
        "count frames, not time: the count of an idle device does not move",
    )
    PAUSE_HOLDS = (
        "pause stops the count within 0.5 s, and it does not move until resume",
        "stop taking frames from the queue while paused, including those written during the pause",
    )
    RESUME_GOES_ON = (
        "resume goes on with the frame after the last one heard: nothing is dropped, and the pause is not counted",
        "keep what is queued during a pause, and play it from there",
    )
    FLUSH_DROPS = (
        "flush falls silent within 0.5 s, drops the frames after that and returns how many were heard in all",
        "empty the queue; return the count of the last frame that is still heard",
    )
    FLUSH_IS_FINAL = (
        "played settles at the number that flush returned",
        "return the count at the end of what can't be taken back, the fade included",
    )
    FLUSH_RENUMBERS = (
        "the first frame written after a flush has the number that flush returned",
        "set the count of frames written to what flush returns",
    )
    CLOSE_STOPS = (
        "close ends playback; it may be called twice, and before open; write then takes nothing or raises DeviceError",
        "drop the queue in close, and make a second close do nothing",
    )
    CLOSES_IN_TIME = _CLOSES_IN_TIME


class InputRule(Rule):
    """The rules of `InputDevice`."""

    METHODS = ("open, read and close are coroutines", "define all three with `async def`")
    OPENS = (
        "open(rate) succeeds, or raises a DeviceError for a rate that the device can't capture",
        "raise DeviceError with the reason, and nothing else; the rates of the check are its argument `rates`",
    )
    RAISES_NOTHING = _RAISES_NOTHING
    OPENS_IN_TIME = _OPENS_IN_TIME
    GIVES_PCM = (
        "read returns numpy arrays of dtype int16 and shape (frames,)",
        "convert the audio: np.frombuffer(data, np.int16) for 16-bit mono PCM",
    )
    GIVES_SHORT_BLOCKS = (
        "a block lasts 10 to 40 ms at the rate given to open",
        "cut longer blocks, and join shorter ones; resample audio of another rate",
    )
    GOES_ON = (
        "read returns an empty array only when no more audio will come, ever",
        "wait in read until there is audio; a source that ends has to last longer than the check",
    )
    KEEPS_NOTHING = (
        "the array that read returns is the caller's: the device does not write into it again",
        "return a copy of the buffer",
    )
    CAPTURES_IN_REAL_TIME = (
        "read waits for audio, and gives it as it is captured",
        "pace a source that is not live: wait in read until a block is due",
    )
    GIVES_SILENCE_TOO = (
        "read delivers audio all the time, also during silence",
        "return silence as zeros; raise DeviceError if the device has failed",
    )
    CAPTURES_AT_ITS_RATE = (
        "read gives a second of audio per second, at the rate given to open",
        "capture at that rate, or resample; a device with only one rate raises DeviceError for others, "
        "and is checked with `rates` of that one",
    )
    READ_CAN_BE_CANCELLED = (
        "a read that is cancelled leaves the device working",
        "let CancelledError pass, and keep the device open",
    )
    CLOSE_ENDS_READ = (
        "close ends a waiting read, which returns an empty array or raises DeviceError; so does every later read",
        "wake the reader in close",
    )
    CLOSES_IN_TIME = _CLOSES_IN_TIME
    CLOSE_IS_REPEATABLE = (
        "close may be called again, and before open, and open works again after it",
        "make a second close do nothing, and start again in open",
    )


class DeviceCheckFailed(AssertionError):
    """A device breaks a rule of its protocol.

    rule: what holds for every device. seen: what this one did. advice: what to do about it.
    """

    def __init__(self, device: object, rule: Rule, seen: str) -> None:
        super().__init__(f"{type(device).__name__}: {seen}.\nThe rule: {rule.statement}.\nWhat to do: {rule.advice}.")
        self.rule: str = rule.statement
        self.seen = seen
        self.advice: str = rule.advice


def check_rates(rates: object) -> None:
    """Raise `UsageError` unless these are sample rates, one or more."""
    is_list = isinstance(rates, Sequence) and not isinstance(rates, str | bytes) and len(rates) > 0
    if not is_list or not all(_is_rate(rate) for rate in rates):  # type: ignore[attr-defined]  # it is a sequence
        raise UsageError(f"rates is a list of sample rates in Hz, such as [24000, 8000], not {reprlib.repr(rates)}")


def _is_rate(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value > 0)


def check_methods(device: Any, methods: dict[str, bool], rule: Rule) -> None:
    """Raise `DeviceCheckFailed` unless the device has these methods, coroutines where it says so.

    Raises:
        UsageError: it is a class.

    """
    if isinstance(device, type):
        raise UsageError(f"{device.__name__} is a class: pass {device.__name__}()")
    for name, is_coroutine in methods.items():
        method = getattr(device, name, None)
        if not callable(method):
            raise DeviceCheckFailed(device, rule, f"it has no method {name}")
        if inspect.iscoroutinefunction(method) is not is_coroutine:
            raise DeviceCheckFailed(device, rule, f"{name} is {'no' if is_coroutine else 'a'} coroutine")
