"""What the user says, writes and shows, on its way to the engine and the server."""

__all__: list[str] = []
