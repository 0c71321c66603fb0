"""A voice on this machine: a realtime server with ears, a mind and a voice, offline."""

from ._server import LocalServer

__all__ = ["LocalServer"]
