"""The lifecycle of a device: what is reported of it, and that every state has an exit."""

from __future__ import annotations

from realtime_sdk.devices._lifecycle import MISTAKES_LIMIT, TRANSITIONS, DeviceEvent, DeviceLifecycle, DeviceState


def test_another_device_may_take_the_place_of_one_in_any_state() -> None:
    for state in DeviceState:
        assert TRANSITIONS[state, DeviceEvent.EXCHANGE] is DeviceState.WORKING


def test_each_state_is_reached_and_a_lost_device_may_always_return() -> None:
    assert set(TRANSITIONS.values()) == set(DeviceState)
    for state in (DeviceState.LOST, DeviceState.RELAPSED):
        opened = TRANSITIONS[state, DeviceEvent.OPEN]
        assert TRANSITIONS[opened, DeviceEvent.WORK] is DeviceState.WORKING


def test_a_loss_and_a_return_are_each_reported() -> None:
    device = DeviceLifecycle()
    assert not device.work(), "it works all the time"
    assert device.fail(mistake=False)
    assert device.open()
    assert not device.work()
    assert device.state is DeviceState.WORKING


def test_a_relapse_is_reported_and_later_ones_are_not_until_it_works() -> None:
    device = DeviceLifecycle()
    assert [device.fail(mistake=False), device.open()] == [True, True]
    assert [device.fail(mistake=False), device.open()] == [True, False]
    for _ in range(3 * MISTAKES_LIMIT):
        assert [device.fail(mistake=False), device.open()] == [False, False]
    assert device.work()
    assert [device.fail(mistake=False), device.open()] == [True, True]


def test_mistakes_in_a_row_have_it_given_up_and_failures_between_do_not_count() -> None:
    device = DeviceLifecycle()
    for _ in range(MISTAKES_LIMIT - 1):
        device.fail(mistake=True)
        device.open()
        device.fail(mistake=False)
        device.open()
    states = [device.state]
    assert device.fail(mistake=True)
    states.append(device.state)
    assert device.exchange()
    device.fail(mistake=True)
    states.append(device.state)
    assert states == [DeviceState.ON_TRIAL, DeviceState.GIVEN_UP, DeviceState.LOST], "another one has made no mistake"


def test_mistakes_that_are_forgiven_do_not_count() -> None:
    device = DeviceLifecycle()
    for _ in range(2 * MISTAKES_LIMIT):
        device.fail(mistake=True)
        device.open()
        device.work()
        assert not device.is_untroubled
        device.forgive()
        assert device.is_untroubled
