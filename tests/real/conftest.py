"""Real audio for these tests: a sound server of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .sound_server import SoundServer, missing


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundServer]:
    """A running sound server that PortAudio plays to. Where none is installed, tests are skipped; in CI they fail."""
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with SoundServer() as server:
        yield server
