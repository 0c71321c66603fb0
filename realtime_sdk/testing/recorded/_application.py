"""The application's part in a recording: the user's audio, the outputs of tools, interruptions by code."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import anyio
import pybase64

from ...conversation.message._live_message import LiveMessage
from ...recording._replay import Record
from ...session._session import Session
from ...tools._active import ActiveTools
from ...tools._result import ToolResult
from ...tools._tool import Tool
from ...tools._toolbox import Toolbox
from ._connections import Moment, RecordedSession, is_given, item_of

_APPEND: Final = "input_audio_buffer.append"

_LONGEST: Final = 0.5
"""Seconds of the user's audio that are sent at once."""

_CUTS: Final = ("response.cancel", "conversation.item.truncate", "conversation.item.delete")
"""The client events with which an interruption ends a reply."""


@dataclass(frozen=True, slots=True)
class _Output:
    """What a call was answered with."""

    at: float
    text: str
    respond: bool  # the model was asked to go on


class RecordedApplication:
    """Does in a session what the recorded application did.

    position: returns the seconds of the recording that are replayed. leave: ends the session; it is told whether the
    recording says when.
    """

    def __init__(
        self, recorded: RecordedSession, session: Session, position: Callable[[], float],
        leave: Callable[[bool], Awaitable[object]],
    ) -> None:  # fmt: skip
        self._client = [moment for connection in recorded.connections for moment in connection.client]
        self._session = session
        self._position = position
        self._leave = leave
        if not recorded.joins_a_call:
            runtime = session._runtime
            own = runtime.tools.current
            runtime.tools = ActiveTools(_RecordedTools(own, _outputs(recorded), position))
            runtime.engine.calls.runs_tools = True

    async def run(self) -> None:
        """Play its part until the recording is over."""
        for moment in _with_longer_audio(self._client):
            kind, is_end = moment.record.type, moment.record.close is not None
            if kind not in (_APPEND, *_CUTS) and not is_end:
                continue
            await anyio.sleep(max(0.0, moment.at - self._position()))
            if is_end:
                await self._leave(moment.record.t is not None)
            elif kind == _APPEND:
                self._session.send(moment.record.event or {})
            elif self._is_cut_by(moment.record.event or {}):
                self._session.interrupt()

    def _is_cut_by(self, event: dict[str, Any]) -> bool:
        """Whether something is going on that the recorded application ended with this event."""
        engine = self._session._runtime.engine
        if event["type"] == "response.cancel":
            named = event.get("response_id")
            running = [response for response in engine.responses.values if response.status == "in_progress"]
            return any(named in (None, response.id) for response in running)
        item = engine.conversation.get(str(event.get("item_id")))
        return isinstance(item, LiveMessage) and item.role == "assistant" and not item.finished


class _RecordedTools(Toolbox):
    """The application's own tools, and recorded outputs in place of all others."""

    def __init__(self, own: Toolbox, outputs: Mapping[str, deque[_Output]], position: Callable[[], float]) -> None:
        super().__init__(own._tools.values())
        self._outputs = outputs
        self._position = position

    def get(self, name: str) -> Tool | None:
        """Return the application's own tool of this name, or one that returns what was recorded."""
        return super().get(name) or _RecordedTool(name, self._outputs[name], self._position)


class _RecordedTool(Tool):
    """A tool whose calls are answered as they were in the recording, one after the other, at the same times."""

    def __init__(self, name: str, outputs: deque[_Output], position: Callable[[], float]) -> None:
        super().__init__(_nothing, name=name)
        self._recorded = outputs
        self._position = position

    async def call(self, arguments: str) -> ToolResult:
        """Wait until the call was answered in the recording; one that was not is never answered."""
        if not self._recorded:
            await anyio.sleep_forever()
        output = self._recorded.popleft()
        await anyio.sleep(max(0.0, output.at - self._position()))
        return ToolResult(output.text, respond=output.respond)


def _nothing() -> None:
    """Stand for a function that is not here."""


def _outputs(recorded: RecordedSession) -> Mapping[str, deque[_Output]]:
    """The outputs of the recorded calls by the name of the function, in the order of the calls."""
    outputs: dict[str, deque[_Output]] = defaultdict(deque)
    for connection in recorded.connections:
        names = _names_of_calls(connection.server)
        for place, moment in enumerate(connection.client):
            item = item_of(moment.record.event)
            if item.get("type") != "function_call_output" or is_given(moment.record):
                continue
            respond = _is_followed_by_request(connection.client[place + 1 :])
            output = _Output(moment.at, str(item.get("output")), respond)
            if (name := names.get(item.get("call_id"))) is not None:
                outputs[name].append(output)
    return outputs


def _names_of_calls(server: Sequence[Moment]) -> dict[Any, str]:
    """The functions that were called, by the id of the call."""
    records = [moment.record for moment in server if moment.record.type.startswith("response.output_item.")]
    calls = [item for record in records if (item := item_of(record.event)).get("type") == "function_call"]
    return {call.get("call_id"): str(call.get("name")) for call in calls}


def _is_followed_by_request(client: Sequence[Moment]) -> bool:
    """Whether the model was asked to go on with an output, before what the application did next."""
    for moment in client:
        if moment.record.type == "response.create":
            return True
        if (item := item_of(moment.record.event)) and item.get("type") != "function_call_output":
            return False
    return False


def _with_longer_audio(client: Sequence[Moment]) -> Iterator[Moment]:
    """Join the pieces of the user's audio that were sent right after each other."""
    for is_audio, moments in groupby(client, lambda moment: moment.record.type == _APPEND):
        if not is_audio:
            yield from moments
            continue
        pieces: list[Moment] = []
        for moment in moments:
            if pieces and moment.at - pieces[0].at > _LONGEST:
                yield _joined(pieces)
                pieces = []
            pieces.append(moment)
        yield _joined(pieces)


def _joined(pieces: Sequence[Moment]) -> Moment:
    encoded = [str((piece.record.event or {}).get("audio")) for piece in pieces]
    if any(len(text) % 4 or text.endswith("=") for text in encoded):  # else base64 can be joined as it is
        encoded = [pybase64.b64encode_as_string(b"".join(_audio_in(text) for text in encoded))]
    return Moment(pieces[-1].at, Record(None, "client", {"type": _APPEND, "audio": "".join(encoded)}))


def _audio_in(encoded: str) -> bytes:
    """Decode base64; what is none holds no audio."""
    try:
        return pybase64.b64decode(encoded, validate=True)
    except ValueError:
        return b""
