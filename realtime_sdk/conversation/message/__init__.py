"""One message of the assistant's: its text, its audio, its captions, and how much of it was heard.

Read `_message.py` (what an application reads), `_live_message.py` (the same, as the engine changes it), `_content.py`
and `_part.py` (what it is made of), `_part_captions.py` (when its words are shown), `_playout_state.py` (how far it
was heard).
"""

__all__: list[str] = []
