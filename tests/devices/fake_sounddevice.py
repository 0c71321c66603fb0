"""A simulated sounddevice, without rtmixer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container
from typing import Any

import numpy as np
import pytest

from realtime_sdk.devices import _portaudio as portaudio
from realtime_sdk.devices._library import Library
from realtime_sdk.devices._stream import Format

from .sound_card import Callback, SoundCard


class PortAudioError(Exception):
    """As sounddevice's."""


INVALID_RATE = PortAudioError("Invalid sample rate", -9997)
INVALID_CHANNELS = PortAudioError("Invalid number of channels", -9998)
TIMED_OUT = PortAudioError("Wait timed out", -9987)


class FakeSounddevice:
    """As much of sounddevice as opens a card.

    refusal: is raised instead. plays: otherwise the card never asks. rates, channels: those it takes, if not all.
    late: how many streams do not start in time, before one does.
    """

    def __init__(
        self, clock: Callable[[], float], *, cards: int = 1, refusal: Exception | None = None, plays: bool = True,
        rates: Container[int] | None = None, channels: Container[int] | None = None, late: int = 0,
    ) -> None:  # fmt: skip
        self.PortAudioError = PortAudioError
        self._initialized = 1
        self.starts = 0  # how often it was restarted
        self.opened: list[SoundCard] = []
        self.captures: list[Callback] = []  # what to call with what an input hears
        self._clock = clock
        self._default_devices = cards
        self.refusal = refusal
        self._plays = plays
        self._rates = rates
        self._channels = channels
        self._late = late

    def _terminate(self) -> None:
        assert self._initialized == 1
        assert all(card.closed for card in self.opened), "a stream that is open would end"
        self._initialized = 0

    def _initialize(self) -> None:
        assert self._initialized == 0
        self._initialized = 1
        self.starts += 1

    def query_hostapis(self, _index: int) -> dict[str, Any]:
        return {"name": "Arithmetic"}

    def query_devices(self, index: int | None = None, kind: str | None = None) -> Any:
        if not self._default_devices and kind is not None:
            raise PortAudioError("Error querying device -1")
        info = {
            "name": "card", "index": 0, "hostapi": 0, "default_samplerate": 48_000.0,
            "max_input_channels": 4, "max_output_channels": 4,
        }  # fmt: skip
        return [info] * self._default_devices if index is None and kind is None else info

    def RawOutputStream(self, *, callback: Callback, **settings: Any) -> SoundCard:
        card = SoundCard(self._clock, format=self._format(**settings)).open(callback)
        if not self._plays:
            card.stall(1e9)
        self.opened.append(card)
        return card

    def RawInputStream(self, *, callback: Callback, **settings: Any) -> SoundCard:
        self.opened.append(SoundCard(self._clock, format=self._format(**settings)))
        self.captures.append(callback)
        silence = np.zeros((settings["blocksize"], settings["channels"]), np.float32)
        if self._plays:
            callback(silence, len(silence), None, None)
        return self.opened[-1]

    def _format(self, *, samplerate: int, channels: int, blocksize: int, **_settings: object) -> Format:
        if self.refusal is not None:
            raise self.refusal
        if self._late:
            self._late -= 1
            raise TIMED_OUT
        if self._rates is not None and samplerate not in self._rates:
            raise INVALID_RATE
        if self._channels is not None and channels not in self._channels:
            raise INVALID_CHANNELS
        return Format(samplerate, channels, blocksize)


def install(monkeypatch: pytest.MonkeyPatch, fake: FakeSounddevice) -> FakeSounddevice:
    """Put a fake sounddevice in place, and no rtmixer."""
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setitem(sys.modules, "rtmixer", None)
    monkeypatch.setattr(portaudio, "_portaudio", Library())
    return fake
