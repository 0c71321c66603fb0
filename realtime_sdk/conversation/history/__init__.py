"""The conversation as it is carried on elsewhere: given to the next server, exported, and restored."""

__all__: list[str] = []
