"""Keeps a worker on this node of a cluster until SIGTERM, upon which its calls move elsewhere.

`ray start --address=head:6379 --num-cpus=1 && python examples/ray/node.py` makes a machine such a node.
"""

import asyncio
import os
import signal
import sys

import ray
from cluster import join, named_workers
from dispatcher import Dispatcher
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from worker import Worker

PATIENCE = float(os.environ.get("PATIENCE", "10"))  # seconds for a turn to end, before a call moves
LIMIT = float(os.environ.get("DRAIN_LIMIT", "600"))  # seconds for calls that find no room elsewhere
ADDRESS = os.environ.get("STREAM_ADDRESS", "ws://{host}:{port}")  # by which the gateway reaches this worker
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "0"))
ROOM = int(os.environ.get("ROOM", "20"))  # calls: docs/scale.md has the figures


async def main(node: str | None = None) -> None:
    """Start a worker on a node, this one if none is named, and drain it upon SIGTERM."""
    join()
    stop_requested = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop_requested.set)
    node = node or ray.get_runtime_context().get_node_id()
    name = f"worker-{node[:8]}-{os.getpid()}"  # of this one, whichever was on the node before
    pinned = NodeAffinitySchedulingStrategy(node, soft=False)
    actor = ray.remote(num_cpus=1, max_concurrency=10_000)(Worker).options(name=name, scheduling_strategy=pinned)
    worker = actor.remote(room=ROOM)
    address = await worker.listen.remote(HOST, PORT, ADDRESS)
    print(f"{name} takes calls at {address}", flush=True)
    lost = asyncio.wrap_future(worker.wait_lost.remote().future())
    stop = asyncio.create_task(stop_requested.wait())
    await asyncio.wait([lost, stop], return_when=asyncio.FIRST_COMPLETED)
    if lost.done():
        lost.result()  # raises: this program is to be started again
    await Dispatcher(named_workers).drain(name, PATIENCE, LIMIT)
    lost.cancel()
    ray.kill(worker)
    print(f"{name} is drained", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
