"""Connections: the one place that talks to a server."""

from __future__ import annotations

from .endpoints import OpenAIEndpoint, UrlEndpoint, endpoint_from
from .transport import Endpoint, Transport
from .websocket import WebSocketTransport

__all__ = ["Endpoint", "OpenAIEndpoint", "Transport", "UrlEndpoint", "WebSocketTransport", "endpoint_from"]
