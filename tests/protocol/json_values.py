"""Any JSON value, and how long a test over them may take."""

from __future__ import annotations

from hypothesis import HealthCheck, settings, strategies as st

at_any_speed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

TEXT = st.text() | st.text(st.characters(exclude_categories=()), max_size=5)
"""Any text, halves of surrogate pairs too."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
