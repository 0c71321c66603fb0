"""The example on Ray without Ray: its workers, called as Ray calls actors, and lines to them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import anyio
from fastapi import FastAPI, WebSocket

from realtime_sdk.testing import FakeCall, FakeGateway, FakeServer

from .running import EXAMPLES

FOLDER = EXAMPLES / "ray"

MODULES = ("call", "calls", "dispatcher", "front", "model", "pool", "worker")


class Handle:
    """An actor handle: its methods are called by `.remote(…)`, until the actor is lost."""

    def __init__(self, actor: object) -> None:
        self._actor = actor
        self.is_lost = False

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *arguments: self._call(name, arguments))

    async def _call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if self.is_lost:
            raise RuntimeError("ActorDiedError")
        return await getattr(self._actor, name)(*arguments)


class Connection:
    """Of a probe: the answer is its status."""

    def respond(self, status: int, text: str) -> int:
        return int(status)


class Cluster:
    """Workers that listen, the lines to them, and a model."""

    def __init__(self, ray: SimpleNamespace, server: FakeServer, *names: str, **options: Any) -> None:
        self.ray = ray
        self.server = server
        self.options = options
        self.workers: dict[str, Any] = {}
        self.handles: dict[str, Handle] = {}
        self.app = FastAPI()
        for name in names:
            self.add(name)
        self.dispatcher = self.new_dispatcher()

    def add(self, name: str) -> None:
        worker = self.ray.worker.Worker(endpoint=self.server, **self.options)
        worker.address = f"/{name}"  # as if it listened
        self.workers[name], self.handles[name] = worker, Handle(worker)

        @self.app.websocket(worker.address)
        async def line(socket: WebSocket) -> None:
            await socket.accept()
            await worker.carry(socket)
            await socket.close(1000)

    def new_dispatcher(self) -> Any:
        return self.ray.dispatcher.Dispatcher(lambda: self.handles)

    async def move_a_call(self, name: str, *, to: str, once_heard: float, patience: float) -> FakeCall:
        """Place "call", and drain its worker in favour of a new one once so much was heard; return its old line."""
        await self.dispatcher.place("call")
        async with anyio.create_task_group() as tasks, self.caller("call") as call:
            await call.wait_until_heard(once_heard)
            self.add(to)
            tasks.start_soon(self.dispatcher.drain, name, patience, 60.0)
            await call.wait_closed()
        return call

    @asynccontextmanager
    async def caller(self, call_id: str) -> AsyncIterator[FakeCall]:
        """The line of a call that was placed, at the address where it is."""
        address = await self.dispatcher.find(call_id)
        async with FakeGateway(self.app).call(address, parameters={"call": call_id}) as call:
            yield call
