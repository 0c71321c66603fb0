"""What a type checker knows of `from realtime_sdk import *`: each public name, with its type."""

from typing import assert_type

from realtime_sdk import *  # noqa: F403
from realtime_sdk.testing import *  # noqa: F403


def test_names_that_are_imported_with_a_star_have_their_types() -> None:
    assert_type(NullSpeaker(), NullSpeaker)  # noqa: F405
    assert_type(FakeServer(), FakeServer)  # noqa: F405
