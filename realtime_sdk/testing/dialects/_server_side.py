"""What the servers' sides of all dialects have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...server._items import Event
from ...server._refusal import Refusal


@dataclass(frozen=True, slots=True)
class ServerSide:
    """Both directions of a dialect, as its server has them."""

    read: Callable[[Event], Event]  # a client's event into GA's; raises `Refusal`
    write: Callable[[Event], list[Event]]  # an event of GA into those that are sent
    defaults: Mapping[str, Any] = field(default_factory=dict)  # fields of a new session where they differ from GA's


def refuse_fields(fields: Mapping[str, Any], unknown: tuple[str, ...], where: str) -> None:
    """Refuse fields that the server does not know."""
    for name in unknown:
        if name in fields:
            param = f"{where}.{name}"
            raise Refusal("unknown_parameter", f"Unknown parameter: '{param}'.", param=param)
