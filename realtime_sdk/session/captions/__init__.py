"""How the words of a session are placed in time, beside everything else that its event loop does."""

__all__: list[str] = []
