"""The snippets about concepts and errors run, and the errors of the page are those of the code."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import Any

import anyio
import pytest

from realtime_sdk import RealtimeError, connect, errors
from realtime_sdk.testing import FakeServer, Refuse, VirtualMicrophone, VirtualSpeaker, call, message, run_virtual

from .pages import DOCS, blocks, run

OBSERVED, COPES = blocks("errors.md", "python")


def devices() -> dict[str, Any]:
    return {"microphone": VirtualMicrophone(), "speaker": VirtualSpeaker()}


def test_the_three_questions_of_the_concepts_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    [questions] = blocks("concepts.md", "python")

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four five.", seconds=5.0))
        async with server, connect(endpoint=server, **devices()) as session:
            session.send_text("Tell me a story.")
            response = await anext(session.responses())
            await anyio.sleep(2.5)
            await server.user_speaks("Stop.")
            [playout] = await response.played()
            await run(questions, session=session)
            assert playout.interrupted

    run_virtual(main)
    generated, heard, cut = capsys.readouterr().out.splitlines()
    assert generated == "generated: One two three four five."
    assert heard == "heard: One two three"
    assert cut.startswith("cut at: 2.5")


def test_the_tree_is_that_of_the_module() -> None:
    [tree] = blocks("errors.md", "")
    assert textwrap.indent(tree, "    ") in (errors.__doc__ or "")


def test_every_exception_is_on_the_page() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    raised = [
        name for name in errors.__all__
        if isinstance(value := getattr(errors, name), type) and issubclass(value, RealtimeError)
    ]  # fmt: skip
    assert raised
    assert [name for name in raised if f"`{name}`" not in page] == []


def test_what_is_not_raised_is_observed(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        """Fail."""
        raise OSError("no")

    async def main() -> None:
        server = FakeServer()
        server.reply(call("fail", {}))
        server.reply(message("It failed.", seconds=0.5))
        async with server, connect(endpoint=server, tools=[fail], **devices()) as session:
            session.send_text("Try.")
            await session.drained()
        await run(OBSERVED, session=session)

    run_virtual(main)
    assert "ToolFinished(" in capsys.readouterr().out


@pytest.mark.parametrize(("refusal", "said"), [
    (None, "the conversation is over"),
    (Refuse(429), "the conversation is over"),
    (Refuse(401), "the fake server wants an API key (HTTP 401): pass api_key=…"),
])  # fmt: skip
def test_a_program_copes_with_refusals_and_the_end_of_the_connection(refusal: Refuse | None, said: str) -> None:
    async def main() -> str:
        server = FakeServer()
        if refusal:
            server.refuse_connections(1, refusal)
        names = await run(COPES, connect=partial(connect, endpoint=server, reconnect=None, **devices()))
        ended: list[str] = []

        async def talk() -> None:
            ended.append(await names["talk"]())

        async with server, anyio.create_task_group() as tasks:
            tasks.start_soon(talk)
            await anyio.sleep(10.0)
            if not ended:
                server.hang_up()
        return ended[0]

    assert run_virtual(main) == said
