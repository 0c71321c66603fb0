"""What is wrong with this machine's sound and settings, and what to do about it."""

__all__: list[str] = []
