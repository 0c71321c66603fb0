"""The asyncio shells: `connect`, the session, its connection, the sink; one task each."""

from ._arguments import DEFAULT
from ._client_secrets import create_client_secret
from ._connecting import connect
from ._operation import Operation
from ._reconnect import Reconnect
from ._session import Session
from ._tap import Tap

__all__ = ["DEFAULT", "Operation", "Reconnect", "Session", "Tap", "connect", "create_client_secret"]
