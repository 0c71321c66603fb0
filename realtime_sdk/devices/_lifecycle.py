"""Whether the device of a session works, or is lost, or is given up; the same for a speaker and a microphone. Pure."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..errors import DeviceError

MISTAKES_LIMIT: Final = 10
"""Mistakes in a row after which a device is not opened again: 5 seconds, where each attempt fails at once."""


class DeviceMistake(DeviceError):
    """What no device may do, such as to return what is no audio: opening it again hardly helps."""


class DeviceState(Enum):
    """What a device does for its session."""

    WORKING = "working"  # it plays or captures, or has not failed yet
    LOST = "lost"  # it failed, and is being opened again
    RETURNED = "returned"  # it is open again
    RELAPSED = "relapsed"  # it failed again before it worked, and is being opened again
    ON_TRIAL = "on trial"  # it is open again, and counts as lost until it works
    GIVEN_UP = "given up"  # it made too many mistakes: it is closed, until another one takes its place


class DeviceEvent(Enum):
    """What can happen to a device."""

    WORK = "work"  # it has played, or captured
    FAIL = "fail"
    OPEN = "open"  # it was opened again
    GIVE_UP = "give up"  # it failed by one mistake too many
    EXCHANGE = "exchange"  # another one, which is open, has taken its place


TRANSITIONS: Final[dict[tuple[DeviceState, DeviceEvent], DeviceState]] = {
    (DeviceState.WORKING, DeviceEvent.WORK): DeviceState.WORKING,
    (DeviceState.WORKING, DeviceEvent.FAIL): DeviceState.LOST,
    (DeviceState.WORKING, DeviceEvent.GIVE_UP): DeviceState.GIVEN_UP,
    (DeviceState.WORKING, DeviceEvent.EXCHANGE): DeviceState.WORKING,
    (DeviceState.LOST, DeviceEvent.OPEN): DeviceState.RETURNED,
    (DeviceState.LOST, DeviceEvent.EXCHANGE): DeviceState.WORKING,
    (DeviceState.RETURNED, DeviceEvent.WORK): DeviceState.WORKING,
    (DeviceState.RETURNED, DeviceEvent.FAIL): DeviceState.RELAPSED,
    (DeviceState.RETURNED, DeviceEvent.GIVE_UP): DeviceState.GIVEN_UP,
    (DeviceState.RETURNED, DeviceEvent.EXCHANGE): DeviceState.WORKING,
    (DeviceState.RELAPSED, DeviceEvent.OPEN): DeviceState.ON_TRIAL,
    (DeviceState.RELAPSED, DeviceEvent.EXCHANGE): DeviceState.WORKING,
    (DeviceState.ON_TRIAL, DeviceEvent.WORK): DeviceState.WORKING,
    (DeviceState.ON_TRIAL, DeviceEvent.FAIL): DeviceState.RELAPSED,
    (DeviceState.ON_TRIAL, DeviceEvent.GIVE_UP): DeviceState.GIVEN_UP,
    (DeviceState.ON_TRIAL, DeviceEvent.EXCHANGE): DeviceState.WORKING,
    (DeviceState.GIVEN_UP, DeviceEvent.EXCHANGE): DeviceState.WORKING,
}
"""A missing entry is a bug of this package."""

MISSING: Final = frozenset({DeviceState.LOST, DeviceState.RELAPSED, DeviceState.ON_TRIAL, DeviceState.GIVEN_UP})
"""The states that an application knows as a lost device."""


class DeviceLifecycle:
    """Follows a device. Each method returns whether there is a loss or a return to report.

    A device that fails again before it has worked is reported once more, and then not until it works: one that fails
    at each attempt would else be lost and restored for ever. After `MISTAKES_LIMIT` mistakes it is given up.
    """

    def __init__(self) -> None:
        self.state = DeviceState.WORKING
        self._mistakes = 0  # in a row

    @property
    def is_given_up(self) -> bool:
        """Whether it made too many mistakes, and no other one has taken its place."""
        return self.state is DeviceState.GIVEN_UP

    @property
    def is_untroubled(self) -> bool:
        """Whether there is nothing that could be restored, or forgiven."""
        return self.state is DeviceState.WORKING and not self._mistakes

    def fail(self, *, mistake: bool) -> bool:
        """It has failed; return whether there is a loss to report, or that it is given up.

        mistake: by a `DeviceMistake`.
        """
        self._mistakes += mistake
        is_last = mistake and self._mistakes >= MISTAKES_LIMIT
        return self._step(DeviceEvent.GIVE_UP if is_last else DeviceEvent.FAIL)

    def explained(self, reason: str, side: str) -> str:
        """Return why it is lost, or given up, which is `reason` and what to do then.

        side: "microphone" or "speaker", as the arguments that take one are called.
        """
        return _given_up(reason, side) if self.is_given_up else reason

    def open(self) -> bool:
        """It was opened again; return whether its return is to be reported."""
        return self._step(DeviceEvent.OPEN)

    def work(self) -> bool:
        """It has played, or captured; return whether its return is to be reported."""
        return self.state is not DeviceState.WORKING and self._step(DeviceEvent.WORK)

    def exchange(self) -> bool:
        """Another device has taken its place; return whether its return is to be reported."""
        self._mistakes = 0
        return self._step(DeviceEvent.EXCHANGE)

    def forgive(self) -> None:
        """It has worked for long enough that its mistakes do not count any more."""
        self._mistakes = 0

    def _step(self, event: DeviceEvent) -> bool:
        before, self.state = self.state, TRANSITIONS[self.state, event]
        return self.is_given_up or (before in MISSING) is not (self.state in MISSING)


def _given_up(reason: str, side: str) -> str:
    check = "check_input_device" if side == "microphone" else "check_output_device"
    return (
        f"{reason}. It has failed {MISTAKES_LIMIT} times in a row, and is not opened again: "
        f"session.use({side}=…) exchanges it; realtime_sdk.testing.{check} checks a device of your own"
    )
