"""The fields of a stream session: what an application passes, and the wire's object that is made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from typing_extensions import TypedDict

from .._runtime.arguments import check_instance, check_text, unknown_field
from ..audio._formats import AudioFormat
from ..errors import UsageError


class LiveFields(TypedDict, total=False):
    """The fields of a session with GPT-Live, all fixed once it is open but those of `delegation.responses`."""

    instructions: str | None  # 16 384 tokens at most
    voice: str | Mapping[str, Any] | None  # a name, or {"id": …} of a voice of your own
    delegation: Mapping[str, Any] | None  # {"type": "client"}, or {"type": "responses", "responses": {"model": …}}
    input: list[Mapping[str, Any]] | None  # messages before it: 128 and 8192 tokens at most
    store: bool | None  # keep the session on the server, for forks and recordings of its own
    format: AudioFormat | Mapping[str, Any] | str  # of the audio in both directions; left out, PCM16 at 24 kHz


_NAMES: Final = frozenset(LiveFields.__annotations__)


def check_fields(fields: Mapping[str, object], also: Collection[str]) -> None:
    """Refuse a name that a session with GPT-Live does not have; also: the parameters of the caller.

    Raises:
        UsageError: it names the nearest right name.

    """
    for name in fields:
        if name not in _NAMES:
            raise unknown_field("connect_live", name, {*_NAMES, *also}, f"it has {', '.join(sorted(_NAMES))}")


def live_session(
    model: str, fields: Mapping[str, Any], audio_format: AudioFormat, tools: list[Mapping[str, Any]]
) -> dict[str, Any]:
    """Make the `session` of `session.start`.

    Raises:
        UsageError: tools without a backend model that could call them.

    """
    session = {name: fields[name] for name in ("instructions", "input", "store") if fields.get(name) is not None}
    audio: dict[str, Any] = {}
    if audio_format != AudioFormat():  # which is the default everywhere; some services know no field for another
        audio["format"] = {"type": audio_format.type, "rate": audio_format.rate}
    if fields.get("voice") is not None:
        audio["output"] = {"voice": fields["voice"]}
    if (delegation := fields.get("delegation")) is not None:
        check_instance("delegation", delegation, Mapping, 'a mapping, such as {"type": "client"}')
        session["delegation"] = _with_tools(delegation, tools)
    elif tools:
        raise UsageError(_NO_BACKEND)
    return {"model": model, **session, **({"audio": audio} if audio else {})}


def translation_session(language: str, transcription: str | None, noise_reduction: str | None) -> dict[str, Any]:
    """Make the `session` of a translation's `session.update`."""
    check_text("language", language)
    if not language.strip():
        raise UsageError("language is what to translate into, such as 'es', not an empty string")
    user: dict[str, Any] = {}
    if transcription is not None:
        check_text("transcription", transcription)
        user["transcription"] = {"model": transcription}
    if noise_reduction is not None:
        check_text("noise_reduction", noise_reduction)
        user["noise_reduction"] = {"type": noise_reduction}
    return {"audio": {"output": {"language": language}, **({"input": user} if user else {})}}


def _with_tools(delegation: Mapping[str, Any], tools: list[Mapping[str, Any]]) -> dict[str, Any]:
    if not tools:
        return dict(delegation)
    backend = delegation.get("responses")
    if delegation.get("type") != "responses" or not isinstance(backend, Mapping):
        raise UsageError(_NO_BACKEND)
    return {**delegation, "responses": {**backend, "tools": [*backend.get("tools", ()), *tools]}}


_NO_BACKEND: Final = (
    "tools are called by a backend model, not by GPT-Live itself: pass "
    'delegation={"type": "responses", "responses": {"model": …}} beside them'
)
