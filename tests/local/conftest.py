"""The models of the local voice, loaded once."""

from __future__ import annotations

import pytest

from realtime_sdk.local._recogniser import Recogniser, open_recogniser
from realtime_sdk.local._voices import Engine, open_engine


@pytest.fixture(scope="session")
def joe() -> Engine:
    """The neural voice."""
    return open_engine("joe")


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    """The recogniser."""
    return open_recogniser()
