"""What a type checker knows of `events`: the union of the kinds that are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import assert_type

from realtime_sdk import (
    DeviceLost,
    Idle,
    InputLevel,
    LiveEvent,
    OutputLevel,
    SdkEvent,
    Underrun,
    UserTranscript,
    connect,
    connect_live,
    transcribe,
)
from realtime_sdk.testing import FakeLiveServer, FakeServer, run_virtual


def test_a_reader_of_several_kinds_is_typed_as_their_union() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            assert_type(session.events(), AsyncIterator[SdkEvent])
            assert_type(session.events(Idle), AsyncIterator[Idle])
            assert_type(session.events(Idle, Underrun), AsyncIterator[Idle | Underrun])
            assert_type(session.events(Idle, Underrun, UserTranscript), AsyncIterator[Idle | Underrun | UserTranscript])

    run_virtual(main)


def test_so_is_one_of_a_transcription() -> None:
    async def main() -> None:
        server = FakeServer(intent="transcription")
        async with server, transcribe(endpoint=server, microphone=None) as transcription:
            assert_type(transcription.events(), AsyncIterator[SdkEvent])
            assert_type(transcription.events(Idle), AsyncIterator[Idle])
            assert_type(transcription.events(Idle, Underrun), AsyncIterator[Idle | Underrun])
            assert_type(
                transcription.events(Idle, Underrun, UserTranscript), AsyncIterator[Idle | Underrun | UserTranscript]
            )

    run_virtual(main)


def test_so_is_one_of_a_live_session() -> None:
    async def main() -> None:
        server = FakeLiveServer()
        async with server, connect_live(endpoint=server, microphone=None, speaker=None) as live:
            assert_type(live.events(), AsyncIterator[LiveEvent])
            assert_type(live.events(DeviceLost), AsyncIterator[DeviceLost])
            assert_type(live.events(DeviceLost, InputLevel), AsyncIterator[DeviceLost | InputLevel])
            assert_type(
                live.events(DeviceLost, InputLevel, OutputLevel), AsyncIterator[DeviceLost | InputLevel | OutputLevel]
            )

    run_virtual(main)
