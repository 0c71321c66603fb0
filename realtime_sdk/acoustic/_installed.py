"""Whether the phoneme recogniser is there; most sessions ask, and few load it."""

from importlib.util import find_spec


def is_installed() -> bool:
    """Whether the recogniser is installed; it may still lack its native library."""
    return find_spec("hama") is not None
