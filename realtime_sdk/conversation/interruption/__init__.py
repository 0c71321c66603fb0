"""What an interruption cuts, what the server is sent about it, and what is withheld or protected."""

__all__: list[str] = []
