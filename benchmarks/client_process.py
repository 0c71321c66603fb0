"""A client in a process of its own, so that a benchmark measures it alone."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar, TypeVarTuple

import cores

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


def result_of(function: Callable[[*Arguments], Result], *arguments: *Arguments, on_cores: int | None = None) -> Result:
    """Call a function in a new process, and return what it returns. on_cores: how many it may use; None: all."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        with contextlib.nullcontext() if on_cores is None else cores.first_cores(on_cores):
            running = process.submit(function, *arguments)
        return running.result()
