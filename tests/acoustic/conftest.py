from __future__ import annotations

import pytest

from realtime_sdk.acoustic._decoder import Decoder


@pytest.fixture(scope="session")
def decoder() -> Decoder:
    return Decoder()
