"""When is each word shown, and when is it heard? The aligner beside other ways to show a transcript.

Text and sound arrive as a service sends them, a device plays from the first sound on, and every 10 ms of playout it is
asked what is to be shown. All of it runs on clocks of its own, so the machine's speed does not matter. The error of a
word is the position at which it is shown less that at which its sound begins. The deliveries:

    4x        sound at 4 times its pace, text 0.3 s ahead of it
    4x, text  the same, and the text twice as fast again
    at once   all of it before the first sound is played
    1.1x      sound little faster than it is played

The columns, in ms: median error (late: above 0); median, 90th and 99th percentile of its size; then the share of words
that miss by no more than 200 ms, the share more than 100 ms early; how often, asked every 100 ms, the words shown are
exactly those that have begun, and by how many words it was wrong at worst.

The speech: eSpeak NG's, which says when each word begins, clean and spoilt in several ways; texts, voices and languages
kept aside (`aside.py`) have tables of their own. More with
`--piper` (a neural voice of the extra `local`), `--corpus DIR` (see `from_folder`), and `--human [ROOT]` (recordings of
people from system packages, see `humans.py`). Those of Piper and of people don't tell when their words begin: there the
forced aligner says it, with the whole clip at hand, and can't be measured itself.

The ways of livekit-agents and pipecat run in environments of their own, which `--setup` makes. `--plot` takes
matplotlib.

    python benchmarks/captions.py [--setup DIR | --peers DIR] [--piper] [--corpus DIR] [--human [ROOT]] [--plot FILE]
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
from clips import Clip, from_folder, interrupted, kept_aside, mislead, neural, spoil, synthesised
from environments import interpreter, set_up
from humans import humans
from showing import DELIVERIES, METHODS, PEERS, Delivery, Shown, acoustic, signal

HEADER = "| {:24} | median | &#124;e&#124; | p90 | p99 | 200 ms | early | heard | worst |"
LONG = 10
"""Letters of a long word."""


@dataclass
class Score:
    """Errors of words in seconds, and words too many or too few at moments of playout."""

    errors: list[float] = field(default_factory=list)
    onsets: list[float] = field(default_factory=list)
    off: list[int] = field(default_factory=list)

    def add(self, clip: Clip, shown: Shown, only: Callable[[str], bool] | None = None) -> None:
        """Count a clip in, or `only` some of its words; white space may have been changed."""
        ends, times, length = [], [], 0
        for position, text in shown:
            length += len("".join(text.split()))
            ends.append(length)
            times.append(position)
        places = [len("".join(clip.text[:at].split())) for at, _ in clip.words]
        times.append(clip.seconds)  # what was never shown
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
        """Give a row of a table."""
        errors = np.array(self.errors) * 1000
        if not len(errors):
            return f"| {name:24} | none | | | | | | | |"
        size = np.abs(errors)
        median, p90, p99 = np.percentile(size, (50, 90, 99))
        shares = f"{np.mean(size <= 200):.1%} | {np.mean(errors < -100):.1%}"
        off = np.abs(self.off)
        heard = f"{np.mean(off == 0):.0%} | {off.max()}" if len(off) else " | "
        return f"| {name:24} | {np.median(errors):.0f} | {median:.0f} | {p90:.0f} | {p99:.0f} | {shares} | {heard} |"


SHOWN: dict[tuple[str, str, int], tuple[Clip, list[tuple[float, str]]]] = {}
"""What was shown, by the names of method and delivery and the clip's identity: the tables tell of it in many ways."""


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
    """Every way to show captions; their scores are kept in `scores`."""
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
    clips: list[Clip], group: Callable[[Clip], str], *, forced: bool, delivery: Delivery = DELIVERIES[0]
) -> Iterator[str]:
    """Each group of clips; `forced`: with the extra `align` as well."""
    for name in dict.fromkeys(map(group, clips)):
        members = [clip for clip in clips if group(clip) == name]
        yield scored(members, "signal", delivery).row(name)
        if forced:
            yield scored(members, "with align", delivery).row("… with align")


def by_word(clips: list[Clip], deliveries: Iterable[Delivery]) -> Iterator[str]:
    """Each class of words."""
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
    return "long word" if sum(map(str.isalpha, word)) >= LONG else "other"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setup", type=Path, metavar="DIR", help="install the other packages there, then run")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="where they were installed")
    parser.add_argument("--piper", action="store_true", help="let a neural voice speak as well")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="clips with the times of their words")
    parser.add_argument("--human", type=Path, nargs="?", const=Path("/"), metavar="ROOT", help="recordings of people")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the errors at 4x")
    options = parser.parse_args()
    if options.setup is not None:
        set_up(options.setup, {peer.environment: peer.packages for peer in PEERS.values()})
    folder = options.setup or options.peers
    peers = {name: python for name, peer in PEERS.items() if (python := interpreter(folder, peer.environment))}
    if len(peers) < len(PEERS):
        print("other packages are not installed; --setup DIR installs them there", file=sys.stderr)
    clips = synthesised()
    told = clips + (from_folder(options.corpus) if options.corpus is not None else [])
    print(f"{sum(len(clip.words) for clip in told)} words in {sum(clip.seconds for clip in told):.0f} s of speech")
    scores: dict[str, dict[str, Score]] = {}
    for delivery in DELIVERIES:
        table(delivery.name, compared(told, delivery, peers, scores.setdefault(delivery.name, {})))
    table("class of word", by_word(told, DELIVERIES))
    table("voice", by_group(told, lambda clip: clip.engine, forced=True))
    table("text", by_group([clip for clip in clips if clip.language == "en"], lambda clip: clip.kind, forced=True))
    table("language", by_group(clips, lambda clip: clip.language, forced=True))
    aside = kept_aside()
    for delivery in DELIVERIES:
        rows = by_group(aside, lambda clip: "en" if clip.language == "en" else "others", forced=True, delivery=delivery)
        table(f"kept aside, {delivery.name}", rows)
    table("spoilt", by_group(list(spoil(clips[::3])), lambda clip: clip.spoilt, forced=True))
    long_pauses = list(interrupted([clip for clip in clips if clip.language == "en"][::4]))
    for delivery in (DELIVERIES[0], DELIVERIES[-1]):
        rows = by_group(long_pauses, lambda clip: clip.spoilt, forced=True, delivery=delivery)
        table(f"long pauses, {delivery.name}", rows)
    misleading = list(mislead([clip for clip in clips if clip.language == "en"][::2]))
    table("hard to follow", by_group(misleading, lambda clip: clip.spoilt, forced=True))
    if options.piper:
        table("neural voice", by_group(neural(), lambda clip: clip.engine, forced=False))
    if options.human is not None:
        people = humans(options.human)
        if not people:
            print(f"no recordings of people under {options.human}; humans.py names the packages", file=sys.stderr)
        for delivery in DELIVERIES if people else ():
            rows = by_group(people, lambda clip: f"{clip.language}, {clip.kind}", forced=False, delivery=delivery)
            table(f"people, {delivery.name}", rows)
    if options.plot is not None:
        from plot import draw

        draw({name: (score.errors, score.onsets) for name, score in scores["4x"].items()}, options.plot)


if __name__ == "__main__":
    main()
