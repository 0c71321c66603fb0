"""The session of `talk` and of `serve --page`: its options, its server, its devices, its user and its tool."""

__all__: list[str] = []
