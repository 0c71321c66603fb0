"""The report of a session without items: its captions, and what was silenced."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import anyio

from realtime_sdk import Prices, connect_live
from realtime_sdk.recording import report
from realtime_sdk.recording._report._reading import read_report
from realtime_sdk.testing import FakeLiveServer, VirtualSpeaker, run_virtual


def test_both_sides_have_their_words(tmp_path: Path) -> None:
    async def main() -> None:
        server = FakeLiveServer()
        server.say("Hello there.", at=0.4)
        talk = connect_live(endpoint=server, microphone=None, speaker=VirtualSpeaker(), record=tmp_path / "talk")
        async with server, talk as live:
            await anyio.sleep(2.0)
            server.user_says("Where is my order?")
            await anyio.sleep(2.0)
            await live.close()
            costs.append(live.usage.cost(prices))

    prices, costs = Prices(session_minute=3), list[Decimal]()
    run_virtual(main)
    data = read_report(tmp_path / "talk")
    said = list(data.spoken)
    assert [(each.side, each.text) for each in said] == [
        ("assistant", "Hello there."), ("user", "Where is my order?"),
    ]  # fmt: skip
    assert [data.cost(prices)] == costs != [0]
    assert "order?" in report(tmp_path / "talk")
