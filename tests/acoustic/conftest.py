from __future__ import annotations

import pytest

from realtime_sdk.acoustic import Decoder


@pytest.fixture(scope="session")
def decoder() -> Decoder:
    return Decoder()
