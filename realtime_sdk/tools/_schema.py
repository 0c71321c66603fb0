"""The arguments of a function as JSON Schema: from its signature, its type hints and its docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, NotRequired, get_args, get_origin

from pydantic import ConfigDict, Field, PydanticUserError, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict

from ..errors import UsageError

_UNSUPPORTED: Final = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only, but the model passes arguments by name",
    inspect.Parameter.VAR_POSITIONAL: "takes any number of arguments, but a schema must list them",
    inspect.Parameter.VAR_KEYWORD: "takes arguments of any name, but the model has to know which there are",
}

# The first schema that is built has pydantic search all installed packages for plugins: now, not on an event loop.
TypeAdapter(int)


class _Untitled(GenerateJsonSchema):
    """Leave out the titles: they repeat the arguments' names, and cost tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def arguments_of(
    function: Callable[..., Any], name: str, descriptions: Mapping[str, str | None]
) -> tuple[TypeAdapter[dict[str, Any]], dict[str, Any]]:
    """Return the validator of a call's arguments, and their JSON schema.

    Omitted arguments are left out, so that the function's defaults apply.
    """
    fields = {
        parameter.name: _field(parameter, descriptions.get(parameter.name))
        for parameter in _parameters(function, name)
    }
    make: Any = TypedDict  # a type checker wants to know the fields, which are known only at run time
    arguments = make(name, fields)
    arguments.__pydantic_config__ = ConfigDict(extra="forbid")
    try:
        adapter = TypeAdapter(arguments)
        schema = adapter.json_schema(schema_generator=_Untitled)
    except PydanticUserError as error:
        problem = error.message.splitlines()[0]
        raise UsageError(f"the type hints of tool {name!r} can't be described to a model: {problem}") from error
    del schema["title"]  # it repeats the name of the tool
    return adapter, schema


def _parameters(function: Callable[..., Any], name: str) -> Iterable[inspect.Parameter]:
    try:
        parameters = inspect.signature(function, eval_str=True).parameters.values()
    except (NameError, TypeError, ValueError) as error:
        raise UsageError(f"the signature of tool {name!r} can't be read: {error}") from error
    for parameter in parameters:
        if parameter.kind in _UNSUPPORTED:
            raise UsageError(f"tool {name!r}: parameter {parameter.name!r} {_UNSUPPORTED[parameter.kind]}")
    return parameters


def _field(parameter: inspect.Parameter, description: str | None) -> Any:
    """The type of one argument. A description in the hint itself comes later, and so wins over the docstring's."""
    hint = Any if parameter.annotation is parameter.empty else parameter.annotation
    base, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    default = parameter.default
    extra = {"default": default} if isinstance(default, str | int | float | bool) else None
    described = Annotated[(base, Field(description=description, json_schema_extra=extra), *metadata)]  # type: ignore[valid-type]
    return described if default is parameter.empty else NotRequired[described]
