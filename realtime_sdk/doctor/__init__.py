"""Diagnoses this machine's audio and settings. Nothing here is public: run `realtime-sdk doctor`."""

__all__: list[str] = []
