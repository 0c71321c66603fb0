"""What is written, read as it is said: units, words, readings, phones. Pure."""

__all__: list[str] = []
