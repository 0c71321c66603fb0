"""Real sound for these tests: a sound server of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .sound_server import SoundServer, missing


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundServer]:
    """A running sound server, to which PortAudio plays; without it a failure in CI, and a skipped test elsewhere."""
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no real sound on this machine: {reason}")
        pytest.skip(f"no real sound on this machine: {reason}")
    with SoundServer() as server:
        yield server
