"""The conversation: the server's events in, responses with ordered items out. Pure and synchronous."""

from . import _sdk_events
from ._approval import Approval
from ._conversation import Conversation, ConversationItem
from ._items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from ._mcp_items import McpApprovalRequestItem, McpCallItem, McpListToolsItem
from ._message import MessageItem
from ._playout import Playout
from ._response import Response
from ._sdk_events import *  # every SDK event, by the `__all__` beside their definitions

__all__ = [
    "Approval",
    "Conversation",
    "ConversationItem",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "McpApprovalRequestItem",
    "McpCallItem",
    "McpListToolsItem",
    "MessageItem",
    "OtherItem",
    "Playout",
    "Response",
]
__all__ += _sdk_events.__all__
