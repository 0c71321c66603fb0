"""What the parts of a session show to an application."""

from __future__ import annotations

from traceback import extract_tb

import pytest

from realtime_sdk import DeviceError, Operation, Session, Tap, UsageError, connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual

SURFACE: dict[type, set[str]] = {
    Operation: {"send", "throw", "close"},
    Tap: {"sent", "received", "captured", "heard", "emitted", "close"},
}


@pytest.mark.parametrize(("part", "names"), SURFACE.items(), ids=[part.__name__ for part in SURFACE])
def test_a_part_shows_these_names_and_no_others(part: type, names: set[str]) -> None:
    assert {name for name in dir(part) if not name.startswith("_")} == names


def test_only_connect_creates_a_session() -> None:
    with pytest.raises(UsageError, match=r"connect\(…\) opens a session"):
        Session()


def test_an_attribute_that_a_session_does_not_have_cannot_be_set() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            with pytest.raises(UsageError, match=r"'voice' to be set: await session\.update\(voice=…\) changes it"):
                session.voice = "marin"  # type: ignore[attr-defined]
            with pytest.raises(UsageError, match=r"a session has no attribute 'volumne' to be set$"):
                session.volumne = 0.5  # type: ignore[attr-defined]
            session.volume = 0.5

    run_virtual(main)


def test_what_a_session_holds_is_shown_by_its_kind_and_number() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello."))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            session.send_text("Hi.")
            response = await anext(session.responses())
            await response.played()
            assert repr(session.conversation) == "<Conversation 2 items>"
            assert repr(response.items[0]) == f"<MessageItem {response.items[0].id} assistant FINISHED 'Hello.'>"

    run_virtual(main)


@pytest.mark.parametrize("name", ["close", "disconnect", "stop"])
def test_what_is_not_there_to_end_a_session_is_answered_with_how_it_ends(name: str) -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(endpoint=server, microphone=None, speaker=None) as session:
            assert not hasattr(session, name)
            with pytest.raises(AttributeError, match="it ends when its block is left"):
                getattr(session, name)
            with pytest.raises(AttributeError, match=r"^'Session' object has no attribute 'klose'"):
                session.klose  # type: ignore[attr-defined]  # noqa: B018

    run_virtual(main)


def test_an_error_of_opening_shows_the_line_of_the_caller_and_its_text_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Deaf(VirtualMicrophone):
        async def open(self, rate: int) -> None:
            raise DeviceError("the microphone is broken: mend it")

    async def main() -> list[str]:
        async with FakeServer() as server:
            try:
                async with connect(endpoint=server, speaker=None, microphone=Deaf()):
                    raise AssertionError
            except DeviceError as error:
                return [frame.name for frame in extract_tb(error.__traceback__)]

    with caplog.at_level("DEBUG", "realtime_sdk"):
        assert run_virtual(main) == ["main", "__aenter__", "_raise_failure"]
    [logged] = [record for record in caplog.records if record.exc_info]
    assert logged.exc_info is not None
    assert [frame.name for frame in extract_tb(logged.exc_info[2])][-1] == "open"  # where it was raised is in the log
