"""Speaches, a server for one's own machine: the retired beta, whose responses have no metadata."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ._beta import CAPABILITIES, from_beta, to_beta
from ._dialect import Dialect

__all__ = ["SPEACHES"]

SPEACHES: Final = Dialect("speaches", to_beta, from_beta, replace(CAPABILITIES, metadata=False))
"""Speaches."""
