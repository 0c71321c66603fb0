"""The calls of tools, by the session or by the server, and the answers to them."""

__all__: list[str] = []
