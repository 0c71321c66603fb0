"""How a conversation is shown as lines.

Read `_conversation_view.py` (SDK events in, entries out), `_render.py` (entries as text) and `_display.py` (prints them
as they become final); `_controls.py` has the keys, `_bill.py` the price.
"""

__all__: list[str] = []
