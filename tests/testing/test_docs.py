"""The tests on the page about testing pass, as they stand, in a project that has the package installed."""

from __future__ import annotations

import shutil

import pytest

from realtime_sdk import pytest_plugin

from ..docs.pages import blocks
from ..loading import load_everything
from ..shared import FIXTURES

pytest_plugins = ["pytester"]


def test_the_tests_of_the_page_pass(pytester: pytest.Pytester) -> None:
    load_everything()
    pytester.makepyfile(test_talk="\n".join(blocks("testing.md", "python")))
    talk = pytester.mkdir("talks") / "monday"
    talk.mkdir()
    shutil.copyfile(FIXTURES / "barge_in.jsonl", talk / "events.jsonl")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error", plugins=[pytest_plugin])
    result.assert_outcomes(passed=7)
