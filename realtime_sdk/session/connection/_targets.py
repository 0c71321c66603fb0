"""The servers that a session may connect to, and the order in which they are tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ..._runtime.arguments import shown
from ...errors import ConnectionFailed, RealtimeError, UsageError
from ...protocol.dialects._dialect import Dialect
from ...protocol.dialects._table import dialect_of
from ...transports._keys import asks_for_key
from ...transports._protocol_names import check_protocol
from ...transports._transport import Endpoint, Transport
from ._access import Key, key_of
from ._reconnect import Reconnect


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """A server to connect to."""

    name: str
    connect: Callable[[str | None], Awaitable[Transport]]  # with the id of the conversation to resume; None: a new one
    dialect: Dialect
    is_over: Callable[[], bool] = bool  # whether no connection follows the last one: a recording that ends
    asks_for_key: bool = False  # a function gives the key, and may give another one the next time


class Targets:
    """The order in which servers are tried; those that refused for good are left out.

    again: they are connected to again after a loss; else none is left to try from the beginning.
    """

    def __init__(self, targets: Sequence[Target], *, again: bool) -> None:
        self.present = targets[0]  # of the present connection, or of the last one while there is none
        self._left = list(targets) if again else []  # the next one to try is the first
        self._confirming: set[Target] = set()  # those that have confirmed a configuration
        self._refused: set[Target] = set()  # those that have refused a key since their last lasting connection

    def __len__(self) -> int:
        """How many are left to connect to."""
        return len(self._left)

    @property
    def next(self) -> Target:
        """The one to try next."""
        return self._left[0]

    def postpone(self, target: Target) -> None:
        """A server was tried, in vain: try the others first."""
        self._left = [*(other for other in self._left if other is not target), target]

    def give_up(self, target: Target) -> None:
        """Do not connect to a server again."""
        self._left = [other for other in self._left if other is not target]

    def refuses_key(self, target: Target) -> bool:
        """A server has refused a key; return whether a function can be asked for another: once.

        The key may have expired between its being given and its being read.
        """
        is_first = target not in self._refused
        self._refused.add(target)
        return target.asks_for_key and is_first

    def has_lasted(self) -> None:
        """The connection to the present one has proven to last: it has taken its key."""
        self._refused.discard(self.present)

    def has_confirmed(self) -> None:
        """The present one has confirmed a configuration."""
        self._confirming.add(self.present)

    def confirms(self, target: Target) -> bool:
        """Whether a server has ever confirmed a configuration: some never do."""
        return target in self._confirming


def targets_of(endpoint: Endpoint, model: str | None, key: Key, reconnect: Reconnect | None) -> list[Target]:
    """The server, and the one to fall back to, if there is one."""
    targets = [_target(endpoint, model, key)]
    if reconnect is not None and (fallback := reconnect.fallback_endpoint) is not None:
        targets.append(_target(fallback, model, key_of(fallback)))
    return targets


def _target(endpoint: Endpoint, model: str | None, key: Key) -> Target:
    check_protocol(endpoint, "realtime")
    dialect = dialect_of(getattr(endpoint, "dialect", None))
    is_over = partial(getattr, endpoint, "is_over", False)  # of a recording that is replayed
    by_function = key.is_function if key.is_given else asks_for_key(endpoint)
    return Target(endpoint.name, partial(_connect, endpoint, model, key), dialect, is_over, by_function)


async def _connect(endpoint: Endpoint, model: str | None, key: Key, conversation_id: str | None) -> Transport:
    if conversation_id is not None and (resuming := getattr(endpoint, "resuming", None)) is not None:
        endpoint = resuming(conversation_id)
    try:
        transport: object = await endpoint.connect(model, await key.resolve())  # no traceback holds the key
    except RealtimeError:
        raise
    except Exception as error:  # of an endpoint of the application's own: its text may quote an address with a key
        raise ConnectionFailed(f"{endpoint.name} can't be reached: connect(…) raised {type(error).__name__}") from error
    if not isinstance(transport, Transport):
        raise UsageError(f"{endpoint.name}: connect(…) returns a Transport, not {shown(transport)}")
    return transport
