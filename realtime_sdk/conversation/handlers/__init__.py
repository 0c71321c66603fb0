"""What the engine does with each event of the server: a file for each family, whose `table` maps types to methods."""

__all__: list[str] = []
