"""Reads the files of a recording into the data of a report."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ...errors import UsageError
from .._files import EVENTS, FILES, SDK_EVENTS
from .._sdk_event_log import FORMAT, VERSION
from ._builder import ReportBuilder
from ._model import ReportData
from ._typed import typed_messages

_LATEST: Final = 2e11
"""A wall-clock time beyond those that a calendar has."""


def read_report(folder: Path) -> ReportData:
    """Read a recording.

    Raises:
        UsageError: there is none, or one that no report can be made of.

    """
    lines = _lines_of(folder)
    _, header = next(lines, (0, {}))
    epoch = header.get("epoch")
    if header.get("format") != FORMAT or not isinstance(epoch, int | float) or not 0 <= epoch < _LATEST:
        raise UsageError(f"{folder / SDK_EVENTS} does not begin as that of a recording: is it another program's?")
    if header.get("version") != VERSION:
        made_by = f"version {header.get('sdk')} of this package"
        raise UsageError(f"{folder} was recorded by {made_by}, and this one does not know its format: update it")
    builder = ReportBuilder(epoch)
    for number, line in lines:
        try:
            builder.on_event(line)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UsageError(f"{folder / SDK_EVENTS}: line {number} is no event of a recording: {error!r}") from error
    return builder.finish(typed_messages(folder / EVENTS))


def _lines_of(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of the file with their numbers; one that a crash has cut off is left out."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name that of a recording, such as talks/2026-11-27_08-00-00")
    if not any((folder / name).exists() for name in FILES):
        raise UsageError(f"{folder} holds no recording: it has none of {', '.join(FILES)}")
    try:
        text = (folder / SDK_EVENTS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise UsageError(
            f"{folder} was recorded by an earlier version, or is a part of a recording: it lacks {SDK_EVENTS}, "
            "of which a report is made"
        ) from None
    except OSError as error:
        raise UsageError(f"{folder / SDK_EVENTS} can't be read: {error.strerror}") from error
    lines = text.split("\n")[:-1]  # behind the last line end is nothing, or what was cut off
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line, parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError):
            event = None
        if not isinstance(event, dict):
            raise UsageError(f"{folder / SDK_EVENTS}: line {number} is no event of a recording: {line[:60]!r}")
        yield number, event


def _finite(number: str) -> float:
    """A number of JSON; Raises `ValueError` for one that is too large to be one."""
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} is no number")
    return value
