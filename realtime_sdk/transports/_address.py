"""The address of a server, which may hold a user, a password and keys: it does not show them."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit


class AddressText(str):
    """An address as it was given. A traceback that shows variables does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<address>"


class Address(SplitResult):
    """An address in its parts. Raises `ValueError` for a text that is no address."""

    __slots__ = ()

    @classmethod
    def of(cls, url: str) -> Address:
        """Split an address."""
        return cls(*urlsplit(url))

    @property
    def name(self) -> str:
        """The address without its user, password and query, any of which may be secret."""
        host = f"[{self.hostname}]" if ":" in (self.hostname or "") else self.hostname
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is an address of this machine."""
        host = self.hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:  # a name: only the resolver knows where it leads
            return False

    @property
    def text(self) -> AddressText:
        """The whole address."""
        return AddressText(self.geturl())

    def __repr__(self) -> str:
        return "<address>"
