"""What the dialects of telephone gateways have in common."""

from __future__ import annotations

from ._dialect import Acknowledgement, Message, Started


class GatewayDialect:
    """A gateway returns marks, and can't pause: it is cleared, and sent the rest again."""

    acknowledges: Acknowledgement = "marks"
    whole_packets: bool = False

    def pause(self, start: Started) -> Message | None:
        """Nothing: it can't."""
        return None

    def resume(self, start: Started) -> Message | None:
        """Nothing."""
        return None
