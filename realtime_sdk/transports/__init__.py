"""Connections: the one place that talks to a server."""

from __future__ import annotations

from .endpoints import OpenAIEndpoint, UrlEndpoint, endpoint_from
from .keys import ApiKey, ask_key
from .transport import Endpoint, Transport
from .websocket import WebSocketTransport

__all__ = [
    "ApiKey",
    "Endpoint",
    "OpenAIEndpoint",
    "Transport",
    "UrlEndpoint",
    "WebSocketTransport",
    "ask_key",
    "endpoint_from",
]
