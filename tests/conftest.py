"""Settings that all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# The same examples in every run, and no time limit on one: a test must not depend on the machine's speed or its luck.
settings.register_profile("default", deadline=None, derandomize=True)
# New examples every night: HYPOTHESIS_PROFILE=nightly pytest
settings.register_profile("nightly", deadline=None, max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
