"""The messages of a line that are ignored: the first of a kind is logged, the others are counted."""

from __future__ import annotations

import logging
from collections import Counter

_log = logging.getLogger("realtime_sdk.lines")


class IgnoredMessages:
    """Counts them by what was wrong."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def add(self, fault: str, detail: str) -> None:
        """Ignore a message."""
        self._times[fault] += 1
        if self._times[fault] == 1:
            _log.warning("a message of the line is ignored, because %s: %s", fault, detail)

    def log_counts(self) -> None:
        """Log how many there were of each kind, where the first was not the only one."""
        for fault, times in self._times.items():
            if times > 1:
                _log.warning("%d messages of the line were ignored: %s", times, fault)
