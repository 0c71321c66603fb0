"""Calls spread over the cores of a Ray cluster; one of its workers is drained while its calls speak.

    pip install ray && python examples/ray/run.py          # a cluster on this machine, a server on loopback

On a cluster, give `Worker` your endpoint, and place one worker for each core: `num_cpus=1`.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import ray
from dispatcher import Dispatcher
from worker import Worker

from realtime_sdk.server import Audio, Message, Request, Text, serve

WORDS = "one two three four five six seven eight nine ten".split()  # noqa: SIM905


class Counter:
    """A `Backend` that counts to ten in beeps, from the number that was heard last."""

    async def respond(self, request: Request) -> AsyncIterator[Any]:
        """Count on."""
        said = [part.get("text", "") for item in request.items for part in item.get("content", ())]
        heard = sum(text.count(word) for text in said for word in WORDS)
        yield Message()
        for word in WORDS[heard:]:
            yield Text(f"{word} ")
            yield Audio((8000 * np.sin(0.1 * np.arange(9600))).astype(np.int16))  # 0.4 s


async def main(calls: int = 6, workers: int = 2) -> None:
    """Begin the calls, drain a worker in the middle of them, and print what was heard."""
    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    async with serve(Counter()) as url:
        actor = ray.remote(num_cpus=1, max_concurrency=1000)(Worker)
        dispatcher = Dispatcher({f"worker {n}": actor.remote(endpoint=url) for n in range(workers)})
        names = [f"call {n}" for n in range(calls)]
        for name in names:
            await dispatcher.begin(name)
            await dispatcher.worker(name).ask.remote(name, "Count, please.")
        print(dispatcher.placed)
        await asyncio.sleep(1.0)
        ray.kill(await dispatcher.drain("worker 0", patience=0.5))
        print(dispatcher.placed)
        for name in names:
            print(name, await dispatcher.worker(name).heard.remote(name, drained=True))
    ray.shutdown()


if __name__ == "__main__":
    asyncio.run(main())
