"""The README's commands and program."""

from __future__ import annotations

import re
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_command_runs_it_and_the_second_tests_it() -> None:
    assert [text for _, text in BLOCKS[:2]] == [
        "pip install -e '.[local]' && realtime-sdk talk\n",
        "pip install -e '.[dev]' && pytest -n auto\n",
    ]


def test_the_program_prints_what_is_heard_and_where_it_was_cut(capsys: pytest.CaptureFixture[str]) -> None:
    [program] = [text for language, text in BLOCKS if language == "python"]
    names: dict[str, Any] = {}
    exec(program.replace("asyncio.run(main())", "pass"), names)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Let me see.", phase="commentary"), message("It is a fine day for a walk.", seconds=9.0))
        names["connect"] = partial(
            connect, endpoint=server, microphone=VirtualMicrophone(), speaker=VirtualSpeaker(), reconnect=None
        )
        async with server, anyio.create_task_group() as tasks:
            tasks.start_soon(talk)
            await server.wait_for("session.update")
            await server.user_speaks("What day is it?")
            await anyio.sleep(5.0)
            await server.user_speaks("Stop.")
            server.hang_up()

    async def talk() -> None:
        await names["main"]()  # the server closes the connection regularly: the conversation is over

    run_virtual(main)
    printed = capsys.readouterr().out
    heard = r"Let me see\.\nIt is a fine [a-z ]*— cut at \d\.\d\d s\n"
    assert re.fullmatch(rf"Speak; Ctrl-C ends\.\n{heard}", printed), printed


def test_ctrl_c_ends_the_program_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    [program] = [text for language, text in BLOCKS if language == "python"]

    def interrupt(main: Coroutine[Any, Any, None]) -> None:
        main.close()
        raise KeyboardInterrupt

    monkeypatch.setattr("asyncio.run", interrupt)
    exec(program, {})


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/talk.md"])
def test_links_and_files_that_are_named_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target
