"""A server of stream sessions, GPT-Live and translation, with what a client may send it and what it plays."""

__all__: list[str] = []
