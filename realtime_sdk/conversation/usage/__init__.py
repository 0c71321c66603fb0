"""What a session costs, and how fast it answers."""

__all__: list[str] = []
