"""The speaker and the microphone of a line obey every rule of their protocols."""

from __future__ import annotations

import anyio
import pytest

from realtime_sdk import InputFault, connect
from realtime_sdk.lines import MediaStreamLine
from realtime_sdk.testing import FakeCall, FakeServer, check_input_device, check_output_device, run_virtual

from .far_side import Page, socket_pair


@pytest.mark.parametrize("latency", [0.0, 0.1])
def test_the_speaker_of_a_telephone_call_is_an_output_device(latency: float) -> None:
    async def main() -> None:
        near, far = socket_pair()
        async with FakeCall(far, latency=latency), MediaStreamLine(near, "twilio") as line:
            await check_output_device(line.speaker)

    run_virtual(main)


def test_the_speaker_plays_in_real_time_where_no_mark_comes_back() -> None:
    async def main() -> None:
        near, far = socket_pair()
        async with FakeCall(far, marks=False), MediaStreamLine(near, "twilio") as line:
            await check_output_device(line.speaker, rates=[8000])

    run_virtual(main)


def test_the_microphone_of_a_telephone_call_is_an_input_device() -> None:
    async def main() -> None:
        near, far = socket_pair()
        async with FakeCall(far), MediaStreamLine(near, "twilio") as line:
            await check_input_device(line.microphone)

    run_virtual(main)


@pytest.mark.parametrize("rate", [24_000, 44_100])
def test_a_page_that_counts_is_a_speaker_and_a_microphone(rate: int) -> None:
    async def main() -> None:
        near, far = socket_pair()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(Page(far, rate).run)
            async with MediaStreamLine(near, "counted") as line:
                await check_output_device(line.speaker)
                await check_input_device(line.microphone)
            tasks.cancel_scope.cancel()

    run_virtual(main)


def test_a_caller_who_says_nothing_is_no_fault_of_a_microphone() -> None:
    async def main() -> list[InputFault]:
        near, far = socket_pair()
        server = FakeServer()
        async with server, FakeCall(far), MediaStreamLine(near, "twilio") as line:
            async with connect(endpoint=server, microphone=line.microphone, speaker=line.speaker) as session:
                await anyio.sleep(30.0)
            return [event async for event in session.events(InputFault)]

    assert run_virtual(main) == []
