"""How function calls are run, approved, and spoken for while they last."""

__all__: list[str] = []
