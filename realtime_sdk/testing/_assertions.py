"""Assertions by meaning: what was heard, cut, forgotten, and called; a failure says what happened instead."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from .._runtime import clock
from .._runtime.arguments import check_duration, check_instance, check_text, shown
from ..conversation._response import Response
from ..conversation.items._items import FunctionCallItem
from ..conversation.items._mcp_items import McpCallItem
from ..conversation.message._message import MessageItem
from ..conversation.message._playout import Playout
from ..errors import UsageError
from ..session._session import Session
from ._fake_server import FakeServer
from .devices._virtual_speaker import VirtualSpeaker

Heard: TypeAlias = Session | Response | MessageItem | Playout
"""What can have been heard: a message, all messages of a response, or all of the model's in a session."""

ToolCall: TypeAlias = FunctionCallItem | McpCallItem

_LISTED = 12
"""Items, calls and events that a failure shows at most."""

_CUT = 0.01
"""Seconds of sound that a cut may take."""

_DAY = 86_400.0
"""Seconds before a speaker was opened at which no test begins: such a time is of another clock."""


def assert_heard(thing: Heard, *texts: str) -> None:
    """Assert that exactly these texts were heard so far, one for each message, in order.

    Of a message that was cut, the text is what was audible. Messages of which nothing was heard are left out, and white
    space does not count.

    Raises:
        AssertionError: other texts were; it shows how much of each message was heard.
        UsageError: an argument is of another kind.

    """
    __tracebackhide__ = True
    for text in texts:
        check_text("each text", text)
    playouts = _playouts(thing)
    heard = [text for text in (_plain(playout.transcript) for playout, _ in playouts) if text]
    if heard != [_plain(text) for text in texts]:
        expected = "\n".join(f"  {_plain(text)!r}" for text in texts) or "  nothing"
        raise AssertionError(f"expected to be heard:\n{expected}\nheard:\n{_listed(map(_described, playouts))}")


def assert_interrupted(message: MessageItem | Playout, at: float, *, within: float = 0.05) -> None:
    """Assert that a message was cut `at` seconds of its audio, give or take `within` seconds.

    Raises:
        AssertionError: it was cut elsewhere, or not at all.
        UsageError: an argument is of another kind.

    """
    __tracebackhide__ = True
    check_instance("message", message, MessageItem | Playout, "a MessageItem or a Playout")  # type: ignore[arg-type]
    _check_position(at, within)
    [(playout, text)] = _playouts(message)
    if not playout.interrupted or abs(playout.position - at) > within:
        raise AssertionError(f"expected to be cut at {at:.2f} s (± {within:g} s):\n{_described((playout, text))}")


def assert_truncated(
    server: FakeServer, message: MessageItem | Playout | str, at: float, *, within: float = 0.05
) -> None:
    """Assert that the server has forgotten what follows `at` seconds of a message: 0 if it has forgotten all of it.

    message: a message, its playout, or its id.

    Raises:
        AssertionError: it holds more, or less.
        UsageError: an argument is of another kind, or the server was never given the message.

    """
    __tracebackhide__ = True
    check_instance("server", server, FakeServer, "a FakeServer")
    _check_position(at, within)
    item_id = message if isinstance(message, str) else getattr(message, "item_id", getattr(message, "id", None))
    if item_id not in server.sounds:
        known = ", ".join(server.sounds) or "none"
        raise UsageError(f"the server has sent no audio of {shown(message)}; messages with audio: {known}")
    held = next((item.seconds for item in server.items if item.id == item_id), 0.0)
    if abs(held - at) > within:
        sent = len(server.sounds[item_id]) / server._formats.output.rate
        asked = [event for event in server.received if event.get("item_id") == item_id]
        raise AssertionError(
            f"expected {item_id} to be truncated at {at:.2f} s (± {within:g} s): "
            f"the server holds {held:.2f} of {sent:.2f} s\nevents about it:\n{_listed(map(_event, asked))}"
        )


def assert_silent(speaker: VirtualSpeaker, since: float, until: float | None = None) -> None:
    """Assert that nothing was heard from one wall-clock time to another; left out: up to now.

    since: such as the `at` of an `Interrupted`; 0: ever. What is heard within a hundredth of a second counts as the cut
        itself.

    Raises:
        AssertionError: something was; it says when.
        UsageError: an argument is of another kind, `since` is later than now, or a time of another clock.

    """
    __tracebackhide__ = True
    check_instance("speaker", speaker, VirtualSpeaker, "a VirtualSpeaker")
    check_duration("since", since)
    end = float("inf") if until is None else until
    _check_wall_clock(speaker, since, end)
    since = max(since, speaker._opened_at or 0.0)
    for sound in speaker.timeline:
        begins, ends = sound.at, sound.at + len(sound.pcm) / speaker.rate
        if min(ends, end) - max(begins, since) > _CUT:
            raise AssertionError(
                f"expected silence from {since:.2f} s on: sound was heard from {begins - since:+.2f} s "
                f"to {ends - since:+.2f} s, counted from there"
            )


