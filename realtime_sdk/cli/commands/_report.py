"""`realtime-sdk report`: a recording as one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

from ...conversation.usage._prices import Prices
from ...errors import UsageError
from ...recording._report._report import report
from .._output_file import check_writable, write_text

PAGE = "report.html"
"""The name of the page in the folder of the recording, unless another is given."""


def write_report(folder: Path, output: Path | None, prices: Sequence[str]) -> str:
    """Write the report of a recording; return a line that says where and how large it is.

    output: None: into the folder of the recording. prices: as `Prices` names them, each "audio_in=32".

    Raises:
        UsageError: there is no recording, a price is none, or the page can't be written.

    """
    if output is not None:
        check_writable(output)
    page = report(folder, prices=_read_prices(prices))
    output = folder / PAGE if output is None else output
    size = write_text(output, page, private=True)  # it holds what was said
    return f"{output}: {size / 1e6:.1f} MB, to be opened in a browser"


def _read_prices(given: Sequence[str]) -> Prices | None:
    names = [field.name for field in fields(Prices)]
    prices: dict[str, str] = {}
    for price in given:
        name, equals, value = price.partition("=")
        if not equals or name not in names:
            near = get_close_matches(name, names, n=1)
            advice = f"did you mean {near[0]}=…?" if near and equals else f"the names are {', '.join(names)}"
            raise UsageError(f"--price {price}: write it as audio_in=32; {advice}")
        prices[name] = value
    return Prices(**prices) if prices else None
