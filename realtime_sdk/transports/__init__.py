"""Endpoints: where a server is, with which headers it is reached, and in which dialect it speaks."""

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
