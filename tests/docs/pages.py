"""The pages of the documentation, and the code in them."""

from __future__ import annotations

import asyncio
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import realtime_sdk

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "realtime_sdk").rglob("*.py"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page in one language; "" for what is printed."""
    return [text for name, text in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")) if name == language]


async def run(code: str, **names: Any) -> dict[str, Any]:
    """Run a block as if it stood in a coroutine, after `from realtime_sdk import *`; return its names."""
    space = {name: getattr(realtime_sdk, name) for name in vars(realtime_sdk)["__all__"]} | {"asyncio": asyncio} | names
    body = textwrap.indent(f"{code}\nreturn locals()", "    ")
    exec(compile(f"async def block():\n{body}", "block", "exec"), space)
    made = space["block"]()
    assert inspect.iscoroutine(made)
    return dict(await made)
