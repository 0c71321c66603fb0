"""Push to talk, in the terminal: the space bar begins a turn, and ends it. Needs textual, of the extra `cli`.

    python examples/push_to_talk.py

A terminal reports that a key went down, and not that it came up: so one press begins, and the next one ends.
"""

from typing import Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.widgets import Footer, RichLog, Static

from realtime_sdk import CaptionShown, PlayoutFinished, Session, Turns, UserTranscript, connect


class PushToTalk(App[None]):
    """What was said, the words that are heard now, and a key."""

    BINDINGS: ClassVar = [("space", "talk", "Talk / send"), ("escape", "stop", "Stop the voice"), ("q", "quit", "Quit")]
    CSS = "#now { dock: bottom; height: 3; margin-bottom: 1; }"

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options  # of `connect`
        self.session: Session | None = None  # None until it is open
        self.pressed = False
        self.heard = ""  # of the message that is heard now

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield RichLog(wrap=True)
        yield Static("connecting …", id="now")
        yield Footer()

    def on_mount(self) -> None:
        """Start talking."""
        self.talk()

    @work(exit_on_error=True)
    async def talk(self) -> None:
        """Open the session, and show its events; the window and the session share one event loop."""
        log, now = self.query_one(RichLog), self.query_one("#now", Static)
        fields: dict[str, Any] = {"transcription": {"model": "gpt-transcribe"}} | self.options
        async with connect(turns=Turns.push_to_talk(), **fields) as self.session:
            now.update("press space, and speak")
            async for event in self.session.events():
                match event:
                    case UserTranscript(text=text, final=True):
                        log.write(f"you: {text}")
                    case CaptionShown(caption=caption):
                        self.heard += caption.text
                        now.update(self.heard)
                    case PlayoutFinished(playout=playout):
                        log.write(f"voice: {playout.transcript}{' —' if playout.interrupted else ''}")
                        self.heard = ""
                    case _:
                        pass

    def action_talk(self) -> None:
        """Begin a turn, which silences the voice; or end it, which has it answered."""
        if self.session is None:
            return
        self.pressed = not self.pressed
        if self.pressed:
            self.session.press()
        else:
            self.session.release()
        self.query_one("#now", Static).update("● listening" if self.pressed else "…")

    def action_stop(self) -> None:
        """Silence the voice."""
        if self.session is not None:
            self.session.interrupt()


if __name__ == "__main__":
    PushToTalk().run()
