"""Makes one self-contained page of a report: no file beside it, no request to anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

from ..._runtime.extras import need
from ...conversation.usage._turn_timing import TurnTiming
from .._stereo import Channel
from ._model import ReportData, Spoken
from ._sound import MEDIA_TYPE, PEAKS_PER_SECOND, Sound

_LONGEST: Final = 20_000
"""Characters of an argument or an output that are shown."""


def page_of(data: ReportData, sound: Sound | None, cost: Decimal | None) -> str:
    """Return the page.

    sound: None: there is none to be played. cost: None: no prices were given.

    Raises:
        ExtraMissing: jinja2 is not installed.

    """
    jinja2 = need("jinja2", "The template engine of the report", "cli")
    style, script = _file("page.css"), _file("drawing.js") + _file("page.js")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= _FILTERS
    environment.tests["spoken"] = lambda entry: isinstance(entry, Spoken)
    duration = max(data.duration, 0.0 if sound is None else sound.seconds)
    page: str = environment.from_string(_file("page.html")).render(
        data=data, sound=sound, cost=cost, duration=duration, stages=_STAGES, usage=_usage_rows(data),
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script),
        drawn=None if sound is None else _drawn(sound), media_type=MEDIA_TYPE,
        compressed="" if sound is None else base64.b64encode(sound.compressed).decode(),
    )  # fmt: skip
    return page


def _drawn(sound: Sound) -> dict[str, Any]:
    """What the script draws."""
    peaks = {channel.name.lower(): base64.b64encode(sound.peaks[channel].tobytes()).decode() for channel in Channel}
    return {"rate": PEAKS_PER_SECOND, **peaks}


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    """By which the page's own policy allows a script or a style: and no other that a text may have brought in."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _clock(seconds: float) -> str:
    """`m:ss`, and hours where there are any."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _seconds(seconds: float | None) -> str:
    return "—" if seconds is None else f"{seconds:.2f} s"


def _date(wall: float) -> str:
    at = datetime.fromtimestamp(wall, UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _pretty(text: str) -> str:
    """JSON in lines, other text as it is; the beginning of a long one."""
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… {len(text) - _LONGEST} characters more"


def _since_end(turn: TurnTiming, stage: str) -> float | None:
    """Seconds from the user's last sound to a stage."""
    at = getattr(turn, stage)
    return None if at is None or turn.ended is None else at - turn.ended


def _usage_rows(data: ReportData) -> list[tuple[str, int]]:
    usage = data.usage
    transcription = 0 if usage.transcription.tokens is None else usage.transcription.tokens.total
    rows = [
        ("Text in", usage.input_text), ("Audio in", usage.input_audio), ("Images in", usage.input_image),
        ("Cached, of these", usage.cached), ("Text out", usage.output_text), ("Audio out", usage.output_audio),
        ("Reasoning, of these", usage.reasoning), ("Transcription", transcription),
        ("In all", usage.total + transcription),
    ]  # fmt: skip
    return [(name, count) for name, count in rows if count]


_STAGES: Final[Mapping[str, str]] = {
    "committed": "committed", "created": "created", "first_delta": "first delta", "heard": "heard",
}
"""The stages of a turn that are listed, and their headings."""

_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "clock": _clock, "seconds": _seconds, "date": _date, "pretty": _pretty, "since_end": _since_end,
    "t": lambda seconds: f"{max(0.0, seconds):.3f}",
}  # fmt: skip
