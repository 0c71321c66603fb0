"""Check what a package index would show of a wheel: `python check_metadata.py WHEEL`."""

from __future__ import annotations

import re
import sys
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile


def main(wheel: Path) -> None:
    """Fail unless the description is Markdown, and each of its links and pictures is an address."""
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(name))
        files = {name.partition("/")[0] for name in archive.namelist()}
    text = metadata.get_payload()
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert metadata["Description-Content-Type"] == "text/markdown", metadata["Description-Content-Type"]
    assert len(links) > 10, "the description has lost its links"
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert {url.partition(",")[0] for url in metadata.get_all("Project-URL", [])} >= {"Repository", "Documentation"}
    assert metadata["License-Expression"] == "Apache-2.0" and metadata["Requires-Python"] == ">=3.11"
    assert files == {"realtime_sdk", wheel.name.rpartition("-py3")[0] + ".dist-info"}, files


main(Path(sys.argv[1]))
