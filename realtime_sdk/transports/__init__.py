"""Connections: the one place that talks to a server."""

from ._azure import AzureEndpoint, AzureVoiceLiveEndpoint
from ._client_secret import ClientSecret
from ._endpoints import UrlEndpoint
from ._keys import ApiKey
from ._services import OpenAIEndpoint, XaiEndpoint
from ._transport import Endpoint, Transport

__all__ = [
    "ApiKey",
    "AzureEndpoint",
    "AzureVoiceLiveEndpoint",
    "ClientSecret",
    "Endpoint",
    "OpenAIEndpoint",
    "Transport",
    "UrlEndpoint",
    "XaiEndpoint",
]
