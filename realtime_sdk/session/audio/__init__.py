"""What a session plays and captures: the sink, its devices, and what was heard of them."""

__all__: list[str] = []