def assert_tool_called(session: Session, name: str, **arguments: Any) -> ToolCall:
    """Assert that the model called a function, or a hosted tool, with these arguments, and return the last such call.

    arguments: those that are compared; a call may have others.

    Raises:
        AssertionError: it did not; it shows the calls that it made.
        UsageError: an argument is of another kind.

    """
    __tracebackhide__ = True
    check_instance("session", session, Session, "a Session")
    check_text("name", name)
    calls = [item for item in session.conversation if isinstance(item, ToolCall)]
    fitting = [call for call in calls if call.name == name and arguments.items() <= _arguments(call).items()]
    if not fitting:
        expected = f"{name}({', '.join(f'{field}={value!r}' for field, value in arguments.items())})"
        made = (f"{call.name}({call.arguments})" for call in calls)
        raise AssertionError(f"expected a call of {expected}\ncalls:\n{_listed(made)}")
    return fitting[-1]


def describe_talk(server: FakeServer) -> str:
    """Describe in lines what a server holds, was sent and has refused, for a failing test."""
    kinds = [str(event.get("type")) for event in server.received if event.get("type") != "input_audio_buffer.append"]
    refused = [_error(error) for error in server.refused]
    ended = [event["response"] for event in server.sent if event["type"] == "response.done"]
    refused += [f"{each['id']} is {each['status']}: {_why(each)}" for each in ended if each["status"] != "completed"]
    held = server.items if server.connections else []
    return "\n".join([
        "the conversation as the server holds it:", _listed(map(repr, held)),
        "events of the client, but audio:", _listed(kinds),
        *(["errors, and responses that are not complete:", _listed(refused)] if refused else []),
    ])  # fmt: skip


def _error(error: Mapping[str, Any]) -> str:
    return f"{error.get('code')}: {error.get('message')}"


def _why(response: Mapping[str, Any]) -> str:
    """Why a response has ended before it was complete."""
    details = response.get("status_details") or {}
    return _error(details["error"]) if details.get("error") else str(details.get("reason"))


def _playouts(thing: Heard) -> list[tuple[Playout, str | None]]:
    """The playouts of messages, each with the text that the model wrote; None: it is not known."""
    match thing:
        case Playout():
            return [(thing, None)]
        case MessageItem():
            return [(thing.playout, thing.transcript)]
        case Response():
            items: Iterable[Any] = thing.items
        case Session():
            items = thing.conversation
        case other:
            raise UsageError(f"a Session, a Response, a MessageItem or a Playout is heard, not {shown(other)}")
    messages = [item for item in items if isinstance(item, MessageItem) and item.role == "assistant"]
    return [(message.playout, message.transcript) for message in messages]


def _described(heard: tuple[Playout, str | None]) -> str:
    playout, written = heard
    text = f"{_plain(playout.transcript)!r}"
    if not playout.interrupted:
        return f"{text}, not cut: {playout.position:.2f} of {playout.duration:.2f} s were heard"
    text += f", cut at {playout.position:.2f} of {playout.duration:.2f} s"
    return text if written is None else f"{text} of {_plain(written)!r}"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _arguments(call: ToolCall) -> Mapping[str, Any]:
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def _event(event: Mapping[str, Any]) -> str:
    end = event.get("audio_end_ms")
    return str(event.get("type")) + ("" if end is None else f" at {end / 1000:.2f} s")


def _listed(lines: Iterable[str]) -> str:
    """Lines of a failure, the last ones if there are many."""
    all_lines = list(lines)
    left_out = [f"  … {len(all_lines) - _LISTED} more before"] if len(all_lines) > _LISTED else []
    return "\n".join([*left_out, *(f"  {line}" for line in all_lines[-_LISTED:])]) or "  nothing"


def _check_wall_clock(speaker: VirtualSpeaker, since: float, until: float) -> None:
    """Refuse times in which nothing can be heard, or that belong to another clock."""
    if until <= since:
        raise UsageError(f"until ({until:.2f}) is a time after since ({since:.2f})")
    with suppress(RuntimeError):  # outside a loop there is no time
        if since > (now := clock.wall()):
            raise UsageError(f"since is a time up to now ({now:.2f}), such as the `at` of an event, not {since:.2f}")
    opened = speaker._opened_at
    if opened is not None and 0.0 < since < opened - _DAY:
        raise UsageError(
            f"since is a wall-clock time, such as the `at` of an event, not {since:.2f}: the speaker was opened at "
            f"{opened:.2f}"
        )


def _check_position(at: float, within: float) -> None:
    check_duration("at", at)
    check_duration("within", within)
