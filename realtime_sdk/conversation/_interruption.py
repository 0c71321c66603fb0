"""What the server must be told when the sound stops: one rule for each way an item can have been heard."""

from __future__ import annotations

from collections.abc import Iterable

from ..audio._pcm import to_ms
from ..protocol._codec import ClientEvent
from ..protocol._conversation import ConversationItemDelete, ConversationItemTruncate
from ..protocol._response import ResponseCancel
from ._message import MessageItem
from ._response import Response


def corrections(responses: Iterable[Response], items: Iterable[MessageItem], *, cancelled: bool) -> list[ClientEvent]:
    """The client events after which the server's memory is what was heard.

    `responses` are the running ones, `items` the messages that the cut found unsettled, both of the conversation.
    `cancelled`: the server cancels by itself (turn detection with `interrupt_response`).

    The responses are cancelled first, by id: an item that is still being made can be neither truncated nor deleted.
    """
    events: list[ClientEvent] = []
    if not cancelled:
        events += [ResponseCancel(response_id=response.id) for response in responses]
    for item in items:
        being_made = item.response is not None and item.response.running
        events += item.response.defer(_correct(item)) if being_made and item.response else _correct(item)
    return events


def _correct(item: MessageItem) -> list[ClientEvent]:
    """Nothing of it heard or shown: delete it. Heard in part: truncate at that. Heard in full, or text: leave it."""
    playout = item.playout
    if not playout.interrupted:
        return []
    if not playout.position and not playout.transcript:
        return [ConversationItemDelete(item_id=item.id)]
    parts = sorted(item.parts.items())
    cut = [index for index, part in parts if part.cut]
    # What is behind the cut was not heard, even where its sound has not come yet.
    unheard = [index for index, part in parts if cut and index > cut[0] and not part.sound_ended]
    return [_truncate(item, index) for index in sorted({*cut, *unheard})]


def _truncate(item: MessageItem, index: int) -> ConversationItemTruncate:
    segment = item.parts[index].segment
    heard = to_ms(segment.heard, segment.rate) if segment is not None else 0
    return ConversationItemTruncate(item_id=item.id, content_index=index, audio_end_ms=heard)
