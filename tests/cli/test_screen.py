"""The screen in textual: a whole conversation on the fakes, with keys, on the virtual clock."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from rich.console import Console
from textual.pilot import Pilot

from realtime_sdk import CaptionShown, PlayoutFinished, SdkEvent, Session, connect
from realtime_sdk.cli.display._controls import Controls
from realtime_sdk.cli.display._display import Details
from realtime_sdk.cli.screen._screen_display import ScreenDisplay
from realtime_sdk.cli.screen._talk_app import TalkApp
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual


class Talk:
    """A conversation on a screen of 80 columns and 24 rows."""

    def __init__(self, session: Session, display: ScreenDisplay) -> None:
        self.session = session
        self.display = display
        self.scope = anyio.CancelScope()  # in which it runs
        self.ended = anyio.Event()
        self.controls = Controls(session, self.ended.set)

    def rows(self) -> list[str]:
        """The characters that textual draws."""
        assert self.display.app is not None
        canvas = self.display.app.canvas
        return [strip.text.rstrip() for strip in canvas.render_lines(canvas.size.region)]

    async def press(self, *keys: str) -> None:
        assert self.display.app is not None
        await Pilot(self.display.app).press(*keys)

    async def hear(self, word: str) -> None:
        """Show the events until this word is heard."""
        await self.show(lambda event: isinstance(event, CaptionShown) and event.caption.text.strip() == word)

    async def show(self, last: Callable[[SdkEvent], bool]) -> None:
        """Show the events to this one."""
        async for event in self.session.events():
            self.display.on_event(event)
            if last(event):
                break


def on_screen(test: Callable[[Talk], Awaitable[None]]) -> str:
    """Run a conversation with one reply; return what stands in the terminal afterwards."""
    server, file = FakeServer(), io.StringIO()
    server.reply(message("One two three four five six.", seconds=6.0))

    async def main() -> None:
        display = ScreenDisplay(Console(file=file, width=80), (80, 24))
        display.print_line("The local server hears English.")
        async with (
            server,
            connect(endpoint=server, microphone=VirtualMicrophone(), speaker=VirtualSpeaker()) as session,
        ):
            talk = Talk(session, display)
            with talk.scope:
                async with display.showing(talk.controls, Details("Speak.", Path("talks/monday"))):
                    await session.send_text("Count.")
                    await test(talk)
        display.finish()

    run_virtual(main)
    return file.getvalue()


def test_the_screen_shows_what_is_heard_and_the_terminal_keeps_it() -> None:
    async def test(talk: Talk) -> None:
        await talk.hear("three")
        rows = talk.rows()
        assert rows[0].startswith(" realtime-sdk talk · ")
        assert rows[2:4] == [" The local server hears English.", " Speak."]
        assert rows[5].split() == ["voice", "One", "two", "three", "four", "five", "six.", "0.00", "s"]
        assert rows[22].startswith(" ● speaking")
        assert rows[23] == "  m  mute  i  interrupt  p  pause  -  quieter  +  louder  q  quit"

    kept = on_screen(test).splitlines()[1]
    assert kept.startswith("voice     One two three four five six. — cut at "), "the end of the conversation cut it"


def test_before_anything_was_said_it_shows_what_was_printed_before_and_what_the_user_may_do() -> None:
    async def test(talk: Talk) -> None:
        await talk.press("end")  # waits until textual has laid out the screen
        assert talk.rows()[2:4] == [" The local server hears English.", " Speak."]

    on_screen(test)


def test_a_line_that_is_dim_as_a_whole_is_drawn_dim() -> None:
    async def test(talk: Talk) -> None:
        await talk.press("end")  # waits until textual has laid out the screen
        assert talk.display.app is not None
        [rule] = talk.display.app.canvas.render_line(1)._segments
        assert rule.text.startswith("───")
        assert rule.style is not None and rule.style.dim

    on_screen(test)


def test_all_of_it_is_drawn_again_when_the_program_goes_on_after_ctrl_z(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = list[tuple[object, ...]]()

    async def test(talk: Talk) -> None:
        await talk.press("end")
        assert talk.display.app is not None
        monkeypatch.setattr(talk.display.app.canvas, "refresh", lambda *regions: drawn.append(regions))
        talk.display.app.app_resume_signal.publish(talk.display.app)

    on_screen(test)
    assert () in drawn, "not this line and that, but all"


def test_keys_reach_the_session() -> None:
    async def test(talk: Talk) -> None:
        await talk.hear("two")
        await talk.press("p", "m")
        rows = talk.rows()
        assert rows[21].split()[1] == "muted"
        assert rows[22].startswith(" ● paused")
        assert rows[23] == "  m  unmute  i  interrupt  p  resume  -  quieter  +  louder  q  quit"
        await talk.press("p", "m")
        assert talk.rows()[22].startswith(" ● speaking")
        await talk.press("minus", "minus", "plus")
        assert talk.session.volume == 0.9
        assert talk.rows()[21].endswith("volume 90%")
        await talk.press("escape")
        await talk.show(lambda event: isinstance(event, PlayoutFinished))

    assert "— cut at" in on_screen(test)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_a_key_ends_the_conversation(key: str) -> None:
    async def test(talk: Talk) -> None:
        await talk.press(key)
        await talk.ended.wait()

    on_screen(test)


def test_a_conversation_that_is_cancelled_closes_the_screen() -> None:
    screens = list[TalkApp | None]()

    async def test(talk: Talk) -> None:
        screens.append(talk.display.app)
        talk.scope.cancel()
        await anyio.sleep_forever()

    on_screen(test)
    assert [screen is not None and screen.is_running for screen in screens] == [False]


def test_a_screen_that_fails_ends_the_conversation() -> None:
    async def test(talk: Talk) -> None:
        assert talk.display.app is not None
        talk.display.app.exit()
        await talk.ended.wait()

    on_screen(test)
