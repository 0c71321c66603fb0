"""How a session is opened: by the functions that an application calls, and by the owner that they return."""

__all__: list[str] = []
