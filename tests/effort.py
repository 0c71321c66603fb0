"""How much the tests try: one setting, `HYPOTHESIS_PROFILE`.

`default` tries a tenth of what `thorough` does; `nightly` tries twenty times as much, and new examples every night.
What depends on it is marked `slow`: HYPOTHESIS_PROFILE=thorough pytest -n auto -m slow
"""

from __future__ import annotations

import os
from typing import Final

PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "default")

SHARES: Final = {"default": 0.1, "thorough": 1.0, "nightly": 20.0}


def tries(thorough: int) -> int:
    """The number of examples for this run. thorough: that of a thorough one."""
    return max(1, round(thorough * SHARES[PROFILE]))
