"""The conversation: the server's events in, responses with ordered items out. Pure and synchronous."""

from . import _sdk_events
from ._conversation import Conversation, ConversationItem
from ._items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from ._message import MessageItem
from ._playout import Playout
from ._response import Response
from ._sdk_events import *  # every SDK event, by the `__all__` beside their definitions
from ._spoken_turn import TranscribedUtterance

__all__ = [
    "Conversation",
    "ConversationItem",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "MessageItem",
    "OtherItem",
    "Playout",
    "Response",
    "TranscribedUtterance",
]
__all__ += _sdk_events.__all__
