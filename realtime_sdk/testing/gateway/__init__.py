"""A telephone gateway that calls an application's WebSocket, and what each dialect of one sends and accepts."""

__all__: list[str] = []
