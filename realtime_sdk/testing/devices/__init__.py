"""A speaker and a microphone on the virtual clock, and checks that a device of your own keeps its protocol."""

__all__: list[str] = []
