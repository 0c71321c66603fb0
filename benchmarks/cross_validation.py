"""Would other sources of speech have chosen the same constants, and does the phone model follow voices it never heard?

A source is `CLIPS` clips of one engine or kind of people in one language. Each constant has a lower and a higher value
(`CONSTANTS`). For each source, the best value of each constant on all other sources is chosen, and those values
together are measured on it. The score of a setting on a source is the mean error of its words at 4x and 1.1x, each
limited to a second; of several sources, the geometric mean of their ratios to the constants in use. Columns: median and
90th percentile in ms, at 4x and at 1.1x.

`--models FILE`: what `train_phone_model.py --cross-validate --output FILE` wrote; a table compares the captions of
synthetic voices by the model that heard all of them with those by the one that did not hear their kind.

    python benchmarks/cross_validation.py --corpus DIR --people DIR [--models FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from captions import Score
from clips import Clip, from_folder, synthesised
from methods import DELIVERIES, signal

from realtime_sdk.captions.features import _phone_classes, _phone_model

CONSTANTS: dict[str, tuple[float, float, float]] = {
    "_EMISSION_WEIGHT": (0.44, 0.6, 0.8),
    "_DURATION_LOG_SPREAD": (0.4, 0.5, 0.62),
    "_LEAST_LIKELIHOOD": (0.04, 0.07, 0.12),
    "FILLER_COST": (3.5, 5.0, 7.0),
    "SKIP_COST": (6.0, 8.0, 11.0),
}
"""The values that are tried; the one in the middle is in use."""

CLIPS = 2
"""Of a source, evenly chosen among all."""

LIMIT_SECONDS = 1.0
"""A word that is further off counts as if it were this much."""

VOICES = {"flite": "kal", "espeak": "espeak", "languages": "other languages", "piper": "piper"}
"""The clips of captions that are nearest to each kind of voice in the training of the phone model."""

Setting: TypeAlias = tuple[tuple[str, float], ...]
"""The constants that differ from those in use."""

Errors: TypeAlias = tuple[list[float], list[float]]
"""Seconds, at 4x and at 1.1x."""


class Bench:
    """The sources, and the errors of each in each setting, measured once."""

    def __init__(self, clips: Iterable[Clip]) -> None:
        self.sources: dict[str, list[Clip]] = {}
        for clip in clips:
            self.sources.setdefault(f"{clip.engine}, {clip.language}", []).append(clip)
        self.sources = {name: of_source[:: -(-len(of_source) // CLIPS)] for name, of_source in self.sources.items()}
        self.errors = cache(self._errors)

    def _errors(self, source: str, setting: Setting) -> Errors:
        for name, values in CONSTANTS.items():
            put(name, dict(setting).get(name, values[1]))
        return measured(self.sources[source])

    def ratio(self, sources: Iterable[str], setting: Setting) -> float:
        """Return how many times as large the error is as with the constants in use."""
        pairs = [(mean_error(self.errors(name, setting)), mean_error(self.errors(name, ()))) for name in sources]
        return float(np.exp(np.mean([np.log(error / usual) for error, usual in pairs])))

    def chosen(self, sources: list[str]) -> Setting:
        """The best value of each constant alone, on some sources."""
        best = []
        for name, (low, _, high) in CONSTANTS.items():
            ratio, value = min((self.ratio(sources, ((name, value),)), value) for value in (low, high))
            if ratio < 1:
                best.append((name, value))
        return tuple(best)


def measured(clips: Iterable[Clip]) -> Errors:
    """Return the errors of the words of some clips."""
    slow, fast = Score(), Score()
    for clip in clips:
        for score, delivery in ((slow, DELIVERIES[0]), (fast, DELIVERIES[-1])):
            score.add(clip, list(signal(clip, delivery)))
    return slow.errors, fast.errors


def put(name: str, value: float) -> None:
    """Set a constant in every module that has it."""
    for module in list(sys.modules.values()):
        if module.__name__.startswith("realtime_sdk.captions") and hasattr(module, name):
            setattr(module, name, value)


def mean_error(errors: Errors) -> float:
    """Return the mean error of both deliveries, in seconds."""
    return float(np.mean([np.minimum(np.abs(of_delivery), LIMIT_SECONDS).mean() for of_delivery in errors]))


def figures(errors: Errors) -> str:
    """Return the columns of a row."""
    percentiles = [np.percentile(np.abs(of_delivery), (50, 90)) * 1000 for of_delivery in errors]
    return " | ".join(f"{median:.0f} / {p90:.0f}" for median, p90 in percentiles)


def rows_of_constants(bench: Bench) -> Iterator[str]:
    """Yield what each value does to all sources."""
    yield "| constant | value | error on all | better on | worse on |\n|---|---|---|---|---|"
    names = list(bench.sources)
    for constant, (low, _, high) in CONSTANTS.items():
        for value in (low, high):
            ratios = [bench.ratio([name], ((constant, value),)) for name in names]
            better, worse = sum(ratio < 0.98 for ratio in ratios), sum(ratio > 1.02 for ratio in ratios)
            yield f"| {constant} | {value} | {np.exp(np.mean(np.log(ratios))) - 1:+.1%} | {better} | {worse} |"


def rows_of_sources(bench: Bench) -> Iterator[str]:
    """Yield each source with the constants in use, and with those that the others choose."""
    yield "| left out | chosen by the others | 4x | 1.1x | with ours, 4x | 1.1x |\n|---|---|---|---|---|---|"
    for name in bench.sources:
        chosen = bench.chosen([other for other in bench.sources if other != name])
        values = ", ".join(f"{constant} {value}" for constant, value in chosen) or "ours"
        yield f"| {name} | {values} | {figures(bench.errors(name, chosen))} | {figures(bench.errors(name, ()))} |"


def rows_of_models(stem: Path, clips: list[Clip]) -> Iterator[str]:
    """Yield the captions of each kind of voice by the model that heard it, and by the one that did not."""
    yield "| voices | heard, 4x | 1.1x | never heard, 4x | 1.1x |\n|---|---|---|---|---|"
    for kind, name in VOICES.items():
        is_other = name == "other languages"
        of_kind = [c for c in clips if (c.language != "en" if is_other else c.engine == name and c.language == "en")]
        columns = []
        for path in (stem, stem.with_stem(f"{stem.stem}_without_{kind}")):
            put("_WEIGHTS", str(path.resolve()))  # type: ignore[arg-type]
            _phone_model.phone_model.cache_clear()
            _phone_classes.mixtures.cache_clear()
            columns.append(figures(measured(of_kind)))
        yield f"| {name} | {' | '.join(columns)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="clips with the onsets of words")
    parser.add_argument("--people", type=Path, required=True, metavar="DIR", help="people, with the onsets of words")
    parser.add_argument("--models", type=Path, metavar="FILE", help="phone models")
    options = parser.parse_args()
    corpus = from_folder(options.corpus)
    if options.models is not None:
        others = [clip for clip in synthesised() if clip.language != "en"]
        for row in rows_of_models(options.models, corpus + others):
            print(row, flush=True)
        return
    bench = Bench(corpus + from_folder(options.people))
    for rows in (rows_of_constants(bench), rows_of_sources(bench)):
        for row in rows:
            print(row, flush=True)


if __name__ == "__main__":
    main()
