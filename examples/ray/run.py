"""All of it on this machine: a cluster of two nodes, a worker on each, the front door, and a model that counts.

`python examples/ray/run.py` runs it until Ctrl-C; then `locustfile.py` has callers for it.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from model import Counter

from realtime_sdk.server import serve

HERE = Path(__file__).parent


async def main(port: int = 8000, nodes: int = 2) -> None:
    """Start it all, and wait for Ctrl-C."""
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
        programs = [*(["node.py", node] for node in ids), ["front.py", str(port)]]
        running = []
        for name, *arguments in programs:
            running.append(await asyncio.create_subprocess_exec(sys.executable, str(HERE / name), *arguments))
            print(f"{name} is process {running[-1].pid}", flush=True)
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):  # behind Ray's own handlers
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        await stopped.wait()
        for process in running:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        cluster.shutdown()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
