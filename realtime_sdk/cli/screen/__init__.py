"""The full-screen display of `talk`.

Read `_screen_display.py` (shows a conversation), `_screen_lines.py` and `_panel.py` (what it shows, pure),
`_talk_app.py` (draws it with textual), `_terminal.py` (keeps the terminal for it); `_display_choice.py` chooses between
it and plain lines.
"""

__all__: list[str] = []
