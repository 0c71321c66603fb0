"""How the captions of a session are timed, as the application names it."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from ...acoustic._installed import is_installed
from ...errors import ExtraMissing, UsageError

AlignerName: TypeAlias = Literal["auto", "acoustic", "signal"]
"""How captions are timed: with the phoneme recogniser if that is installed and captions are requested; with it whether
they are requested or not; without it."""


def check_aligner(aligner: AlignerName | None) -> None:
    """Refuse an unknown name, and the acoustic alignment where it is not installed.

    Raises:
        ExtraMissing: the extra `align` is required, and not installed.
        UsageError: the name is unknown.

    """
    if aligner not in (None, *get_args(AlignerName)):
        raise UsageError(f"aligner is {aligner!r}; it is one of {', '.join(map(repr, get_args(AlignerName)))}, or None")
    if aligner == "acoustic" and not is_installed():
        raise ExtraMissing("the acoustic aligner", "align")
