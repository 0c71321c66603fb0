"""Rooms with a loudspeaker, a microphone and a user, simulated: what `echo.py` scores cancellers on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import cycle, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames
from realtime_sdk.capture.echo._canceller import ECHO_BLOCK_SECONDS
from realtime_sdk.local._voices import open_engine

Sound = npt.NDArray[np.float64]

ALONE_SECONDS = 20.0
"""Seconds for which the reply is heard before the user first speaks."""

SENTENCE_INTERVAL_SECONDS = 5.0
"""Seconds from one of the user's sentences to the next."""

NEAR_LEVEL = 0.05
"""RMS of the user's speech at the microphone, -26 dB of full scale."""

MICROPHONE_NOISE = 0.0005
"""RMS of a microphone's own noise, -66 dB of full scale."""

VOICES = ("joe", "en-us+f2", "en-us+m3", "en-gb-scotland")
"""Of reply and user."""

REPLY = (
    "The lighthouse stands on a rocky island, and every evening the keeper climbs the stairs and lights the lamp. "
    "Ships on their way to the harbour look out for it. One night a storm came up from the west. "
    "The waves rose higher than the wall, and the wind tore at the windows, but the light kept burning. "
    "In the morning the sea was calm again. Gulls were sitting on the roof, and a small boat came over from the "
    "village with bread, milk and letters. The keeper read every one of them twice. "
    "Most people think that such a life is lonely, but he would not have changed places with anybody. "
    "There is always something to do. The lamp has to be cleaned, the clock has to be wound, and the weather has to "
    "be written down in a large book. Some of the pages in it are more than a hundred years old."
)

SENTENCES = (
    "Stop, please tell me about the weather in Boston instead.",
    "Wait a moment, I would like to change my order.",
    "Can you say that again, but a little slower?",
    "No, that is not the one that I was looking for.",
    "What time does the next train leave for the city?",
    "Thank you, please send the letter to my brother.",
    "Hold on, somebody is standing at the front door.",
    "Could you turn the music down in the kitchen?",
)
"""What the user says, in turn."""

SENTENCES_PER_SCENE = 4

BLOCK_FRAMES = to_frames(ECHO_BLOCK_SECONDS)
"""Frames that a canceller takes at a time."""

LOSS_FRAMES = to_frames(0.1)
"""Frames that are lost at once."""


@dataclass(frozen=True)
class Scene:
    """A room and what happens in it.

    level: dB of the echo against the user's speech, at the microphone. drive: how far the loudspeaker is driven into
    saturation; 0: it is linear. drift: ppm by which the microphone's clock is fast. noise: dB of the room's
    noise against the user's speech. What happens after 10 s: the echo comes later by `jump` seconds, is louder by
    `louder` dB, or takes another path through the room (`moved`). lost: seconds before each of the user's sentences at
    which 100 ms of audio are lost on both sides, and the canceller is reset; the echo lies `astray` seconds elsewhere
    after the first loss, where it was after the second, and so on.
    """

    name: str
    t60: float = 0.25
    level: float = -6.0
    delay: float = 0.03
    far: str = "joe"
    near: str = "en-us+f2"
    drive: float = 0.0
    jump: float = 0.0
    louder: float = 0.0
    moved: bool = False
    drift: float = 0.0
    lost: float = 0.0
    astray: float = 0.0
    noise: float = -60.0
    seed: int = 1


@dataclass(frozen=True)
class Recording:
    """A scene as the microphone hears it, and the truth about it. All sound at 24 kHz."""

    scene: Scene
    captured: Pcm
    rendered: Pcm
    user: Pcm  # what is captured, without the echo
    echo: Sound
    near: Sound
    spoken: list[tuple[float, float, str]] = field(default_factory=list)  # seconds from and to, and the words
    losses: list[int] = field(default_factory=list)  # frames at which sound is missing: a canceller is reset there

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.captured) / WIRE_RATE


_kept: dict[str, Pcm] = {}
"""What is said in the scenes of another run, by voice and text."""


def keep_speech(file: Path) -> None:
    """Hear what a run before heard, from this file; if there is none, make it for the runs that follow.

    The voices draw random numbers: else no two runs have the same scenes.
    """
    if not file.exists():
        engines = {voice: open_engine(voice) for voice in VOICES}
        texts = (REPLY, *SENTENCES)
        said = {voice + text: engine.synthesise(text) for voice, engine in engines.items() for text in texts}
        np.savez(file, allow_pickle=False, **said)
    with np.load(file) as kept:
        _kept.update(kept)


