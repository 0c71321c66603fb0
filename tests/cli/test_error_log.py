"""The log of `talk`: errors, and no warnings, for which the display has notes."""

from __future__ import annotations

import logging

import pytest

from realtime_sdk.cli.display._error_log import errors_only


def test_prints_errors_and_nothing_less(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("realtime_sdk.cli.test_error_log")
    with errors_only("realtime_sdk.cli"):
        logger.warning("the microphone is silent")
        logger.error("an exception in this package")
    logger.error("after the conversation")
    assert capsys.readouterr().err == "an exception in this package\n"
