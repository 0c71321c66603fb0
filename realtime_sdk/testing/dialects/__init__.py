"""The dialects as a server speaks them: how a `FakeServer` reads and writes each, listed in `SERVER_SIDES`."""

__all__: list[str] = []
