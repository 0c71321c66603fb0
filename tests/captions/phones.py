"""Windows of text, as the decoder reads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from realtime_sdk.captions.decoding._costs import PhoneSequence


def window(
    classes: npt.ArrayLike, word_starts: Sequence[int], *, syllables: float, may_wait: bool = False
) -> PhoneSequence:
    """Words of phones of usual length, all of them to be spoken, and no more text to come."""
    found, words = np.asarray(classes), len(word_starts) - 1
    return PhoneSequence(
        classes=found, lengths=np.ones(found.size), spoken=np.ones(found.size), syllables=syllables,
        word_starts=np.array(word_starts), boundaries=np.zeros(words, np.intp), anchors=np.full(words, np.nan),
        skip_costs=np.full(words, np.inf), complete=True, may_wait=may_wait,
    )  # fmt: skip
