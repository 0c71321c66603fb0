"""Traces and metrics of a session for OpenTelemetry, by its conventions for generative AI (the extra `otel`)."""

from ._telemetry import Telemetry

__all__ = ["Telemetry"]
