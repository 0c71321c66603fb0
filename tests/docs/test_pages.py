"""The pages agree with each other, and with the tables and the layers of the code."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from realtime_sdk.cli._app import app
from realtime_sdk.testing import run_virtual

from .pages import DOCS, ROOT, blocks


def test_the_states_page_and_its_diagrams_are_what_the_tables_say() -> None:
    made = runpy.run_path(str(DOCS / "make_states.py"))
    assert (DOCS / "states.md").read_text("utf-8") == made["page"]()
    pictures = {machine.name: machine.graph() for machine in made["MACHINES"]}
    assert {path.stem for path in DOCS.glob("states/*.svg")} == pictures.keys()
    for name, graph in pictures.items():
        assert f"<!--\n{graph}\n-->" in (DOCS / f"states/{name}.svg").read_text("utf-8")


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_picture_of_the_readme_is_what_the_screen_shows() -> None:
    drawn = run_virtual(runpy.run_path(str(DOCS / "make_talk.py"))["draw"], limit=120.0)
    assert characters((DOCS / "talk.svg").read_text(encoding="utf-8")) == characters(drawn)


def characters(picture: str) -> list[str]:
    """The text of an SVG, whatever version of the library drew it."""
    return re.findall(r">([^<>]+)</text>", picture)


def test_the_reference_has_every_command() -> None:
    table = (DOCS / "reference/index.md").read_text(encoding="utf-8")
    commands = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    assert set(re.findall(r"^\| `realtime-sdk (\w+)` \|", table, re.MULTILINE)) == commands


# The packages, as the design page has them


def test_the_layers_of_the_design_page_are_those_that_are_enforced() -> None:
    [diagram] = [block for block in blocks("design.md", "") if block.startswith("cli |")]
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = tools["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract.get("containers") == ["realtime_sdk"]]
    drawn = [set(layer.split(" | ")) for layer in " ".join(diagram.split()).split(" > ")]
    assert drawn == [set(layer.split(" | ")) for layer in layers if not layer.startswith("__")]


def test_the_design_page_describes_every_package() -> None:
    table = (DOCS / "design.md").read_text(encoding="utf-8").partition("| package | contents |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\|([^|]*)\|", table, flags=re.MULTILINE)
    described = {name for cell in cells for name in re.findall(r"`(\w+)/`", cell)}
    assert described == {path.parent.name for path in (ROOT / "realtime_sdk").glob("*/__init__.py")}
