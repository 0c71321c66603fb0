"""A device that allows it is read when a caption is due, and seldom besides: captions come as early as elsewhere."""

from __future__ import annotations

from realtime_sdk import MessageItem, connect
from realtime_sdk._runtime import clock
from realtime_sdk.devices._realtime import RealTimeSpeaker
from realtime_sdk.session.opening._aligner_name import AlignerName
from realtime_sdk.testing import FakeServer, message, run_virtual

TEXT = "It is noon, and the train to London leaves in ten minutes."
SECONDS = 4.0
TICK = 0.01 + 1e-6  # seconds between two reports, and what a sum of them is rounded by


class Counted(RealTimeSpeaker):
    """A speaker without hardware that counts how often it is asked; `patience`: as of an `OutputDevice`."""

    def __init__(self, patience: float) -> None:
        super().__init__()
        self.patience = patience
        self.reads = 0

    def played(self) -> int:
        self.reads += 1
        return super().played()


def hear(patience: float, *, read: bool, aligner: AlignerName | None = "signal") -> tuple[float, list[float]]:
    """Hear a message; return how often a second the device was read, and by how much each caption was late."""
    speaker, late = Counted(patience), list[float]()

    async def talk() -> None:
        server = FakeServer()
        server.reply(message(TEXT, seconds=SECONDS), pace=2.0)
        async with server, connect(endpoint=server, speaker=speaker, microphone=None, aligner=aligner) as session:
            item = await anext(aiter(await session.respond()))
            assert isinstance(item, MessageItem)
            if read:
                async for caption in item.captions():
                    assert item.playout.started_at is not None
                    late.append(clock.wall() - item.playout.started_at - caption.start)
            await item.played()

    run_virtual(talk)
    return speaker.reads / SECONDS, late


def test_captions_take_half_as_many_reads_and_come_as_early() -> None:
    (reads, late), (usual_reads, usual) = (hear(patience, read=True) for patience in (0.08, 0.02))
    assert len(late) == len(usual) == len(TEXT.split())
    assert all(0.0 <= mine <= other + TICK for mine, other in zip(late, usual, strict=True))
    assert reads < 0.6 * usual_reads


def test_unread_captions_take_hardly_more_than_none() -> None:
    unread, _ = hear(0.08, read=False)
    assert unread < 1.07 * hear(0.08, read=False, aligner=None)[0]
    assert unread < 0.7 * hear(0.08, read=True)[0]
