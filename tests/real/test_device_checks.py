"""The device checks in real time: on PortAudio's speaker and microphone, and on a speaker without hardware."""

from __future__ import annotations

import asyncio

import pytest

from realtime_sdk.devices import Microphone, NullSpeaker, Speaker
from realtime_sdk.testing import check_input_device, check_output_device

from .attempts import in_attempts

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]


@in_attempts
def test_real_devices_keep_every_rule_of_their_protocols() -> None:
    async def main() -> None:
        await asyncio.gather(
            check_output_device(Speaker()), check_output_device(NullSpeaker()), check_input_device(Microphone())
        )

    asyncio.run(main())
