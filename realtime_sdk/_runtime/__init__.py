"""What Python and the machine give, each read in one place: time, the event loop, threads, optional imports."""

__all__: list[str] = []
