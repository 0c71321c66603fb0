"""Random numbers that a virtual clock makes the same each time."""

from __future__ import annotations

import random

from . import clock


def own_random() -> random.Random:
    """Return a source of random numbers that shares nothing with the module `random`, which is the application's.

    On a virtual loop it gives the same numbers each time: a test that runs twice takes the same course.
    """
    return random.Random(0) if clock.is_virtual() else random.Random()
