"""What the site needs beyond its theme: links and docstrings as its readers expect them.

In a clone a page is called by its file, and a docstring is read in a terminal. On the site a link shows the title of
the page it leads to, a link out of the documentation leads to the repository, and fields that a docstring describes
one by one are a list. How an object is made is shown only where an application makes it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import griffe

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")
FIELD = re.compile(r"(?:^|(?<=\.\s))\w+(?:, \w+)*(?=: )", re.MULTILINE)

WIRE = re.compile(r"realtime_sdk\.protocol(?!\.dialects)")
"""The modules whose objects come from a server."""


def repository() -> str:
    """Return the address of the repository, which stands in `pyproject.toml` alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Repository"])


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Return a page with its links as the site has them; the search finds a page of prose before the reference."""
    if page.file.src_uri.startswith("reference/"):
        page.meta.setdefault("search", {"boost": 0.5})
    here = PurePosixPath("docs", page.file.src_uri).parent
    return LINK.sub(lambda link: _link(link, here), markdown)


def _link(link: re.Match[str], here: PurePosixPath) -> str:
    text, target, anchor = link[1], link[2], link[3] or ""
    path = Path(ROOT, here, target).resolve().relative_to(ROOT)
    if path.parts[0] != "docs":
        return f"[{text}]({repository()}/blob/main/{path.as_posix()}{anchor})"
    if path.suffix == ".md" and text in (target, path.name):
        text = (ROOT / path).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
    return f"[{text}]({target}{anchor})"


class Exports(griffe.Extension):
    """Has the names that a stub imports be those that its package exports: it lists them at run time."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Set the exports of all such packages."""
        for module in _modules(pkg):
            if not module.exports and (module is pkg or "attach_stub" in module.members):
                module.exports = [name for name, member in module.members.items() if _is_from(module, member)]


class Constructors(griffe.Extension):
    """Leaves out a constructor that takes what no application has: an object of a class that is not public."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Take such constructors out of the package."""
        public = {name for module in _modules(pkg) if not WIRE.match(module.path) for name in module.exports or ()}
        for module in _modules(pkg):
            for made in module.classes.values():
                if not made.is_alias and "__init__" in made.members and _needs_more_than(public, made["__init__"]):
                    made.del_member("__init__")


def _is_from(module: griffe.Module, member: griffe.Object | griffe.Alias) -> bool:
    """Whether a member of a package is imported from one of its modules."""
    return isinstance(member, griffe.Alias) and member.target_path.startswith(f"{module.path}.")


def _modules(module: griffe.Module) -> Iterator[griffe.Module]:
    yield module
    for inner in module.modules.values():
        if not inner.is_alias:
            yield from _modules(inner)


def _needs_more_than(public: set[str], init: griffe.Function) -> bool:
    """Whether a parameter is annotated with a class of this package that is not public."""
    return any(
        name.canonical_name not in public and _is_class_here(name, init)
        for parameter in init.parameters if isinstance(parameter.annotation, griffe.Expr)
        for name in parameter.annotation.iterate(flat=True) if isinstance(name, griffe.ExprName)
    )  # fmt: skip


def _is_class_here(name: griffe.ExprName, init: griffe.Function) -> bool:
    """Whether a name is that of a class of this package: an alias of types stands for what an application has."""
    path = name.canonical_path
    return path.startswith("realtime_sdk.") and init.modules_collection[path].is_class


class FieldLists(griffe.Extension):
    """Makes a list of a paragraph whose sentences begin with the name of a field or parameter, and a colon."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of a class or a function."""
        if obj.docstring and isinstance(obj, griffe.Class | griffe.Function):
            known = {*obj.members} if isinstance(obj, griffe.Class) else set()
            made_of = obj.members.get("__init__") if isinstance(obj, griffe.Class) else obj
            known |= {each.name for each in made_of.parameters} if isinstance(made_of, griffe.Function) else set()
            paragraphs = obj.docstring.value.split("\n\n")
            obj.docstring.value = "\n\n".join(_as_list(paragraph, known) for paragraph in paragraphs)


def _as_list(paragraph: str, known: set[str]) -> str:
    begins = [begin.start() for begin in FIELD.finditer(paragraph) if known.issuperset(begin[0].split(", "))]
    if not begins or begins[0]:
        return paragraph
    entries = [paragraph[begin:end].strip() for begin, end in zip(begins, [*begins[1:], None], strict=True)]
    return "\n".join(FIELD.sub(r"- `\g<0>`", entry, count=1).replace("\n", "\n  ") for entry in entries)
