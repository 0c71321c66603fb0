"""The corrections sent to the server after an interruption: an item was heard in full, in part, or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from ...audio._pcm import to_ms
from ...protocol._codec import ClientEvent
from ...protocol._conversation import ConversationItemDelete, ConversationItemTruncate
from ...protocol.dialects._dialect import Capabilities
from .._live_conversation import LiveConversation
from .._live_response import LiveResponse
from ..history._history import replacement
from ..items._items import ServerCopy
from ..message._live_message import LiveMessage


def corrections(
    responses: Iterable[LiveResponse], items: Iterable[LiveMessage], conversation: LiveConversation,
    capabilities: Capabilities, *, cancelled: bool,
) -> list[ClientEvent]:  # fmt: skip
    """The client events after which the server remembers only what was heard.

    `responses` are the running ones, `items` the messages that were not finished, both of the conversation.
    `capabilities` are the server's. `cancelled`: it cancels by itself (turn detection with `interrupt_response`).

    The responses are cancelled first, by id: an item that is still being made can be neither truncated nor deleted.
    """
    events: list[ClientEvent] = []
    if not cancelled:
        events += [response.cancellation for response in responses]
    for item in items:
        being_made = item.response is not None and item.response.running
        correction = _correct(item, conversation, capabilities)
        events += item.response.defer(correction) if being_made and item.response else correction
    return events


def given_again(items: Iterable[LiveMessage], conversation: LiveConversation) -> list[ClientEvent]:
    """The events after which the server holds the text that was heard in place of messages that it can't truncate."""
    events: list[ClientEvent] = []
    for item in items:
        item.server_copy = ServerCopy.RESTORED
        events += replacement(item, conversation.predecessor(item.id))
    return events


def _correct(item: LiveMessage, conversation: LiveConversation, capabilities: Capabilities) -> list[ClientEvent]:
    """Nothing of it heard or shown: delete it. Heard in part: truncate at that. Heard in full, or text: leave it.

    A message that was restored as text can't be truncated: it is replaced. So is one of a server that can delete alone;
    one that can truncate alone is truncated at its beginning in place of being deleted.
    """
    if item.remote is not None:
        return []  # the server of a call does it itself
    if not item.interrupted or item.server_copy is ServerCopy.NONE:
        return []
    if item.server_copy is ServerCopy.RESTORED or (capabilities.delete and not capabilities.truncate):
        return given_again([item], conversation)
    if item.discarded and (capabilities.delete or not capabilities.truncate):
        return [ConversationItemDelete(item_id=item.id)]
    cut = [part.index for part in item.content if part.cut or part.broken_off]
    # Parts behind the cut were not heard, even if their audio has not come yet.
    unheard = [part.index for part in item.content if cut and part.index > cut[0] and not part.audio_ended]
    return [_truncate(item, index) for index in sorted({*cut, *unheard})]


def _truncate(item: LiveMessage, index: int) -> ConversationItemTruncate:
    segment = item.content.part(index).segment
    heard = to_ms(segment.heard, segment.rate) if segment is not None else 0
    return ConversationItemTruncate(item_id=item.id, content_index=index, audio_end_ms=heard)
