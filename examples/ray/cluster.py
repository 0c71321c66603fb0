"""The cluster of which this machine is a node, and the workers in it."""

from contextlib import suppress
from typing import Any

import ray

_handles: dict[str, Any] = {}


def join() -> None:
    """Join the cluster of which this machine is a node."""
    ray.init(address="auto", namespace="calls")


def named_workers() -> dict[str, Any]:
    """The workers that run, by name."""
    names = set(ray.util.list_named_actors())
    for name in _handles.keys() - names:
        del _handles[name]
    for name in names - _handles.keys():
        with suppress(ValueError):  # it has ended since it was listed
            _handles[name] = ray.get_actor(name)
    return dict(_handles)
