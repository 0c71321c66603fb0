"""The names in the pages' code spans exist."""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from .pages import DOCS, ROOT, SOURCE

FOLDERS = ("realtime_sdk", "tests", "examples", "benchmarks", "docs")
MODULES = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
PAGES = [*sorted(DOCS.glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FOREIGN = {
    *dir(builtins), "Annotated", "Decimal", "Field", "Authorization", "Bearer", "audio_util.py", "hello.py",
    "test_count.py",
}  # fmt: skip
"""Names of Python, of other packages, of HTTP, and of a reader's own files."""


def code_spans(page: Path) -> list[str]:
    """The inline code of a page; fenced blocks are run or compared by tests of their own."""
    return SPAN.findall(re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL))


@cache
def members_by_class() -> dict[str, set[str]]:
    """Each class and constant of the package, with the attributes and methods of a class."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "realtime_sdk").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            found.update({target.id: {target.id} for target in targets if isinstance(target, ast.Name)})
            if isinstance(node, ast.ClassDef):
                members = found.setdefault(node.name, {node.name})
                for inner in ast.walk(node):
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        members.add(inner.name)
                    elif isinstance(inner, ast.Name):
                        members.add(inner.id)  # a field, or a base class
                    elif isinstance(inner, ast.Attribute) and ast.unparse(inner.value) == "self":
                        members.add(inner.attr)
    return found


def has_member(name: str, member: str) -> bool:
    """Whether a class, or a base class of the package, has an attribute or method."""
    members = members_by_class()
    return member in members[name] or any(member in members[base] for base in members[name] & members.keys())


def resolves(name: str) -> bool:
    """Whether a dotted name that begins with the package is a module, or an attribute of one."""
    module, _, attribute = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ImportError:
        return bool(module) and hasattr(importlib.import_module(module), attribute)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_in_code_spans_exist(page: Path) -> None:
    named = [name for span in code_spans(page) for name in re.findall(r"[\w./*]*\w\.py\b", span)]
    assert [name for name in named if name not in FOREIGN and not any(path.match(name) for path in MODULES)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_folders_in_code_spans_exist(page: Path) -> None:
    named = [name for span in code_spans(page) for name in re.findall(r"^([\w/]+)/$", span)]
    rooms = [ROOT, ROOT / "realtime_sdk", *(ROOT / "realtime_sdk").iterdir()]
    assert [name for name in named if not any((room / name).is_dir() for room in rooms) and name != "talks"] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_dotted_names_in_code_spans_exist(page: Path) -> None:
    named = [name for span in code_spans(page) for name in re.findall(r"\brealtime_sdk(?:\.\w+)+", span)]
    assert [name for name in named if f'"{name}"' not in SOURCE and not resolves(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_classes_and_their_members_in_code_spans_exist(page: Path) -> None:
    named = [
        (name, member)
        for span in code_spans(page)
        for name, member in re.findall(r"(?<![\w/.:\"'-])_?([A-Z][A-Za-z]*[a-z][A-Za-z]*)(?:\.(\w+))?(?![\w/-])", span)
        if name not in FOREIGN and " " not in span.partition("(")[0]
    ]
    known = members_by_class()
    missing = [(name, member) for name, member in named if name not in known or not has_member(name, member or name)]
    assert missing == []
