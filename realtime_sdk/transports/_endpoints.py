"""The server at an address, and the choice of the endpoint that an application means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qsl

from .._runtime.arguments import check_instance, check_text
from ..errors import UsageError
from ..protocol.dialects._dialect import Dialect
from ..protocol.dialects._table import dialect_of
from ._address import Address, AddressText
from ._handshaking import HandshakingEndpoint
from ._headers import header_problem, headers_of
from ._keys import ApiKey
from ._opening import split, with_parameters
from ._protocol_names import ProtocolName, protocol_at
from ._services import OpenAIEndpoint
from ._transport import Endpoint


@dataclass(frozen=True, slots=True, repr=False, init=False)
class UrlEndpoint(HandshakingEndpoint):
    """The server at a `ws://` or `wss://` address, which may name the model in its query.

    Args:
        url: the address.
        api_key: a string, or a function (async or not) that is asked at every connect; that of `connect` goes before.
        headers: further headers of the handshake, such as `{"api-key": …}`.
        dialect: of the server, a `Dialect` or its name (`"beta"`). Left out, the server is written to in the
            current protocol, and may answer in the beta's events.

    Raises:
        UsageError: an address of another kind, a header that HTTP can't carry, or a dialect that is not known.

    """

    key_variable: ClassVar[str | None] = None  # no key of the environment is meant for any server

    url: str
    api_key: ApiKey | None
    headers: Mapping[str, str] = field(hash=False)
    dialect: Dialect

    def __init__(
        self, url: str, *, api_key: ApiKey | None = None, headers: Mapping[str, str] | None = None,
        dialect: Dialect | str | None = None,
    ) -> None:
        object.__setattr__(self, "api_key", api_key)
        del api_key  # from here on no traceback with variables shows it
        check_text("url", url)
        url = AddressText(url)
        given = headers_of(headers)
        del headers  # from here on no traceback with variables shows their values
        if (problem := header_problem(given)) is not None:
            raise UsageError(problem)
        split(url)
        object.__setattr__(self, "url", url)
        object.__setattr__(self, "headers", given)
        object.__setattr__(self, "dialect", dialect_of(dialect))

    def __repr__(self) -> str:
        # A traceback may show one whose address was refused.
        return f"UrlEndpoint({self.name if hasattr(self, 'url') else ''})"

    @property
    def name(self) -> str:
        """The address without its user, password and query, any of which may be secret."""
        return split(self.url).name

    @property
    def call_id(self) -> str | None:
        """The running call that is joined, where the address names one."""
        return dict(parse_qsl(split(self.url).query)).get("call_id")

    @property
    def protocol(self) -> ProtocolName | None:
        """The protocol that the path stands for; None: it may be any."""
        return protocol_at(split(self.url).path)

    def resuming(self, conversation_id: str) -> UrlEndpoint:
        """Return the endpoint at which a server whose dialect has `resumption` goes on with a conversation."""
        parts = with_parameters(split(self.url), conversation_id=conversation_id)
        return UrlEndpoint(parts.text, api_key=self.api_key, headers=self.headers, dialect=self.dialect)

    def transcribing(self) -> UrlEndpoint:
        """Return the endpoint whose sessions only transcribe: its query says so, as that of OpenAI's service does."""
        parts = with_parameters(split(self.url), intent="transcription")
        return UrlEndpoint(parts.text, api_key=self.api_key, headers=self.headers, dialect=self.dialect)

    def _address_for(self, model: str | None) -> Address:
        return with_parameters(split(self.url), model=model)

    @property
    def _extra_headers(self) -> Mapping[str, str]:
        return self.headers


def endpoint_from(value: Endpoint | str | None, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that a caller means.

    An `Endpoint` is taken as it is, a string is a WebSocket address. None reads the environment:
    `OPENAI_REALTIME_URL`, a WebSocket address; else `OPENAI_BASE_URL`, the `https://…/v1` that other clients of the
    service read, to which `/realtime` is added; else OpenAI's service.

    `UsageError` refuses anything else.
    """
    match value:
        case None:
            return _endpoint_of(environ)
        case str():
            return UrlEndpoint(value)
    check_instance("endpoint", value, Endpoint, "an Endpoint, or a ws:// or wss:// address")
    return value


def _endpoint_of(environ: Mapping[str, str]) -> Endpoint:
    if url := AddressText(environ.get("OPENAI_REALTIME_URL", "")):
        try:
            return UrlEndpoint(url)
        except UsageError as wrong:
            raise UsageError(f"OPENAI_REALTIME_URL: {wrong}") from None
    if base := base_address(environ):
        return UrlEndpoint(AddressText(f"{base}/realtime"))
    return OpenAIEndpoint()


def base_address(environ: Mapping[str, str]) -> str | None:
    """Return the WebSocket address that `OPENAI_BASE_URL` means; None: the variable is not set.

    Raises:
        UsageError: it is no `http://` or `https://` address.

    """
    base = AddressText(environ.get("OPENAI_BASE_URL", ""))
    if not base:
        return None
    if not base.startswith(("https://", "http://")):
        raise UsageError("OPENAI_BASE_URL is no http:// or https:// address")
    return AddressText("ws" + base.removeprefix("http").rstrip("/"))
