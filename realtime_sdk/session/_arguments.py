"""The arguments of a session that every kind of session shares: their classes."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Final

from .._runtime.arguments import check_instance
from ..capture.echo._canceller import EchoCanceller
from ..devices._protocols import InputDevice, OutputDevice
from ._defaults import DEFAULT

SHARED_KINDS: Final[Mapping[str, tuple[Any, str]]] = {
    "model": (str, "the name of a model, such as 'gpt-realtime-2.1'"),
    "microphone": (InputDevice, "an InputDevice, such as Microphone('…'), or None for no input"),
    "speaker": (OutputDevice, "an OutputDevice, such as Speaker('…'), or None for no output"),
    "record": (str | PathLike, "the path of a folder, such as 'talks/1'"),
    "echo_canceller": (EchoCanceller, "an EchoCanceller, such as LinearCanceller(rate), or None for none"),
}
"""The class of each argument that every kind of session takes, and its description in messages."""


def check_arguments(kinds: Mapping[str, tuple[Any, str]], /, **arguments: object) -> None:
    """Refuse arguments of another class than `kinds` has for them; None and DEFAULT are taken for all.

    Raises:
        UsageError: it says what the argument should be.

    """
    for name, value in arguments.items():
        if value is not None and value is not DEFAULT:
            check_instance(name, value, *kinds[name])
