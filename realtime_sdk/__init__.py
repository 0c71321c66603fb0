"""Realtime voice for asyncio, with its own audio I/O."""
