"""The arguments of a session that every kind of session shares: the default devices, the key, the echo canceller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import Enum
from os import PathLike
from typing import Any, Final

from .._runtime.arguments import check_instance
from ..capture.echo._canceller import EchoCanceller
from ..capture.echo._choice import default_canceller
from ..devices._microphone import Microphone
from ..devices._protocols import InputDevice, OutputDevice
from ..devices._speaker import Speaker
from ..errors import UsageError
from ..transports._address import AddressText
from ..transports._keys import ApiKey, resolve_key
from ..transports._transport import Endpoint


class Default(Enum):
    DEFAULT = "the machine's default device"


DEFAULT: Final = Default.DEFAULT
"""The machine's default microphone or speaker."""


SHARED_KINDS: Final[Mapping[str, tuple[Any, str]]] = {
    "model": (str, "the name of a model, such as 'gpt-realtime-2.1'"),
    "microphone": (InputDevice, "an InputDevice, such as Microphone('…'), or None for no input"),
    "speaker": (OutputDevice, "an OutputDevice, such as Speaker('…'), or None for no output"),
    "record": (str | PathLike, "the path of a folder, such as 'talks/1'"),
    "echo_canceller": (EchoCanceller, "an EchoCanceller, such as LinearCanceller(rate), or None for none"),
}
"""The class of each argument that every kind of session takes, and its description in messages."""


def check_arguments(kinds: Mapping[str, tuple[Any, str]], /, **arguments: object) -> None:
    """Refuse arguments of another class than `kinds` has for them; None and DEFAULT are taken for all.

    Raises:
        UsageError: it says what the argument should be.

    """
    for name, value in arguments.items():
        if value is not None and value is not DEFAULT:
            check_instance(name, value, *kinds[name])


def canceller_of(
    chosen: EchoCanceller | Default | None, microphone: InputDevice | None, speaker: OutputDevice | None,
    rate: int,
) -> EchoCanceller | None:
    """The canceller of a session; only sound cards are known to share a room."""
    if microphone is None or speaker is None:
        return None
    if chosen is not DEFAULT:
        return chosen
    share_a_room = isinstance(microphone, Microphone) and isinstance(speaker, Speaker)
    return default_canceller(rate) if share_a_room else None


class Key:
    """A key, or a function that returns one, that does not show itself."""

    def __init__(self, api_key: ApiKey | None) -> None:
        self._api_key = api_key

    def __repr__(self) -> str:
        return "<API key>" if self._api_key else "<no API key>"

    @property
    def is_given(self) -> bool:
        """Whether there is one, or a function that may return one."""
        return bool(self._api_key)

    def check(self) -> None:
        """Refuse what can be no key, without showing it.

        Raises:
            UsageError: it is neither a string, nor callable, nor None.

        """
        if not (self._api_key is None or isinstance(self._api_key, str) or callable(self._api_key)):
            raise UsageError(
                "api_key is a string, a function that returns one, or None; "
                f"this one is of type {type(self._api_key).__name__}"
            )

    async def resolve(self) -> str | None:
        """Return the current key.

        Raises:
            ConnectionFailed: the function raised.
            UsageError: it returned something that is no string.

        """
        return await resolve_key(self._api_key)


def concealed_access(endpoint: Endpoint | str | None, api_key: ApiKey | None) -> tuple[Key, Endpoint | str | None]:
    """Return the key, given or from the environment, and the endpoint: a traceback that shows them has no secret.

    The caller deletes its own `api_key`, and then checks the key.
    """
    key = key_of(endpoint) if api_key is None else Key(api_key)
    return key, AddressText(endpoint) if isinstance(endpoint, str) else endpoint


def key_of(endpoint: Endpoint | str | None) -> Key:
    """The key from the environment for an endpoint that has none of its own."""
    if getattr(endpoint, "api_key", None) is not None:
        return Key(None)
    variable = "OPENAI_API_KEY" if endpoint is None else getattr(endpoint, "key_variable", None)
    return Key((os.environ.get(variable) or None) if variable is not None else None)
