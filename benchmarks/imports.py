"""What an import and the first session cost: CPU seconds and resident memory of a new process.

Each row is a process of its own, which has its bytecode in a cache, as an installed package has: its CPU time (user +
system) from the start of the interpreter, which hardly depends on what else the machine does, and its resident memory,
both as the median of several runs in turn. The sessions are opened with a server in another process, without devices,
and left at once; with captions, what places them is loaded too. `openai` is compared where it is installed
(`pip install 'openai[realtime]'`), or in another environment, whose interpreter `--openai` names.

    python benchmarks/imports.py [--runs 9] [--openai PYTHON]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import server_process

import realtime_sdk
from realtime_sdk.testing import FakeServer

OURS: Final = {
    "bare interpreter": "",
    "asyncio": "import asyncio",
    "numpy": "import numpy",
    "the dependencies": "import asyncio, numpy, pydantic, anyio, websockets.asyncio.client; pydantic.BaseModel",
    "import realtime_sdk": "import realtime_sdk",
    "from realtime_sdk import connect": "from realtime_sdk import connect",
    "… import Session": "from realtime_sdk import Session",
    "a session, aligner=None": """
import asyncio
from realtime_sdk import connect
async def main():
    async with connect(endpoint=URL, microphone=None, speaker=None, aligner=None):
        pass
asyncio.run(main())
""",
    "a session": """
import asyncio
from realtime_sdk import connect
async def main():
    async with connect(endpoint=URL, microphone=None, speaker=None):
        pass
asyncio.run(main())
""",
}
"""The rows that need this package and its dependencies: names and programs."""

THEIRS: Final = {
    "import openai": "import openai",
    "a session of openai": """
import asyncio
from openai import AsyncOpenAI
async def main():
    base = URL.removesuffix("/realtime")
    client = AsyncOpenAI(api_key="none", base_url=base.replace("ws:", "http:"), websocket_base_url=base)
    async with client.realtime.connect(model="any") as connection:
        await connection.recv()
asyncio.run(main())
""",
}
"""The rows of the package compared."""

MEASURE: Final = """
import time
with open("/proc/self/status") as status:
    resident = next(line for line in status if line.startswith("VmRSS")).split()[1]
print(time.process_time(), resident)
"""
"""Printed at the end of each process: CPU seconds, and KiB. `getrusage` would count what the parent had before."""

Row = tuple[float, float]
"""CPU seconds and MB."""


def run_server(ready: Connection) -> None:
    """Serve, in a process of its own, any number of sessions."""
    asyncio.run(serve(ready))


async def serve(ready: Connection) -> None:
    async with FakeServer().listen() as url:
        ready.send(url)
        await asyncio.get_running_loop().create_future()


def measured(python: str, program: str, environment: dict[str, str]) -> Row:
    """Run a program in a new process."""
    result = subprocess.run(
        [python, "-c", program + MEASURE], env=environment, capture_output=True, text=True, check=True
    )
    seconds, kibibytes = result.stdout.split()
    return float(seconds), int(kibibytes) / 1024


def can_import_openai(python: str) -> bool:
    """Whether that interpreter has it."""
    return subprocess.run([python, "-c", "import openai"], capture_output=True, check=False).returncode == 0


def measure(openai: str, runs: int, url: str) -> dict[str, list[Row]]:
    """Run every program `runs` times, in turn, after one that fills the cache of bytecode and is not counted."""
    programs = {name: (sys.executable, program) for name, program in OURS.items()}
    if can_import_openai(openai):
        programs |= {name: (openai, program) for name, program in THEIRS.items()}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(Path(realtime_sdk.__file__).parents[1])
    rows: dict[str, list[Row]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as cache:
        environment["PYTHONPYCACHEPREFIX"] = cache
        for turn in range(runs + 1):
            for name, (python, program) in programs.items():
                row = measured(python, f"URL = {url!r}\n" + program, environment)
                rows[name] += [row] if turn else []
    return rows


def show(rows: dict[str, list[Row]]) -> None:
    """Print the medians, and what each is over the bare interpreter and of `import openai`."""
    medians = {name: tuple(map(statistics.median, zip(*row, strict=True))) for name, row in rows.items()}
    bare = medians["bare interpreter"][0]
    theirs = medians.get("import openai", (float("nan"),))[0]
    print(f"{'':34}{'CPU':>9}{'over bare':>11}{'of openai':>11}{'memory':>10}")
    for name, (seconds, megabytes) in medians.items():
        print(f"{name:34}{seconds:7.3f} s{seconds - bare:9.3f} s{seconds / theirs:11.2f}{megabytes:7.1f} MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--openai", default=sys.executable, help="the interpreter of an environment that has openai")
    options = parser.parse_args()
    with server_process.running(run_server) as (url, _):
        show(measure(options.openai, options.runs, url))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
