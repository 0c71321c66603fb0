"""When is each word shown, and when is it heard? The aligner beside other methods to show a transcript.

Text and audio arrive as a service sends them, a device plays from the first audio on, and every 10 ms of playout the
method is asked what to show. All of it runs on clocks of its own, so that the speed of the machine does not matter. The
error of a word is the position at which it is shown minus its onset. The deliveries:

    4x        audio at 4 times its speed, text 0.3 s ahead of it
    4x, text  the same, and text at twice that speed
    at once   everything before the first audio is played
    1.1x      audio little faster than it is played

The columns, in ms: median error (late: above 0); median, 90th and 99th percentile of its size; the share of words
within 200 ms, the share more than 100 ms early; how often, sampled every 100 ms, the words shown are exactly those that
have begun, and by how many words they differ at most.

The speech: eSpeak NG's, whose word onsets are known, clean and degraded; held-out texts, voices and languages
(`held_out_texts.py`) have tables of their own. More with `--piper` (a neural voice of the extra `local`), `--corpus
DIR` and `--people DIR` (see `from_folder`; people have tables by source), and `--human [ROOT]` (recordings of people
from system packages, see `humans.py`). The onsets of Piper's words and of those recordings are those that pocketsphinx,
which has to be installed for them, finds in the whole clip.

livekit-agents and pipecat run in environments of their own, which `--setup` makes. `--plot` takes matplotlib.

    python benchmarks/captions.py [--setup DIR | --peers DIR] [--piper] [--corpus DIR] [--people DIR]
                                  [--human [ROOT]] [--tables NAME ...] [--plot FILE]
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from clips import Clip, degraded, from_folder, hard_to_follow, held_out, neural, synthesised, with_long_pauses
from environments import interpreter, set_up
from humans import humans
from methods import DELIVERIES, METHODS, PEERS, Delivery, Shown, acoustic, signal

HEADER = "| {:24} | median | &#124;e&#124; | p90 | p99 | 200 ms | early | heard | worst |"
LONG_WORD_LETTERS = 10
TABLES = ["methods", "words", "voices", "held-out", "degraded", "pauses", "hard"]


@dataclass
class Score:
    """Errors of words in seconds, and surplus or missing words at samples of the playout."""

    errors: list[float] = field(default_factory=list)
    onsets: list[float] = field(default_factory=list)
    off: list[int] = field(default_factory=list)

    def add(self, clip: Clip, shown: Shown, only: Callable[[str], bool] | None = None) -> None:
        """Add a clip, or `only` some of its words; the method may have changed white space."""
        ends, times, length = [], [], 0
        for position, text in shown:
            length += len("".join(text.split()))
            ends.append(length)
            times.append(position)
        places = [len("".join(clip.text[:at].split())) for at, _ in clip.words]
        times.append(clip.seconds)  # never shown
        onsets = [onset for _, onset in clip.words]
        positions = [times[bisect(ends, place)] for place in places]
        for position, (at, onset) in zip(positions, clip.words, strict=True):
            if only is None or only(clip.text[at:].split()[0]):
                self.errors.append(position - onset)
                self.onsets.append(onset)
        if only is None:
            moments = np.arange(0.1, clip.seconds, 0.1).tolist()
            self.off += [bisect(sorted(positions), at) - bisect(onsets, at) for at in moments]

    def row(self, name: str) -> str:
        """Return a row of a table."""
        errors = np.array(self.errors) * 1000
        if not len(errors):
            return f"| {name:24} | none | | | | | | | |"
        size = np.abs(errors)
        median, p90, p99 = np.percentile(size, (50, 90, 99))
        bias = round(float(np.median(errors)))
        shares = f"{np.mean(size <= 200):.1%} | {np.mean(errors < -100):.1%}"
        off = np.abs(self.off)
        heard = f"{np.mean(off == 0):.0%} | {off.max()}" if len(off) else " | "
        return f"| {name:24} | {bias} | {median:.0f} | {p90:.0f} | {p99:.0f} | {shares} | {heard} |"


SHOWN: dict[tuple[str, str, int], tuple[Clip, list[tuple[float, str]]]] = {}
"""What was shown, by the names of method and delivery and the clip's identity; several tables use it."""


def shown_by(name: str, clip: Clip, delivery: Delivery) -> list[tuple[float, str]]:
    key = (name, delivery.name, id(clip))
    if key not in SHOWN:
        SHOWN[key] = clip, list(METHODS[name](clip, delivery))
    return SHOWN[key][1]


def scored(clips: Iterable[Clip], name: str, delivery: Delivery) -> Score:
    score = Score()
    for clip in clips:
        score.add(clip, shown_by(name, clip, delivery))
    return score


def table(title: str, rows: Iterable[str]) -> None:
    print(f"\n{HEADER.format(title)}\n|---|{'---|' * 8}", flush=True)
    for row in rows:
        print(row, flush=True)


def compared(clips: list[Clip], delivery: Delivery, peers: dict[str, Path], scores: dict[str, Score]) -> Iterator[str]:
    """Yield a row for each method; fills `scores`."""
    seconds = sum(clip.seconds for clip in clips)
    for name, method in METHODS.items():
        began = time.process_time()
        scores[name] = scored(clips, name, delivery)
        spent = (time.process_time() - began) / seconds
        yield scores[name].row(name) + (f" {spent:.2%} of a core" if method in (signal, acoustic) else "")
    for name, python in peers.items():
        scores[name] = Score()
        for clip, shown in zip(clips, PEERS[name].shown(python, clips, delivery), strict=True):
            scores[name].add(clip, shown)
        yield scores[name].row(name)


