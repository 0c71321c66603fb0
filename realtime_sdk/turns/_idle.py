"""What is done when neither the user nor a reply was heard for some time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._runtime.arguments import check_seconds
from ..protocol._field_names import check_response_fields


@dataclass(frozen=True, slots=True)
class IdlePolicy:
    """The action after a time in which neither the user spoke nor a reply was heard; made by a class method.

    seconds: of silence, from the end of the last reply or of the user's last turn; they do not run during a reply, a
    running tool or a pause. It happens once, and again only after the user or a reply was heard. request: the fields of
    the response that is requested then; None: none is.
    """

    seconds: float
    request: Mapping[str, Any] | None = None

    @classmethod
    def notify(cls, seconds: float) -> IdlePolicy:
        """Emit an `Idle` event, and leave the rest to the application.

        Raises:
            UsageError: `seconds` is no positive number.

        """
        check_seconds("seconds", seconds)
        return cls(seconds)

    @classmethod
    def prompt(cls, seconds: float, **fields: Any) -> IdlePolicy:
        """Emit the event, and request a response; `fields` are those of `Session.respond`, such as `instructions`.

        Raises:
            UsageError: `seconds` is no positive number, or a response has no such field.

        """
        check_seconds("seconds", seconds)
        check_response_fields(fields, caller="IdlePolicy.prompt")
        return cls(seconds, fields)
