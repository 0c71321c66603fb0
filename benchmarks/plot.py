"""Draws the error of each word over time, and the distribution of errors; takes matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot

COLOURS = {
    "signal": "#1f77b4", "with align": "#0b3c6f", "livekit": "#d62728", "pipecat": "#ff7f0e",
    "spread evenly": "#9467bd", "15 a second": "#8c8c8c", "as it arrives": "#2ca02c",
}  # fmt: skip


def draw(scores: Mapping[str, tuple[Sequence[float], Sequence[float]]], path: Path) -> None:
    """Draw errors and onsets, in seconds, of each method."""
    mpl.rcParams |= {"svg.hashsalt": "captions", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    figure, (over_time, shares) = pyplot.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for name in ("livekit", "with align", "signal"):
        if name in scores:
            errors, onsets = scores[name]
            over_time.scatter(
                onsets, np.array(errors) * 1000, s=4, color=COLOURS[name], label=name, linewidths=0, rasterized=True
            )
    over_time.set(xlabel="seconds into the speech", ylabel="shown … ms after it is heard", ylim=(-1500, 1500))
    over_time.axhline(0, color="black", linewidth=0.5)
    over_time.legend(markerscale=3, frameon=False)
    for name, (errors, _) in scores.items():
        size = np.sort(np.abs(errors)) * 1000
        shares.plot(size, np.linspace(0, 100, len(size)), color=COLOURS[name], label=name)
    shares.set(xscale="log", xlim=(5, 20_000), xlabel="ms from its sound, or less", ylabel="% of words")
    shares.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path, dpi=150, metadata={"Date": None})
