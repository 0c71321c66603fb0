"""The public names of `realtime_sdk.testing` and of its classes are these and no others."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from realtime_sdk import testing
from realtime_sdk.testing import (
    Close,
    Expire,
    FakeConnection,
    FakeItem,
    FakeServer,
    FakeSession,
    Only,
    Pause,
    Raw,
    Refuse,
    Reset,
    ScriptedMessage,
    Silence,
    Sound,
    Stretch,
    VirtualLoop,
    VirtualMicrophone,
    VirtualSpeaker,
    drop,
    mcp_call,
    message,
)

OUTPUT_DEVICE = "open close room write played flush pause resume"
INPUT_DEVICE = "open read close"


def public_names(thing: object) -> set[str]:
    # A name with "@" is pytest's, which rewrites the assertions of an installed plugin's package.
    return {name for name in dir(thing) if not name.startswith(("_", "@"))}


def test_the_room_exports_its_names() -> None:
    assert sorted(vars(testing)["__all__"]) == sorted(public_names(testing))


@pytest.mark.parametrize(
    ("thing", "names"),
    [
        (
            FakeServer(),
            "name protocol dialect call_id received sent connections reply offer_tools tamper inject user_speaks fail "
            "hang_up break_off fall_silent expire refuse_connections items refused sounds heard wait_for connect "
            "listen",
        ),
        (FakeConnection, "session over received items"),
        (FakeSession, "settings turn_detection"),
        (FakeItem, "id wire text frames seconds voiced"),
        (
            VirtualSpeaker(),
            f"{OUTPUT_DEVICE} set_gain heard timeline recording unplug plug_in latency capacity drift tail rate",
        ),
        (VirtualMicrophone(), f"{INPUT_DEVICE} say hang_up unplug plug_in drift"),
        (message("Hello."), "text seconds phase text_spread pcm"),
        (ScriptedMessage, "text seconds phase text_spread pcm"),
        (Sound, "at pcm"),
        (Stretch, "item_id start frames"),
        (mcp_call("docs", "search"), "server_label name arguments output seconds error"),
        (Pause, "seconds"),
        (Raw, "frame"),
        (Only(1, drop), ""),
        (Close, "code reason"),
        (Reset, ""),
        (Silence, ""),
        (Expire, ""),
        (Refuse, "status code body text"),
    ],
    ids=lambda thing: getattr(thing, "__name__", None) or type(thing).__name__,
)
def test_a_class_shows_only_what_a_test_uses(thing: object, names: str) -> None:
    assert public_names(thing) == set(names.split())


def test_a_virtual_loop_adds_two_names_to_those_of_a_loop() -> None:
    with contextlib.closing(VirtualLoop()) as loop, contextlib.closing(asyncio.SelectorEventLoop()) as plain:
        assert public_names(loop) - public_names(plain) == {"epoch", "watch_threads"}
