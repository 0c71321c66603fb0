"""`report`: a recording as one page."""

from __future__ import annotations

from pathlib import Path

from ...conversation.usage._prices import Prices
from .._files import AUDIO
from .._stereo import Channel
from ._page import page_of
from ._reading import read_report
from ._sound import read_sound
from ._turn_starts import find_starts


def report(folder: str | Path, *, prices: Prices | None = None) -> str:
    """Make a report of a recording: one HTML page, which holds all that it needs and asks for nothing.

    It has both waveforms with the words under them, what was received and never heard, tools, latency, usage and what
    went wrong, and plays the sound while its words light up. It takes about a second for a minute of sound.

    Args:
        folder: what `connect(record=…)` has written, also if the program was killed.
        prices: of the service, for the cost; None: tokens only.

    Raises:
        UsageError: there is no recording, or one by another version, or there is no price for a kind of tokens.
        ExtraMissing: the extra `cli` is not installed.

    """
    folder = Path(folder)
    data = read_report(folder)
    sound = read_sound(folder / AUDIO)
    if sound is not None:
        find_starts(data.turns_of_user, sound.peaks[Channel.USER])
    cost = None if prices is None else data.cost(prices)
    return page_of(data, sound, cost)