@cache
def speech(voice: str, text: str) -> Sound:
    """Speech at an RMS of 1 where it is active, without silence at its ends."""
    said = _kept[voice + text] if _kept else open_engine(voice).synthesise(text)
    sound = said.astype(np.float64)
    active = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    sound = sound[active[0] : active[-1]]
    return sound / active_rms(sound)


def active_rms(sound: Sound) -> float:
    """RMS over the 20 ms blocks that are within 30 dB of the loudest."""
    blocks = sound[: len(sound) // 480 * 480].reshape(-1, 480)
    power = (blocks**2).mean(axis=1)
    return float(np.sqrt(power[power > power.max() / 1000].mean()))


def room(t60: float, direct: float, rng: np.random.Generator) -> Sound:
    """Impulse response: a direct path, and reflections that decay by 60 dB in `t60` seconds.

    direct: its share of the amplitude; the rest is in the reflections, which begin 2 ms later.
    """
    frames = to_frames(1.2 * t60)
    tail = rng.standard_normal(frames) * 10 ** (-3 * np.arange(frames) / to_frames(t60))
    tail[: to_frames(0.002)] = 0
    response: Sound = tail * np.sqrt(1 - direct**2) / np.sqrt((tail**2).sum())
    response[0] = direct
    return response


def through(sound: Sound, response: Sound) -> Sound:
    """Convolve, and keep the length."""
    size = 1 << (len(sound) + len(response)).bit_length()
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]


def loudspeaker(sound: Sound, drive: float) -> Sound:
    """Saturate softly."""
    return np.tanh(drive * sound) / drive if drive else sound


def record(scene: Scene) -> Recording:
    """Let it happen."""
    rng = np.random.default_rng(scene.seed)
    frames = to_frames(ALONE_SECONDS + SENTENCES_PER_SCENE * SENTENCE_INTERVAL_SECONDS)
    reply = speech(scene.far, REPLY)
    rendered = (np.resize(np.concatenate([reply, np.zeros(to_frames(0.5))]), frames) * 0.1).clip(-1, 1)
    near, spoken = np.zeros(frames), []
    offset = scene.seed * SENTENCES_PER_SCENE
    for n in range(SENTENCES_PER_SCENE):
        text = SENTENCES[(offset + n) % len(SENTENCES)]
        voice = speech(scene.near, text)
        # Not always in the same place, so that it is not always over the same words.
        start = to_frames(ALONE_SECONDS + n * SENTENCE_INTERVAL_SECONDS + rng.uniform(0.2, 0.8))
        near[start : start + len(voice)] += voice[: frames - start]
        spoken.append((start / WIRE_RATE, (start + len(voice)) / WIRE_RATE, text))
    near = through(near, room(scene.t60, 0.9, rng)) * NEAR_LEVEL
    played = loudspeaker(rendered, scene.drive)
    before = after = _delayed(through(played, room(scene.t60, 0.5, rng)), scene.delay)
    if scene.moved:
        after = _delayed(through(played, room(scene.t60, 0.5, rng)), scene.delay)
    at = to_frames(10.0)
    later = _delayed(after, scene.jump) * 10 ** (scene.louder / 20)
    echo = np.concatenate([before[:at], later[at:]])
    if scene.drift:
        echo = np.resize(soxr.resample(echo, 1e6, 1e6 + scene.drift, quality="VHQ"), frames)
    echo *= NEAR_LEVEL * 10 ** (scene.level / 20) / active_rms(echo[at:])
    user = near + rng.standard_normal(frames) * (MICROPHONE_NOISE + NEAR_LEVEL * 10 ** (scene.noise / 20))
    recording = Recording(scene, _pcm(user + echo), _pcm(rendered), _pcm(user), echo, near, spoken)
    return _with_losses(recording) if scene.lost else recording


