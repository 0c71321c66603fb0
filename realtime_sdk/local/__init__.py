"""A voice on this machine: a realtime server that recognises speech, answers and speaks, offline."""

from ._server import LocalServer

__all__ = ["LocalServer"]
