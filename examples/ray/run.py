"""All of it on this machine: a cluster of two nodes, a worker on each, the front door, and a model that counts.

`python examples/ray/run.py` runs it until Ctrl-C; meanwhile `locustfile.py` has callers for it. A program that fails is
started again, as Kubernetes does.
"""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from model import Counter

from realtime_sdk.server import serve

HERE = Path(__file__).parent


async def main(port: int = 8000, nodes: int = 2) -> None:
    """Start it all, and wait for Ctrl-C."""
    socket.create_server(("127.0.0.1", port)).close()  # raises where another program has the port
    async with serve(Counter()) as url:
        os.environ |= {  # before Ray is imported: all stays on loopback, and nothing is reported to its makers
            "OPENAI_REALTIME_URL": url,
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        ids = [cluster.add_node(num_cpus=1, include_dashboard=False).node_id for _ in range(nodes)]
        os.environ["RAY_ADDRESS"] = cluster.address
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):  # behind Ray's own handlers
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        programs = [*(["node.py", node] for node in ids), ["front.py", str(port)]]
        running = [asyncio.create_task(keep(*program)) for program in programs]
        await stopped.wait()
        for program in running:
            program.cancel()
        await asyncio.wait(running)
        cluster.shutdown()


async def keep(name: str, *arguments: str) -> None:
    """Run a program of this folder, again where it fails, until it ends well or is no longer wanted."""
    code = None
    while code != 0:
        process = await asyncio.create_subprocess_exec(sys.executable, str(HERE / name), *arguments)
        print(f"{name} is process {process.pid}", flush=True)
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        print(f"{name}, process {process.pid}, has ended with {code}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
