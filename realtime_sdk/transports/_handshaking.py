"""How every endpoint of this package connects: the key is chosen, the handshake made from it, and the socket opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from ..protocol.dialects._dialect import Capabilities, Dialect
from ._address import Address
from ._keys import ApiKey, resolve_key
from ._opening import Credential, Handshake, bearer, open_connection, require_key
from ._transport import Transport


class HandshakingEndpoint(ABC):
    """An endpoint that is reached by a WebSocket handshake with a key in one of its headers.

    A subclass has the fields `api_key` and `dialect`, and says where its server is.
    """

    __slots__ = ()

    key_wanted: ClassVar[tuple[str, str] | None] = None  # the service, and where its key comes from; None: no need
    makes_client_secrets: ClassVar[bool] = True  # the service may, beside this address

    api_key: ApiKey | None

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The dialect that the server speaks."""

    @property
    def capabilities(self) -> Capabilities:
        """The server's capabilities, as far as its dialect states them."""
        return self.dialect.capabilities

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection. The key goes into a header of the handshake, and nowhere else.

        Raises:
            ConnectionFailed: no connection came about.
            UsageError: the key or the model is missing, or the key is malformed, or would travel in the clear.

        """
        handshake = self._handshake(model, api_key)
        del api_key  # from here on no traceback with variables shows it
        return await open_connection(await handshake)

    async def _handshake(self, model: str | None, api_key: str | None) -> Handshake:
        asked = self._credential(api_key)
        del api_key  # from here on no traceback with variables shows it
        key = await asked
        if self.key_wanted is not None:
            require_key(key, *self.key_wanted)
        return Handshake(self._address_for(model), self._extra_headers, key)

    async def _credential(self, given: str | None) -> Credential:
        """The credential of a connection; `given`: a key that goes before the endpoint's own."""
        return bearer(await resolve_key(self.api_key) if given is None else given)

    @abstractmethod
    def _address_for(self, model: str | None) -> Address:
        """The address of the handshake, with its query."""

    @property
    def _extra_headers(self) -> Mapping[str, str]:
        """The headers beside that of the key."""
        return {}
