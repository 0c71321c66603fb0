"""Heard: segments, and the timeline that maps a device's count to them. Pure: sync in, results out."""

__all__: list[str] = []
