"""Connections: the one place that talks to a server."""

from ._endpoints import OpenAIEndpoint, UrlEndpoint
from ._keys import ApiKey
from ._transport import Endpoint, Transport

__all__ = ["ApiKey", "Endpoint", "OpenAIEndpoint", "Transport", "UrlEndpoint"]
