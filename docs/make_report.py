"""Makes `report.png` of a recording: `python docs/make_report.py FOLDER SECONDS`, as the report shows that time."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from realtime_sdk.recording import report

PICTURE = Path(__file__).with_name("report.png")


def make(folder: Path, seconds: float) -> None:
    """Take the picture, in Chromium."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        file = Path(temporary, "report.html")
        file.write_text(report(folder), "utf-8")
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
        page.goto(file.as_uri())
        page.evaluate(f"seek({seconds})")
        page.screenshot(path=PICTURE)
        chromium.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]), float(sys.argv[2]))
