"""What follows the events of a session: the log, and the taps of the application."""

__all__: list[str] = []
