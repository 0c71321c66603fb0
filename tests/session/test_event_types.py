"""What a type checker knows of `events`: the union of the kinds that are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

from realtime_sdk import Idle, SdkEvent, Underrun, UserTranscript, connect
from realtime_sdk.testing import FakeServer, run_virtual


def test_a_reader_of_several_kinds_is_typed_as_their_union() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            assert_type(session.events(), AsyncIterator[SdkEvent])
            assert_type(session.events(Idle), AsyncIterator[Idle])
            assert_type(session.events(Idle, Underrun), AsyncIterator[Idle | Underrun])
            assert_type(session.events(Idle, Underrun, UserTranscript), AsyncIterator[Idle | Underrun | UserTranscript])

    run_virtual(main)
