"""How a session is connected: by one connection after another, and what becomes of the rest between two.

Read `_connection.py` (one connection), `_link.py` (the present one, or the `_gap.py` until the next), `_reconnector.py`
(connects again, in the states of `_state.py`), `_carry_over.py` and `_handover.py` (what the next server is given).
"""

__all__: list[str] = []
