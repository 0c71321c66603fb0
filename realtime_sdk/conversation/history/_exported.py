"""Exported conversations: their form, and how one is read. Damaged data is refused, with the value that is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from ..._runtime.arguments import shown
from ...errors import UsageError
from ...protocol._json_text import unserializable, write
from ...protocol._lenient import Path
from ...protocol._objects import WireItem

FORMAT: Final = "realtime_sdk.conversation/1"
"""The format that `Conversation.export` writes and `Conversation.restore` reads."""


class ExportedItem(BaseModel):
    """An item of a type that has no class of its own; `item` is the wire's object."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, extra="ignore", frozen=True, defer_build=True)

    id: str
    type: str
    status: str | None = None
    item: dict[str, Any] | None = None

    @property
    def final_status(self) -> str | None:
        """Its status once its session has ended: nothing more comes of it."""
        return "incomplete" if self.status == "in_progress" else self.status

    def wire(self, item_id: str) -> WireItem:
        """The wire's object, with this id.

        Raises:
            ValidationError: it is none.

        """
        status = {} if self.status is None else {"status": self.final_status}
        return WireItem.model_validate({**(self.item or {}), **status, "id": item_id, "type": self.type})


class ExportedMessage(ExportedItem):
    """A message; `text` is what was heard, `generated` what was made. Times are wall-clock seconds."""

    role: str
    text: str
    phase: str | None = None
    generated: str | None = None
    interrupted: bool = False
    started_at: FiniteFloat | None = None
    finished_at: FiniteFloat | None = None
    position: FiniteFloat = 0.0
    duration: FiniteFloat = 0.0
    spoken: bool = False  # by the user: without a text it was not transcribed
    images: list[dict[str, Any]] = []  # the wire's content parts

    @property
    def was_cut(self) -> bool:
        """Whether some of it was not heard; version 0.1.0 did not say so of one that was still being heard."""
        return self.interrupted or (self.position < self.duration and self.generated not in (None, self.text))


class ExportedCall(ExportedItem):
    """A function call, with its output."""

    name: str
    call_id: str
    arguments: str
    output: str | None = None


class ExportedOutput(ExportedItem):
    """The answer to a function call."""

    call_id: str
    output: str


_KINDS: Final[Mapping[str, type[ExportedItem]]] = {
    "message": ExportedMessage, "function_call": ExportedCall, "function_call_output": ExportedOutput,
}  # fmt: skip

_ROLES: Final = ("user", "assistant", "system")

_WANTED: Final = {
    "string_type": "a string",
    "bool_type": "true or false",
    "float_type": "a number",
    "finite_number": "a finite number",
    "dict_type": "an object",
    "list_type": "a list",
    "model_type": "an object",
}


def exported_items(exported: Any) -> Sequence[Any]:
    """The items of what `Conversation.export` wrote, which `read_items` reads.

    Raises:
        UsageError: it is something else, or damaged; it names the value.

    """
    if not isinstance(exported, Mapping):
        raise UsageError(f"not an exported conversation: give what `export()` returned, not {shown(exported)}")
    if (given := exported.get("format")) != FORMAT:
        raise UsageError(f"not an exported conversation: its `format` is {shown(given)}, not {FORMAT!r}")
    items = exported.get("items")
    if not isinstance(items, list | tuple):
        raise _damaged("items", "a list", items)
    _check_json({name: value for name, value in exported.items() if name != "items"})
    return items


def read_items(items: Sequence[Any]) -> Iterator[ExportedItem]:
    """Read the items of an exported conversation, one at a time.

    Raises:
        UsageError: one is damaged; it names the value.

    """
    return (_read_item(place, item) for place, item in enumerate(items))


def _read_item(number: int, item: Any) -> ExportedItem:
    place = f"items[{number}]"
    if not isinstance(item, Mapping):
        raise _damaged(place, "an object", item)
    fields = dict(item)
    _check_json(fields, ("items", number))
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise _damaged(f"{place}.type", "a string", kind)
    try:
        read = _KINDS.get(kind, ExportedItem).model_validate(fields)
        if type(read) is ExportedItem:
            read.wire(read.id)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)[0]
        inside = ".item" if error.title == WireItem.__name__ else ""
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in found["loc"])
        where = place + inside + path
        value = None if found["type"] == "missing" else found["input"]
        raise _damaged(where, _WANTED.get(found["type"], "present"), value) from None
    if isinstance(read, ExportedMessage) and read.role not in _ROLES:
        raise _damaged(f"{place}.role", f"one of {', '.join(map(repr, _ROLES))}", read.role)
    return read


def _check_json(value: object, place: Path = ()) -> None:
    """Refuse what JSON can't hold; it would be found when it is sent."""
    try:
        write(value)
    except ValueError as error:
        found = unserializable(value, place) or error
        raise UsageError(f"a damaged conversation: {found}, which JSON can't hold") from None


def _damaged(where: str, wanted: str, value: Any) -> UsageError:
    return UsageError(f"a damaged conversation: {where} should be {wanted}, and is {shown(value)}")
