"""What is heard, measured: energy, spectrum, voice and noise. Pure."""

__all__: list[str] = []
