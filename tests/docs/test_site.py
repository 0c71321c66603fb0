"""The site is built without a warning, names everything that is public, and loads nothing from elsewhere."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from ..test_api import MODULES
from .pages import DOCS, ROOT

TESTS = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.joinpath("tests").rglob("*.py"))
LOADED = re.compile(r"""<(?:script|img|iframe|source)\b[^>]*\ssrc="?(https?:)?//|<link\b[^>]*\shref="?https?://""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, which a strict build has made."""
    folder = tmp_path_factory.mktemp("site")
    mkdocs = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--quiet"]
    environment = {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    built = subprocess.run([*mkdocs, "--site-dir", folder], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    return folder


def public_names() -> set[str]:
    """Every public name, by the module that an application imports it from; the command is no module to import."""
    imported = [module for module in MODULES if module != "realtime_sdk.cli"]
    return {f"{module}.{name}" for module in imported for name in importlib.import_module(module).__all__}


def test_the_reference_has_every_public_name(site: Path) -> None:
    inventory = site.joinpath("objects.inv").read_bytes().split(b"\n", 4)[4]
    listed = {line.split()[0] for line in zlib.decompress(inventory).decode().splitlines()}
    assert sorted(public_names() - listed) == []


def test_the_reference_shows_how_an_application_makes_an_object_and_no_other_constructor(site: Path) -> None:
    devices, items = (
        re.sub(r"<[^>]+>", "", site.joinpath(f"reference/{page}.html").read_text(encoding="utf-8"))
        for page in ("devices", "conversation")
    )
    assert all(re.search(rf"\b{name}\(\s*\w+:", devices) for name in ("Speaker", "Microphone", "WavSpeaker"))
    assert not re.search(r"\b\w+Item\(\s*\w+:", items)


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40
    assert [page.name for page in pages if LOADED.search(page.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(("page", "first"), [("session", "session.connect"), ("testing", "testing.run_virtual")])
def test_the_name_that_a_reader_needs_first_stands_first(site: Path, page: str, first: str) -> None:
    text = site.joinpath(f"reference/{page}.html").read_text(encoding="utf-8")
    assert re.findall(r'<h2 id="realtime_sdk\.([\w.]+)"', text)[0] == first


def test_the_search_finds_what_pages_and_docstrings_say(site: Path) -> None:
    index = json.loads(site.joinpath("search/search_index.json").read_text(encoding="utf-8"))["docs"]
    found = {entry["location"].partition("#")[0] for entry in index if "truncate" in entry["text"].lower()}
    assert found >= {"interruptions.html", "glossary.html"}
    assert "reference/session.html#realtime_sdk.session.Session.respond" in {entry["location"] for entry in index}
    of_reference = [entry for entry in index if entry["location"].startswith("reference/")]
    assert max(entry["boost"] for entry in of_reference) < 1.0, "a page of prose is found first"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_the_code_of_every_page_is_run(page: Path) -> None:
    code = "```python" in page.read_text(encoding="utf-8")
    assert not code or f'"{page.name}"' in TESTS
