"""The base of the objects that a session gives to an application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from ..errors import UsageError


class SessionObject:
    """An object that only a session makes.

    The engine makes it from a class that adds to the public one the methods that change it. `dir`, and with it the
    completion of a REPL, shows the public class.
    """

    _public: ClassVar[type]  # the class that an application sees

    def __init_subclass__(cls, *, public: bool = False) -> None:
        super().__init_subclass__()
        if public:
            cls._public = cls

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        if cls is cls._public:
            raise UsageError(f"a session makes every {cls.__name__}: read `session.conversation`, or a response of it")
        return super().__new__(cls)

    def __dir__(self) -> Iterable[str]:
        return dir(self._public)
