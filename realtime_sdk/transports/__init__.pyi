"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._azure import AzureEndpoint as AzureEndpoint, AzureVoiceLiveEndpoint as AzureVoiceLiveEndpoint
from ._client_secret import ClientSecret as ClientSecret
from ._endpoints import UrlEndpoint as UrlEndpoint
from ._keys import ApiKey as ApiKey
from ._services import OpenAIEndpoint as OpenAIEndpoint, XaiEndpoint as XaiEndpoint
from ._transport import Endpoint as Endpoint, Transport as Transport
