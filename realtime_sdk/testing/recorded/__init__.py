"""A recorded session that drives a real one.

Read `_replay.py` (the server of the replay), `_connections.py` (the recording, taken apart by connection), `_ids.py`
(its ids joined with those of the session), `_captions.py` (its captions again), `_application.py` (the application's
part).
"""

__all__: list[str] = []
