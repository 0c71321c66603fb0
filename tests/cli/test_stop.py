"""A command that is asked to end: what runs is cancelled, what closes is not."""

from __future__ import annotations

import signal

import anyio
import anyio.lowlevel
import pytest

from realtime_sdk.cli._stop import Stop
from realtime_sdk.testing import run_virtual


def test_a_request_cancels_what_runs_and_nothing_after_it() -> None:
    stop, closed = Stop(), list[str]()

    async def main() -> None:
        with stop.cancels(anyio.CancelScope()):
            try:
                with stop.cancels(anyio.CancelScope()):
                    stop.request()
                    await anyio.sleep_forever()
            finally:
                stop.request()
                await anyio.sleep(1.0)
                closed.append("files")

    run_virtual(main)
    assert closed == ["files"]


def test_a_request_before_the_start_counts() -> None:
    stop = Stop()
    stop.request()

    async def main() -> None:
        with stop.cancels(anyio.CancelScope()):
            await anyio.sleep_forever()

    run_virtual(main)
    assert stop.requested


def test_a_block_that_ends_by_itself_is_not_cancelled_later() -> None:
    stop = Stop()

    async def main() -> str:
        with stop.cancels(anyio.CancelScope()):
            pass
        stop.request()
        await anyio.sleep(1.0)
        return "all of it"

    assert run_virtual(main) == "all of it"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_request_it_and_later_ones_change_nothing(name: str) -> None:
    number = getattr(signal, name, None)
    if number is None:
        pytest.skip(f"no {name} on this platform")
    stop = Stop()

    async def main() -> None:
        with stop.on_signals():
            with stop.cancels(anyio.CancelScope()):
                signal.raise_signal(number)
                await anyio.sleep_forever()
            signal.raise_signal(number)
            await anyio.lowlevel.checkpoint()

    before = signal.signal(number, signal.SIG_DFL)  # this process may have been started with it ignored
    try:
        anyio.run(main)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert stop.requested


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP on this platform")
def test_a_signal_that_is_ignored_as_by_nohup_stays_ignored() -> None:
    before, stop = signal.signal(signal.SIGHUP, signal.SIG_IGN), Stop()

    async def main() -> None:
        with stop.on_signals():
            signal.raise_signal(signal.SIGHUP)
            await anyio.lowlevel.checkpoint()

    try:
        anyio.run(main)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not stop.requested
