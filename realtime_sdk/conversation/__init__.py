"""Responses with ordered items: what of them was said and heard, how fast it came, and what it cost."""

from . import _sdk_events
from ._approval import Approval
from ._budget import Budget
from ._conversation import Conversation, ConversationItem
from ._items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from ._mcp_items import McpApprovalRequestItem, McpCallItem, McpListToolsItem
from ._message import MessageItem
from ._playout import Playout
from ._prices import Price, Prices
from ._response import Response
from ._sdk_events import *  # every SDK event, by the `__all__` beside their definitions
from ._spoken_turn import TranscribedUtterance
from ._turn_timing import LatencySummary, Percentiles, TurnEnd, TurnTiming
from ._usage import SessionUsage, TranscriptionUsage, Usage

__all__ = [
    "Approval",
    "Budget",
    "Conversation",
    "ConversationItem",
    "FunctionCallItem",
    "FunctionCallOutputItem",
    "LatencySummary",
    "McpApprovalRequestItem",
    "McpCallItem",
    "McpListToolsItem",
    "MessageItem",
    "OtherItem",
    "Percentiles",
    "Playout",
    "Price",
    "Prices",
    "Response",
    "SessionUsage",
    "TranscribedUtterance",
    "TranscriptionUsage",
    "TurnEnd",
    "TurnTiming",
    "Usage",
]
__all__ += _sdk_events.__all__
