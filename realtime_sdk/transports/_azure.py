"""Azure's services: OpenAI's models on Azure, and Voice Live."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Literal

from .._runtime.arguments import check_choice, check_text
from ..errors import UsageError
from ..protocol.dialects._beta import BETA
from ..protocol.dialects._dialect import Dialect
from ..protocol.dialects._ga import GA
from ..protocol.dialects._voice_live import VOICE_LIVE
from ._address import Address
from ._handshaking import HandshakingEndpoint
from ._keys import ApiKey, conceal_keys, resolve_key
from ._opening import Credential, bearer, split, with_parameters

VOICE_LIVE_VERSION: Final = "2026-04-10"
"""The version of Voice Live's protocol where none is given."""

_WHICH_ADDRESS: Final = "url is the address of the Azure resource alone: https://my-resource.openai.azure.com"


class _AzureService(HandshakingEndpoint):
    """A service of a resource, which takes a key in a header of its own, or in place of it a token of Entra."""

    __slots__ = ()

    token: ApiKey | None

    async def _credential(self, given: str | None) -> Credential:
        if given is None and self.token is not None:
            return bearer(await resolve_key(self.token))
        return Credential(await resolve_key(self.api_key) if given is None else given, "api-key", "")


@conceal_keys
@dataclass(frozen=True, slots=True)
class AzureEndpoint(_AzureService):
    """A resource of Azure OpenAI, at its `https://` or `wss://` address.

    Raises:
        UsageError: an address of another kind, or a key and a token.

    """

    key_wanted: ClassVar[tuple[str, str] | None] = ("Azure", "AZURE_OPENAI_API_KEY, or token=…")

    url: str  # of the resource, such as https://my-resource.openai.azure.com
    deployment: str | None = None  # where `connect` names no model
    api_version: str | None = field(default=None, kw_only=True)  # of the retired preview; None: the current protocol
    api_key: ApiKey | None = field(default=None, repr=False, kw_only=True)  # that of `connect` goes before
    token: ApiKey | None = field(default=None, repr=False, kw_only=True)  # of Entra, in place of a key
    intent: Literal["transcription"] | None = field(default=None, kw_only=True)  # a session that only transcribes

    def __post_init__(self) -> None:
        check_text("url", self.url)
        if self.intent is not None:
            check_choice("intent", self.intent, ("transcription",))
        if self.intent is not None and self.api_version is not None:
            raise UsageError("the preview has no sessions that only transcribe: leave out api_version")
        _check(self._address, both=self.api_key is not None and self.token is not None)

    def __repr__(self) -> str:
        # A traceback may show one whose address was refused.
        return f"AzureEndpoint(deployment={self.deployment!r}, api_version={self.api_version!r})"

    @property
    def key_variable(self) -> str | None:
        """The variable of the environment that has the key; none is meant where a token is given."""
        return "AZURE_OPENAI_API_KEY" if self.token is None else None

    @property
    def name(self) -> str:
        """The address, without its query."""
        return self._address.name

    @property
    def dialect(self) -> Dialect:
        """The retired beta for the preview, else the current protocol."""
        return GA if self.api_version is None else BETA

    def transcribing(self) -> AzureEndpoint:
        """Return the endpoint whose sessions only transcribe: their configuration names the deployment."""
        return replace(self, intent="transcription")

    def _address_for(self, model: str | None) -> Address:
        if self.intent is not None:
            return with_parameters(self._address, intent=self.intent)
        if (deployment := model or self.deployment) is None:
            raise UsageError("which of the resource's deployments? AzureEndpoint(url, deployment)")
        if self.api_version is None:
            return with_parameters(self._address, model=deployment)
        return with_parameters(self._address, **{"api-version": self.api_version}, deployment=deployment)

    @property
    def _address(self) -> Address:
        path = "/openai/v1/realtime" if self.api_version is None else "/openai/realtime"
        return _address_of(self.url, path)


@conceal_keys
@dataclass(frozen=True, slots=True)
class AzureVoiceLiveEndpoint(_AzureService):
    """Azure Voice Live, at the `https://` or `wss://` address of a resource of Foundry.

    Raises:
        UsageError: an address of another kind, or a key and a token.

    """

    key_wanted: ClassVar[tuple[str, str] | None] = ("Azure Voice Live", "AZURE_VOICELIVE_API_KEY, or token=…")
    makes_client_secrets: ClassVar[bool] = False

    url: str  # of the resource, such as https://my-resource.services.ai.azure.com
    model: str | None = None  # where `connect` names none
    api_version: str = field(default=VOICE_LIVE_VERSION, kw_only=True)
    api_key: ApiKey | None = field(default=None, repr=False, kw_only=True)  # that of `connect` goes before
    token: ApiKey | None = field(default=None, repr=False, kw_only=True)  # of Entra, in place of a key

    def __post_init__(self) -> None:
        check_text("url", self.url)
        check_text("api_version", self.api_version)
        _check(self._address, both=self.api_key is not None and self.token is not None)

    def __repr__(self) -> str:
        # A traceback may show one whose address was refused.
        return f"AzureVoiceLiveEndpoint(model={self.model!r}, api_version={self.api_version!r})"

    @property
    def key_variable(self) -> str | None:
        """The variable of the environment that has the key; none is meant where a token is given."""
        return "AZURE_VOICELIVE_API_KEY" if self.token is None else None

    @property
    def name(self) -> str:
        """The address, without its query."""
        return self._address.name

    @property
    def dialect(self) -> Dialect:
        """Voice Live's dialect."""
        return VOICE_LIVE

    def _address_for(self, model: str | None) -> Address:
        if (model := model or self.model) is None:
            raise UsageError("which model? AzureVoiceLiveEndpoint(url, model)")
        return with_parameters(self._address, **{"api-version": self.api_version}, model=model)

    @property
    def _address(self) -> Address:
        return _address_of(self.url, "/voice-live/realtime")


def _address_of(url: str, path: str) -> Address:
    """The address of a service of a resource."""
    scheme, _, rest = url.partition("://")
    scheme = {"https": "wss", "http": "ws"}.get(scheme, scheme)
    if not rest or scheme not in ("ws", "wss"):
        raise UsageError(_WHICH_ADDRESS)
    return split(f"{scheme}://{rest}")._replace(path=path)


def _check(address: Address, *, both: bool) -> None:
    """Refuse an address that is not that of a resource alone, and a key beside a token."""
    if both:
        raise UsageError("Azure takes a key or a token of Entra: leave one of them out")
    if address.query or address.username is not None:
        raise UsageError(_WHICH_ADDRESS)
