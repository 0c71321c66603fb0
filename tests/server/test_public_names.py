"""The public names of the classes of `realtime_sdk.server` are these and no others."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.server import (
    Audio,
    Backend,
    Call,
    Message,
    Part,
    Request,
    SpeechInput,
    SpeechStarted,
    SpeechStopped,
    Text,
    UnfinishedResponse,
)


@pytest.mark.parametrize(
    ("thing", "names"),
    [
        (Backend, "respond"),
        (SpeechInput, "listen configure transcribe"),
        (Request([]), "items instructions tools voice audio extra"),
        (Message(), "phase"),
        (Part(), ""),
        (Text(""), "delta"),
        (Audio(np.zeros(1, np.int16)), "pcm"),
        (Call("f", "{}"), "name arguments"),
        (SpeechStarted(0), "frame"),
        (SpeechStopped(0), "frame"),
        (UnfinishedResponse("failed"), "status details args with_traceback add_note"),
    ],
    ids=lambda thing: getattr(thing, "__name__", None) or type(thing).__name__,
)
def test_a_class_shows_only_what_an_application_uses(thing: object, names: str) -> None:
    assert {name for name in dir(thing) if not name.startswith("_")} == set(names.split())
