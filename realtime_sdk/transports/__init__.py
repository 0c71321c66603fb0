"""Connections: the one place that talks to a server."""

from ._endpoints import UrlEndpoint
from ._keys import ApiKey
from ._services import AzureEndpoint, OpenAIEndpoint, XaiEndpoint
from ._transport import Endpoint, Transport

__all__ = ["ApiKey", "AzureEndpoint", "Endpoint", "OpenAIEndpoint", "Transport", "UrlEndpoint", "XaiEndpoint"]
