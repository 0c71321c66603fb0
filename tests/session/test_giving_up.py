"""A session gives up on a server that takes each new connection and then fails, so that no caller waits for ever."""

from __future__ import annotations

import pytest

from realtime_sdk import ConnectionLost, Reconnect, connect
from realtime_sdk.testing import Close, FakeServer, Phase, Silence, run_virtual


@pytest.mark.parametrize("fault", [Close(1011), Silence()], ids=["closes", "silent"])
def test_a_server_that_fails_at_each_request_is_given_up(fault: Close | Silence) -> None:
    server = FakeServer()
    for nth in range(1, 200):
        server.fail(fault, at=Phase.ASKED, nth=nth)

    async def ask() -> None:
        async with (
            server,
            connect(
                endpoint=server, speaker=None, microphone=None, reconnect=Reconnect(give_up_after=60.0)
            ) as session,
        ):
            with pytest.raises(ConnectionLost):
                await session.respond()
            assert session.state == "closed"

    run_virtual(ask)
    assert len(server.connections) < 200
