"""The requests to the server, each with an end, and what they change."""

__all__: list[str] = []
