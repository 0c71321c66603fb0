"""Real audio and a real browser for these tests: a sound server and a Chromium of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from . import browser as chromium, sound_server as sound
from .browser import Browser
from .sound_server import SoundServer


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundServer]:
    """A running sound server that PortAudio plays to. Where none is installed, tests are skipped; in CI they fail."""
    _require(sound.missing())
    with SoundServer() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless browser. Where none is installed, tests are skipped; in CI they fail."""
    _require(chromium.missing())
    with Browser() as browser:
        yield browser


def _require(missing: str) -> None:
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
