"""The items of a conversation: as an application reads them, and as the engine changes them (`_live_…`)."""

__all__: list[str] = []
