"""What an interruption cuts, what the server is sent about it, and what is withheld or protected.

Read `_interrupter.py` (cuts), `_corrections.py` (makes the server forget what was not heard), `_response_gate.py`
(withholds replies while the user speaks), `_protection.py` (of replies that speech does not cut).
"""

__all__: list[str] = []
