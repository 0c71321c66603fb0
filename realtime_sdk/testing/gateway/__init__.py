"""A telephone gateway that calls an application's WebSocket, and what each dialect of one sends and accepts.

Read `_fake_gateway.py` (calls an application), `_fake_call.py` (one call), `_buffer.py` (what its caller is still to
hear), `_sides.py` (the messages of each dialect).
"""

__all__: list[str] = []
