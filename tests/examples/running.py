"""What the tests of the examples share: an example, and devices to run it on."""

from __future__ import annotations

import runpy
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> dict[str, Any]:
    """The names of an example."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


@asynccontextmanager
async def talking(
    server: FakeServer, talk: Callable[..., Coroutine[Any, Any, object]], *arguments: Any
) -> AsyncIterator[None]:
    """An example that talks to `server`, until the block ends."""
    devices = {"microphone": VirtualMicrophone(), "speaker": VirtualSpeaker()}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: talk(*arguments, endpoint=server, **devices))
        await server.wait_for("session.update", count=len(server.connections) + 1)
        yield
        tasks.cancel_scope.cancel()