def _with_losses(whole: Recording) -> Recording:
    cuts = [to_frames(begin - whole.scene.lost) // BLOCK_FRAMES * BLOCK_FRAMES for begin, _, _ in whole.spoken]
    kept = np.ones(len(whole.captured), bool)
    rendered = whole.rendered.copy()
    for n, (cut, end) in enumerate(pairwise([*cuts, len(kept)])):
        kept[cut : cut + LOSS_FRAMES] = False
        if n % 2 == 0:  # what is rendered early has an echo that is late
            rendered[cut:end] = np.roll(whole.rendered, -to_frames(whole.scene.astray))[cut:end]
    return replace(
        whole, captured=whole.captured[kept], rendered=rendered[kept], user=whole.user[kept], echo=whole.echo[kept],
        near=whole.near[kept], losses=[cut - n * LOSS_FRAMES for n, cut in enumerate(cuts)],
        spoken=[
            (begin - n * LOSS_FRAMES / WIRE_RATE, end - n * LOSS_FRAMES / WIRE_RATE, text)
            for n, (begin, end, text) in enumerate(whole.spoken, 1)
        ],
    )  # fmt: skip


def _delayed(sound: Sound, seconds: float) -> Sound:
    late: Sound = np.concatenate([np.zeros(to_frames(seconds)), sound])
    return late[: len(sound)]


def _pcm(sound: Sound) -> Pcm:
    return np.asarray(np.clip(sound * 32767, -32767, 32767), np.int16)


def scenes() -> list[Scene]:
    """All of them."""
    voices = cycle([("joe", "en-us+f2"), ("en-us+m3", "joe"), ("en-gb-scotland", "joe"), ("en-us+f2", "en-us+m3")])
    grid = [
        Scene(f"T60 {t60:g} s, {level:+d} dB", t60, level, seed=n)
        for n, (t60, level) in enumerate((t, v) for t in (0.15, 0.25, 0.5) for v in (-20, -12, -6, 0, 6))
    ]
    special = [
        Scene("saturated, -6 dB", drive=4.0, seed=20),
        Scene("saturated, +6 dB", level=6.0, drive=4.0, seed=21),
        Scene("30 ms jump, -6 dB", jump=0.03, seed=22),
        Scene("30 ms jump, +6 dB", level=6.0, jump=0.03, seed=23),
        Scene("1 ms jump, 0 dB", level=0.0, jump=0.001, seed=24),
        Scene("6 dB louder, 0 dB", level=0.0, louder=6.0, seed=29),
        Scene("6 dB softer, 0 dB", level=0.0, louder=-6.0, seed=30),
        Scene("moved, -6 dB", moved=True, seed=31),
        Scene("moved, +6 dB", level=6.0, moved=True, seed=32),
        Scene("drift 60 ppm, -6 dB", drift=60.0, seed=25),
        Scene("drift -60 ppm, +6 dB", level=6.0, drift=-60.0, seed=26),
        Scene("200 ms late, 0 dB", level=0.0, delay=0.2, seed=27),
        Scene("noise, -6 dB", noise=-15.0, seed=28),
    ]
    return [replace(scene, far=far, near=near) for scene, (far, near) in zip([*grid, *special], voices, strict=False)]


FOUR_ROOMS = (
    Scene("T60 0.15 s, -6 dB", 0.15, -6, far="joe", near="en-us+f2"),
    Scene("T60 0.25 s, +0 dB", 0.25, 0, far="en-us+m3", near="joe"),
    Scene("T60 0.25 s, +6 dB", 0.25, 6, far="en-gb-scotland", near="joe"),
    Scene("T60 0.5 s, -6 dB", 0.5, -6, far="en-us+f2", near="en-us+m3"),
)
"""Rooms in which clocks drift, or sound is lost."""


def drifting(ppm: float) -> list[Scene]:
    """The four rooms with clocks that drift."""
    return [
        replace(room, name=f"drift {ppm:+g} ppm, {room.name}", drift=ppm, seed=40 + n)
        for n, room in enumerate(FOUR_ROOMS)
    ]


def losing(before: float) -> list[Scene]:
    """The four rooms with sound that is lost so many seconds before the user speaks."""
    return [
        replace(room, name=f"lost, {1000 * astray:+g} ms, {room.name}", lost=before, astray=astray, seed=60 + n)
        for n, room in enumerate(FOUR_ROOMS)
        for astray in (0.0, 0.001, 0.005, -0.012, 0.02)
    ]


SETS: dict[str, Callable[[], list[Scene]]] = {
    "rooms": scenes,
    **{f"drift{ppm:+d}": partial(drifting, ppm) for ppm in (0, 20, -20, 60, -60, 100, -100)},
    **{f"lost-{before:g}": partial(losing, before) for before in (0.5, 0.1)},
}
"""What `echo.py` may be asked for."""

QUICK = ("T60 0.15 s, -20 dB", "T60 0.25 s, -6 dB", "T60 0.5 s, +6 dB", "saturated, -6 dB", "30 ms jump, -6 dB")