def by_group(
    clips: list[Clip], group: Callable[[Clip], str], *, with_align: bool, delivery: Delivery = DELIVERIES[0]
) -> Iterator[str]:
    """Yield a row for each group of clips; `with_align`: one with the extra `align` as well."""
    for name in dict.fromkeys(map(group, clips)):
        members = [clip for clip in clips if group(clip) == name]
        yield scored(members, "signal", delivery).row(name)
        if with_align:
            yield scored(members, "with align", delivery).row("… with align")


def by_source(clips: list[Clip]) -> None:
    """Print the tables of people."""
    for delivery in (DELIVERIES[0], DELIVERIES[-1]):
        groups = partial(by_group, clips, lambda clip: f"{clip.engine}, {clip.language}", with_align=True)
        table(f"people, {delivery.name}", groups(delivery=delivery))


def by_word(clips: list[Clip], deliveries: Iterable[Delivery]) -> Iterator[str]:
    """Yield a row for each class of words."""
    for delivery in deliveries:
        for name in ("number", "short form", "long word", "other"):
            score = Score()
            for clip in clips:
                score.add(clip, shown_by("signal", clip, delivery), partial(is_of_class, name))
            yield score.row(f"{name}, {delivery.name}")


def is_of_class(name: str, word: str) -> bool:
    return word_class(word) == name


def word_class(word: str) -> str:
    if re.search(r"\d", word):
        return "number"
    if re.search(r"\w\.\w|\w[@/]\w|^[A-Z]{2,}\b|^(Dr|Mr|etc|vs)\.", word):
        return "short form"
    return "long word" if sum(map(str.isalpha, word)) >= LONG_WORD_LETTERS else "other"


def synthetic(tables: list[str], clips: list[Clip], known: list[Clip]) -> None:
    """Print the tables of synthetic voices, by group; `known`: `clips` and those of a folder."""
    english = [clip for clip in clips if clip.language == "en"]
    first_and_last = DELIVERIES[0], DELIVERIES[-1]
    if "words" in tables:
        table("class of word", by_word(known, first_and_last))
    if "voices" in tables:
        for delivery in first_and_last:
            rows = by_group(known, lambda clip: clip.engine, with_align=True, delivery=delivery)
            table(f"voice, {delivery.name}", rows)
        table("text", by_group(english, lambda clip: clip.kind, with_align=True))
        table("language", by_group(clips, lambda clip: clip.language, with_align=True))
    if "held-out" in tables:
        unseen = held_out()
        for delivery in first_and_last:
            groups = partial(by_group, unseen, lambda clip: "en" if clip.language == "en" else "others")
            table(f"held out, {delivery.name}", groups(with_align=True, delivery=delivery))
    if "degraded" in tables:
        table("degraded", by_group(list(degraded(clips[::3])), lambda clip: clip.condition, with_align=True))
    if "pauses" in tables:
        long_pauses = list(with_long_pauses(english[::4]))
        for delivery in first_and_last:
            rows = by_group(long_pauses, lambda clip: clip.condition, with_align=True, delivery=delivery)
            table(f"long pauses, {delivery.name}", rows)
    if "hard" in tables:
        hard = list(hard_to_follow(english[::2]))
        table("hard to follow", by_group(hard, lambda clip: clip.condition, with_align=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setup", type=Path, metavar="DIR", help="install the other packages there, then run")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="where they are installed")
    parser.add_argument("--piper", action="store_true", help="add a neural voice")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="add clips with the onsets of their words")
    parser.add_argument("--people", type=Path, metavar="DIR", help="add people, with the onsets of their words")
    parser.add_argument("--human", type=Path, nargs="?", const=Path("/"), metavar="ROOT", help="add people")
    parser.add_argument("--tables", nargs="*", choices=TABLES, default=TABLES, help="of synthetic voices; all")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the errors at 4x")
    options = parser.parse_args()
    if options.setup is not None:
        set_up(options.setup, {peer.environment: peer.packages for peer in PEERS.values()})
    folder = options.setup or options.peers
    peers = {name: python for name, peer in PEERS.items() if (python := interpreter(folder, peer.environment))}
    if len(peers) < len(PEERS):
        print("other packages are not installed; --setup DIR installs them there", file=sys.stderr)
    if options.people is not None:
        by_source(from_folder(options.people))
    clips = synthesised()
    known = clips + (from_folder(options.corpus) if options.corpus is not None else [])
    print(f"{sum(len(clip.words) for clip in known)} words in {sum(clip.seconds for clip in known):.0f} s of speech")
    scores: dict[str, dict[str, Score]] = {}
    if "methods" in options.tables:
        for delivery in DELIVERIES:
            table(delivery.name, compared(known, delivery, peers, scores.setdefault(delivery.name, {})))
    synthetic(options.tables, clips, known)
    if options.piper:
        table("neural voice", by_group(neural(), lambda clip: clip.engine, with_align=False))
    if options.human is not None:
        people = humans(options.human)
        if not people:
            print(f"no recordings of people under {options.human}; humans.py names the packages", file=sys.stderr)
        for delivery in DELIVERIES if people else ():
            rows = by_group(people, lambda clip: f"{clip.language}, {clip.kind}", with_align=False, delivery=delivery)
            table(f"people, {delivery.name}", rows)
    if options.plot is not None and scores:
        from plot import draw

        draw({name: (score.errors, score.onsets) for name, score in scores["4x"].items()}, options.plot)


if __name__ == "__main__":
    main()
