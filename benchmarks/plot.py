"""Draws the errors of captions, and what many sessions cost; takes matplotlib."""

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
    _set_style("captions")
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


def draw_scale(curves: Mapping[str, Sequence[tuple[int, float, float]]], path: Path) -> None:
    """Draw the share of a core, and the seconds by which the event loop is late, over the number of sessions.

    `curves`: sessions, share and seconds of each measurement, by what an application does with the captions.
    """
    _set_style("scale")
    figure, (cores, lags) = pyplot.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    for captions, measured in curves.items():
        sessions, shares, late = (np.array(column) for column in zip(*measured, strict=True))
        label = f"captions {captions}"
        cores.plot(sessions, shares * 100, marker="o", markersize=3, label=label)
        lags.plot(sessions, late * 1000, marker="o", markersize=3, label=label)
    cores.set(xlabel="sessions in one process", ylabel="% of one core", ylim=(0, 105))
    lags.set(xlabel="sessions in one process", ylabel="event loop late, 99th percentile, ms", yscale="log")
    lags.axhline(20, color="black", linewidth=0.5)
    cores.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def _set_style(salt: str) -> None:
    mpl.rcParams |= {"svg.hashsalt": salt, "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
