"""Texts that are not the package's own, as a log, a terminal and an error can show them."""

from __future__ import annotations

from typing import Final

from .credentials import mask_text

TEXT_LIMIT: Final = 1000
"""Characters that a message takes over of a text that is not the package's own."""


def sole(error: BaseException) -> BaseException:
    """Return the member of an exception group that has only one; any other exception as it is."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def describe(error: BaseException) -> str:
    """Return the type and text of an exception that is not the package's own, in one printable line.

    Never raises, even where the exception's `__str__` does.
    """
    error = sole(error)
    kind = type(error).__name__
    try:
        text = printable(str(error))
    except BaseException:  # even a SystemExit: the exception's code runs here, and is not trusted
        text = ""
    return f"{kind}: {text}"[:TEXT_LIMIT] if text else kind


def is_whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair: no server reads one, as UTF-8 has no form for it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Return the beginning of `text` in one line, as a terminal and a log can show it.

    Control characters, escape sequences' among them, become spaces, and so do lone surrogates, which have no UTF-8.
    """
    shown = text[:TEXT_LIMIT]
    if shown.isprintable():  # as nearly every text is
        return shown.strip()
    return "".join(character if character.isprintable() else " " for character in shown).strip()


def quotable(text: str) -> str:
    """Return the beginning of a server's text as an error may quote it: one printable line, without credentials."""
    return mask_text(printable(text))
