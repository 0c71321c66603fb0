"""Items of an exported conversation, made again in a session."""

from __future__ import annotations

from collections.abc import Iterable

from ..protocol._base import Object
from ..protocol._codec import ClientEvent
from ..protocol._objects import ContentPart, WireItem
from ._engine_state import EngineState
from ._exported import ExportedCall, ExportedItem, ExportedMessage, ExportedOutput
from ._items import ServerCopy
from ._live_conversation import LiveConversation, LiveConversationItem
from ._live_items import LiveFunctionCall, LiveFunctionCallOutput
from ._live_mcp import tool_item
from ._live_message import LiveMessage
from ._playout import Playout
from ._settings import MessageSettings


def restore(state: EngineState, items: Iterable[ExportedItem], settings: MessageSettings) -> list[ClientEvent]:
    """Add exported items to the conversation; return the events that give them to the server."""
    restored = LiveConversation.detached()
    for exported in items:
        item = _live_item(exported, _free_id(state, exported.id), settings)
        restored.add(item)
        state.conversation.add(item)
        item.server_copy = ServerCopy.NONE
    if not state.requests.connected:
        return []  # the next server is given them with the rest
    restoration = state.restoration(restored, audio={})
    changes = restoration.changes()
    state.before_anchor = restoration.before_anchor
    for item in restored.live_items:
        item.server_copy = restoration.server_copy(item.id)
    return [*changes]


def _free_id(state: EngineState, item_id: str) -> str:
    """The id of an item, or one made from it if the conversation has it already."""
    number, free = 1, item_id
    while free in state.conversation:
        number += 1
        free = f"{item_id}.{number}"
    return free


def _live_item(exported: ExportedItem, item_id: str, settings: MessageSettings) -> LiveConversationItem:
    fields: Object = {"id": item_id, "type": exported.type, "status": exported.status}
    match exported:
        case ExportedMessage():
            return _message(exported, item_id, settings)
        case ExportedCall(name=name, call_id=call_id, arguments=arguments):
            call = LiveFunctionCall(WireItem(**fields, name=name, call_id=call_id, arguments=arguments))
            call.closed = True
            if exported.output is not None:
                call._answer(exported.output)
            return call
        case ExportedOutput(call_id=call_id, output=output):
            return LiveFunctionCallOutput(WireItem(**fields, call_id=call_id, output=output))
    return tool_item(exported.wire(item_id))


def _message(exported: ExportedMessage, item_id: str, settings: MessageSettings) -> LiveMessage:
    generated = exported.text if exported.generated is None else exported.generated
    if exported.role == "assistant":
        parts = [ContentPart(type="output_text", text=generated)]
    elif exported.spoken:
        parts = [ContentPart(type="input_audio", transcript=generated or None)]
    else:
        parts = [ContentPart(type="input_text", text=generated)] if generated else []
    parts += [ContentPart(**image) for image in exported.images]
    wire = WireItem(
        id=item_id, type="message", status=exported.status, role=exported.role, phase=exported.phase,
        content=tuple(parts),
    )  # fmt: skip
    playout = Playout(
        item_id, exported.started_at, exported.finished_at, exported.position, exported.duration,
        exported.interrupted, exported.text,
    )  # fmt: skip
    message = LiveMessage(wire, settings, playout=playout)
    message.transcription_ended = True
    return message
