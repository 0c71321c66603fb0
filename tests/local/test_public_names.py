"""The public names of `realtime_sdk.local` are these and no others."""

from __future__ import annotations

import pytest

from realtime_sdk import local
from realtime_sdk.local import LocalServer


def public_names(thing: object) -> list[str]:
    return [name for name in dir(thing) if name[0].isalpha()]


def test_the_room_exports_its_server() -> None:
    assert vars(local)["__all__"] == public_names(local) == ["LocalServer"]


@pytest.mark.real
def test_a_server_shows_only_its_url_and_what_it_hears() -> None:
    assert public_names(LocalServer()) == ["hears", "url"]
