"""What the model is told."""

from __future__ import annotations

import json


def error_told(output: str) -> str:
    """The error in the output of a call, as the model reads it."""
    error = json.loads(output)["error"]
    assert isinstance(error, str)
    return error
