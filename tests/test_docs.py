"""What the documents say is what the code does."""

from __future__ import annotations

import ast
import asyncio
import builtins
import importlib
import inspect
import logging
import re
import runpy
import textwrap
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

import realtime_sdk
from realtime_sdk import Session, Tool, ToolResult, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, changed, message, noise, run_virtual

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FOLDERS = ("realtime_sdk", "tests", "examples", "benchmarks", "docs")
MODULES = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "realtime_sdk").rglob("*.py"))
SIZE = re.compile(r", \d+ characters$")


def blocks(page: str, language: str) -> list[str]:
    """The blocks of code of a page in one language; "" for what is printed."""
    return [text for name, text in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")) if name == language]


async def run(code: str, **names: Any) -> dict[str, Any]:
    """Run a block as if it stood in a coroutine, after `from realtime_sdk import *`; return its names."""
    space = {name: getattr(realtime_sdk, name) for name in realtime_sdk.__all__} | {"asyncio": asyncio} | names
    body = textwrap.indent(f"{code}\nreturn locals()", "    ")
    exec(compile(f"async def block():\n{body}", "block", "exec"), space)
    made = space["block"]()
    assert inspect.iscoroutine(made)
    return dict(await made)


def test_the_states_page_is_what_the_tables_say() -> None:
    made = runpy.run_path(str(DOCS / "make_states.py"))
    assert (DOCS / "states.md").read_text() == made["page"]()
    reconnecting = (DOCS / "reconnecting.md").read_text()
    assert reconnecting == made["with_diagram"](reconnecting)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


# The packages, as the design page has them


def test_the_layers_of_the_design_page_are_those_that_are_enforced() -> None:
    [diagram] = [block for block in blocks("design.md", "") if block.startswith("cli >")]
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    [layers] = [contract["layers"] for contract in tools["importlinter"]["contracts"] if contract["type"] == "layers"]
    drawn = [set(layer.split(" | ")) for layer in " ".join(diagram.split()).split(" > ")]
    assert drawn == [set(layer.split(" | ")) for layer in layers if layer != "__main__"]


def test_the_design_page_describes_every_package() -> None:
    table = (DOCS / "design.md").read_text(encoding="utf-8").partition("| package | contents |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\|([^|]*)\|", table, flags=re.MULTILINE)
    described = {name for cell in cells for name in re.findall(r"`(\w+)/`", cell)}
    assert described == {path.parent.name for path in (ROOT / "realtime_sdk").glob("*/__init__.py")}


# Names in code spans

PAGES = [*sorted(DOCS.glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FOREIGN = {*dir(builtins), "Annotated", "Field", "Authorization", "Bearer", "audio_util.py"}
"""Names of Python, of other packages, and of HTTP."""


def code_spans(page: Path) -> list[str]:
    """The inline code of a page; fenced blocks are run or compared by tests of their own."""
    return SPAN.findall(re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL))


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


MEMBERS = members_by_class()


def has_member(name: str, member: str) -> bool:
    """Whether a class, or a base class of the package, has an attribute or method."""
    return member in MEMBERS[name] or any(member in MEMBERS[base] for base in MEMBERS[name] & MEMBERS.keys())


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
    assert [name for name in named if not resolves(name) and f'getLogger("{name}")' not in SOURCE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_classes_and_their_members_in_code_spans_exist(page: Path) -> None:
    named = [
        (name, member)
        for span in code_spans(page)
        for name, member in re.findall(r"(?<![\w/.:\"'-])_?([A-Z][A-Za-z]*[a-z][A-Za-z]*)(?:\.(\w+))?(?![\w/-])", span)
        if name not in FOREIGN and " " not in span.partition("(")[0]
    ]
    missing = [(name, member) for name, member in named if name not in MEMBERS or not has_member(name, member or name)]
    assert missing == []


# logging.md


async def free_disk_space() -> str:
    """Say how much disk space is free."""
    await asyncio.sleep(0.2)
    return "12 of 20 GB"


async def talk_for_the_log() -> None:
    server = FakeServer()
    server.reply(message("Let me see.", phase="commentary"), call("free_disk_space", {}))
    server.reply(message("Twelve of twenty gigabytes are free, which is plenty.", seconds=4.0), pace=2.0)
    server.reply(message("Goodbye.", seconds=0.5))
    speaker = VirtualSpeaker()
    given: dict[str, Any] = {"tools": [free_disk_space], "transcription": {"model": "gpt-transcribe"}}
    async with server, connect(endpoint=server, microphone=None, speaker=speaker, **given) as session:
        await server.user_speaks("How full is the disk?")
        await server.wait_for("response.create")
        await anyio.sleep(3.0)
        await server.user_speaks("Thanks, that will do.", seconds=0.8)
        session.send({"type": "input_audio_buffer.append"})
        await anyio.sleep(2.0)
        server.hang_up(1001, "going away")
        await anyio.sleep(0.1)


class Lines(logging.Handler):
    """Keeps what is logged, in the format that the page shows."""

    def __init__(self, format: str) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(format))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def logged(level: int) -> list[str]:
    """What the talk of the page logs at a level."""
    [setup] = [text for text in blocks("logging.md", "python") if "basicConfig" in text]
    found = re.search(r'format="(.*?)"', setup)
    assert found
    handler, log = Lines(found[1]), logging.getLogger("realtime_sdk")
    before = log.level
    log.addHandler(handler)
    log.setLevel(level)
    try:
        run_virtual(talk_for_the_log)
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
    return handler.lines


def test_the_log_at_info_is_what_the_page_shows() -> None:
    assert logged(logging.INFO) == blocks("logging.md", "")[0].splitlines()


def test_the_log_at_debug_has_the_lines_of_the_page_in_their_order() -> None:
    lines = iter(SIZE.sub("", line) for line in logged(logging.DEBUG))
    shown = [SIZE.sub("", line) for line in blocks("logging.md", "")[1].splitlines() if line != "…"]
    assert [line for line in shown if line not in lines] == []  # `in` goes on from where the last was found


def test_no_line_of_the_log_holds_what_was_said() -> None:
    text = "\n".join(logged(logging.DEBUG))
    assert "gigabytes" not in text
    assert "disk?" not in text


def test_loggers_that_the_page_names_are_those_of_the_package() -> None:
    page = (DOCS / "logging.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"^\|.*?(?<=`)(realtime_sdk\.[\w.]+)", page, re.MULTILINE)):
        module = ROOT.joinpath(*name.split("."))
        assert f'getLogger("{name}")' in SOURCE or module.with_suffix(".py").exists() or module.is_dir(), name


def test_the_readers_of_events_and_the_tap_do_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    errors, raw, tap = [text for text in blocks("logging.md", "python") if "basicConfig" not in text]

    async def main() -> None:
        sizes = (await run(tap))["Sizes"]()
        server = FakeServer()
        server.reply(message("Hello."))
        options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker(), "tap": sizes}
        options["reconnect"] = None
        async with server, connect(**options) as session, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: run(errors, session=session))
            tasks.start_soon(lambda: run(raw, session=session))
            await anyio.sleep(0.1)
            session.send({"type": "no.such.event"})
            session.send_text("Hi.")
            await anyio.sleep(2.0)
            server.hang_up()
        assert sizes.up > 100
        assert sizes.down > 10_000

    run_virtual(main)
    printed = capsys.readouterr().out
    assert "ServerError(" in printed
    assert "RateLimit(" in printed


# The other pages


def test_the_snippets_of_interruptions_run() -> None:
    give_up, greeting = blocks("interruptions.md", "python")

    async def main() -> None:
        server = FakeServer()
        server.reply(message("This call is recorded.", seconds=6.0), pace=1.0)
        server.reply(message("Hello.", seconds=0.5))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            await run(greeting, session=session)
            await server.user_speaks("Hello?")
            await run(give_up, session=session)  # the greeting is made for longer than the request may wait
            response = await anext(session.responses())
            assert [playout.interrupted for playout in await response.played()] == [False]
            answer = await anext(session.responses())
            assert [playout.transcript for playout in await answer.played()] == ["Hello."]
        assert [event["type"] for event in server.received].count("response.create") == 2

    run_virtual(main)


def test_the_snippet_of_turns_runs() -> None:
    [snippet] = blocks("turns.md", "python")

    async def main() -> None:
        async with FakeServer() as server:
            options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": None}
            names = await run(snippet, connect=partial(connect, **options))
        assert isinstance(names["session"], Session)

    run_virtual(main)


def test_the_snippets_of_captions_run(capsys: pytest.CaptureFixture[str]) -> None:
    lines, alone = blocks("captions.md", "python")
    drawn: list[tuple[int, str, str, str]] = []

    async def main() -> None:
        await run(alone, pcm=noise(1.0, seed=1), position=0.9)
        server = FakeServer()
        server.reply(message("Hello there."))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            session.send_text("Hi.")
            async for item in await anext(session.responses()):
                await run(lines, item=item, draw=lambda *line: drawn.append(line))

    run_virtual(main)
    assert capsys.readouterr().out.startswith("Hello")
    assert drawn == [(0, "", "Hello", " there."), (0, "Hello", " there.", "")]


def test_the_snippets_of_tools_run(capsys: pytest.CaptureFixture[str]) -> None:
    weather, light, search, by_hand = blocks("tools.md", "python")

    async def output_of(code: str, reply: Any) -> str:
        """Run a snippet whose model calls a function; return the output that the server is sent."""
        server = FakeServer()
        server.reply(reply)
        server.reply(message("Here you are.", seconds=0.5))
        async with server:
            options: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker()}
            await run(code, connect=partial(connect, **options))
        items = [event["item"] for event in server.received if event["type"] == "conversation.item.create"]
        [output] = [item["output"] for item in items if item["type"] == "function_call_output"]
        return str(output)

    async def main() -> None:
        assert await output_of(weather, call("weather", {"city": "Rome"})) == '{"city":"Rome","forecast":"sunny"}'
        assert await output_of(by_hand, call("lookup", {"word": "barge-in"})) == "an interruption by the user"
        result = (await run(light))["turn_off_the_light"]("kitchen")
        assert (result.output, result.respond) == ("done", False)
        found = await run(search, slow_search=lambda query: asyncio.sleep(1.0, f"the page on {query}"))
        assert await found["search"]("echo") == "the page on echo"

    run_virtual(main)
    assert capsys.readouterr().out == "Here you are.\n" * 2


def test_a_function_that_raises_is_answered_as_the_tools_page_says() -> None:
    def weather(city: str) -> str:
        raise OSError("no such city")

    async def main() -> ToolResult:
        return await Tool(weather).call('{"city": "Atlantis"}')

    result = run_virtual(main)
    assert str(result.output) in (DOCS / "tools.md").read_text(encoding="utf-8")
    assert result.respond


@pytest.mark.parametrize(("page", "sessions"), [("formats.md", 2), ("echo.md", 4)])
def test_the_sessions_that_pages_open_are_accepted(page: str, sessions: int) -> None:
    pytest.importorskip("pywebrtc_audio", reason="no echo canceller: pip install -e '.[webrtc]'")
    [snippet] = blocks(page, "python")
    opened: list[object] = []  # not entered: `connect` checks what it is given before that

    def take(*arguments: Any, **options: Any) -> None:
        opened.append(connect(*arguments, **options))

    run_virtual(lambda: run(snippet, connect=take, model=None, url="ws://127.0.0.1:8080/v1/realtime"))
    assert len(opened) == sessions


def test_the_dialect_of_the_page_decodes_a_conversation() -> None:
    [snippet] = blocks("dialects.md", "python")

    async def main() -> list[str]:
        server = FakeServer()
        server.reply(message("Hello.", seconds=0.1))
        for kind in ("delta", "done"):
            server.tamper(f"response.output_audio.{kind}", changed(type=f"speech.{kind}"))
        async with server, server.listen() as url:
            names = await run(snippet, url=url, connect=partial(connect, speaker=VirtualSpeaker()))
        return [playout.transcript for playout in await names["response"].played()]

    assert asyncio.run(main()) == ["Hello."]


def test_the_picture_of_the_readme_shows_what_the_command_prints_today() -> None:
    picture = (DOCS / "talk.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    assert "a bundled script is spoken for you" in picture
    assert "first audio after" in picture
    assert re.search(r">talks/[\d_-]+: captions\.vtt, conversation\.wav, events\.jsonl, heard\.wav<", picture)


@pytest.mark.parametrize("snippet", blocks("endpoints.md", "python"))
def test_the_endpoints_of_the_page_reach_a_server_that_speaks_their_dialect(
    snippet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"key": "sk-1", "client_secret": lambda: "ek_1", "entra_token": lambda: "token"}

    async def main() -> list[str]:
        endpoint = (await run(snippet, **names))["endpoint"]
        server = FakeServer(dialect=endpoint.dialect.name)
        server.reply(message("Hello.", seconds=0.5))

        async def open_websocket(*_address: Any, **_options: Any) -> Any:
            return await server.connect(None, None)

        monkeypatch.setattr("realtime_sdk.transports._opening.open_websocket", open_websocket)
        options: dict[str, Any] = {"microphone": None, "speaker": VirtualSpeaker(), "instructions": "Be brief."}
        async with server, connect(endpoint=endpoint, **options) as session:
            session.send_text("Hi.")
            response = await anext(session.responses())
            heard = [playout.transcript for playout in await response.played()]
        assert server.refused == []
        return heard

    assert run_virtual(main) == ["Hello."]
