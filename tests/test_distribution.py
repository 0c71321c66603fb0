"""What is installed: the distribution's name, its extras, its version and its command."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime_sdk.errors import DISTRIBUTION, ExtraMissing

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"].keys()
FOLDERS = ("realtime_sdk", "tests", "docs", "examples", "benchmarks")
TEXTS = sorted(
    path
    for folder in [ROOT.glob("*"), *(ROOT.joinpath(folder).rglob("*") for folder in FOLDERS)]
    for path in folder
    if path.suffix in {".md", ".py", ".toml"}
)

EXTRA_ARGUMENT = {"need": 2, "ExtraMissing": 1, "install_command": 0}
"""The functions that name an extra, and which of their arguments does."""


def test_the_distribution_is_named_as_errors_name_it() -> None:
    assert PROJECT["name"] == DISTRIBUTION == "realtime-voice-sdk"


def test_the_project_has_one_address() -> None:
    texts = [*TEXTS, *(ROOT / ".github").rglob("*.yml")]
    found = [re.findall(r"github(?:usercontent)?\.com/(realtime-[\w/-]+)", path.read_text("utf-8")) for path in texts]
    addresses = {"/".join(address.split("/")[:2]) for addresses in found for address in addresses}
    assert addresses == {PROJECT["urls"]["Repository"].removeprefix("https://github.com/")}


def test_extras_refer_to_this_distribution_and_to_extras_that_exist() -> None:
    for requirements in PROJECT["optional-dependencies"].values():
        for requirement in requirements:
            if found := re.fullmatch(r"([\w-]+)\[(.*)\]", requirement):
                assert found[1] == DISTRIBUTION
                assert set(found[2].split(",")) <= EXTRAS


def test_no_text_advises_to_install_another_distribution_of_this_kind() -> None:
    advised = [
        (path.relative_to(ROOT).as_posix(), name)
        for path in TEXTS
        for command in re.findall(r"pip3? install ([^&\n]*)", path.read_text(encoding="utf-8"))
        for name in re.findall(r"realtime[-_][\w-]+", command)
    ]
    assert advised
    assert [(path, name) for path, name in advised if name != DISTRIBUTION] == []


def extras_named_in_code() -> Iterator[str]:
    for path in (ROOT / "realtime_sdk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in EXTRA_ARGUMENT:
                extra = node.args[EXTRA_ARGUMENT[node.func.id]]
                if isinstance(extra, ast.Constant):
                    yield str(extra.value)


def extras_named_in_prose() -> Iterator[str]:
    for path in TEXTS:
        yield from re.findall(r"\bextra `(\w+)`", path.read_text(encoding="utf-8"))


def test_every_extra_that_code_or_prose_names_exists() -> None:
    assert {"cli", "local", "vad"} <= set(extras_named_in_code()) <= EXTRAS
    assert {"align", "local"} <= set(extras_named_in_prose()) <= EXTRAS


def test_the_error_for_a_missing_extra_gives_the_command_that_installs_it() -> None:
    missing = ExtraMissing("The neural voice", "local")
    assert str(missing) == "The neural voice is not installed: pip install 'realtime-voice-sdk[local]'"
    assert missing.extra == "local"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder for the import path in which the distribution is installed, at version 9.8.7."""
    metadata = tmp_path / f"{DISTRIBUTION.replace('-', '_')}-9.8.7.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.4\nName: {DISTRIBUTION}\nVersion: 9.8.7\n")
    return tmp_path


def run_module(*arguments: str, path: list[Path], without: str = "") -> subprocess.CompletedProcess[str]:
    """Run `python -m realtime_sdk`, with these folders on the import path and one module missing."""
    setup = (
        f"import runpy, sys; sys.path[:0] = {[str(folder) for folder in path]!r}; sys.modules[{without!r}] = None; "
        f"sys.argv[1:] = {list(arguments)!r}; runpy.run_module('realtime_sdk', run_name='__main__', alter_sys=True)"
    )
    return subprocess.run([sys.executable, "-c", setup], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("without", ["", "typer"], ids=["with the extra `cli`", "without it"])
def test_the_version_is_that_of_the_metadata(installed: Path, without: str) -> None:
    result = run_module("--version", path=[installed], without=without)
    assert (result.stdout, result.stderr, result.returncode) == ("realtime-voice-sdk 9.8.7\n", "", 0)


def test_the_package_runs_as_the_command() -> None:
    result = run_module("--help", path=[])
    assert result.returncode == 0
    assert all(command in result.stdout for command in ("talk", "serve", "align", "devices", "doctor", "--version"))
    assert PROJECT["scripts"] == {"realtime-sdk": "realtime_sdk.cli:main"}
