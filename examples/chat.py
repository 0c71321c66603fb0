"""Type, and read the answer as it is written: a realtime model without any sound.

    python examples/chat.py

An empty line ends, and so does Ctrl-C.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from realtime_sdk import MessageItem, connect


async def chat(read: Callable[[], str], **options: Any) -> None:
    """Answer the lines of `read` until one is empty; `options` are those of `connect`."""
    async with connect(microphone=None, output_modalities=["text"], **options) as session:
        responses = session.responses()
        while line := await in_daemon_thread(read):
            session.send_text(line)
            async for item in await anext(responses):
                if isinstance(item, MessageItem):
                    async for delta in item.deltas():
                        print(delta, end="", flush=True)
                    print()


def in_daemon_thread(read: Callable[[], str]) -> asyncio.Future[str]:
    """Read in a thread that ends with the program: with one of asyncio, Ctrl-C would wait until Enter is pressed."""
    line = Future[str]()
    line.set_running_or_notify_cancel()  # a reader that is no longer waited for goes on
    threading.Thread(target=finish, args=(line, read), daemon=True).start()
    return asyncio.wrap_future(line)


def finish(line: Future[str], read: Callable[[], str]) -> None:
    """Put into the future what was read, or why nothing was."""
    try:
        line.set_result(read())
    except Exception as error:
        line.set_exception(error)


def ask() -> str:
    """Read a line from the terminal; the end of the input counts as an empty one."""
    try:
        return input("> ")
    except EOFError:
        return ""


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(chat(ask))
