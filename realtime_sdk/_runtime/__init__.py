"""Access to time, the event loop, threads and optional imports, each in one place."""

__all__: list[str] = []
