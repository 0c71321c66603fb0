"""Traces and metrics of a session for OpenTelemetry, by its conventions for generative AI (the extra `otel`)."""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
