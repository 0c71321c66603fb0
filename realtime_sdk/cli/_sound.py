"""Who speaks and who listens in a talk: the machine's devices, or files where there are none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

from ..devices._microphone import Microphone
from ..devices._portaudio import DeviceInfo, list_devices
from ..devices._protocols import InputDevice, OutputDevice
from ..devices._speaker import Speaker
from ..devices._wav import WavMicrophone, WavSpeaker
from ..errors import DeviceError, UsageError
from ._script import Conductor, Cue, Goodbye, Line, Script

ASSETS: Final = Path(__file__).parent / "assets"

BUNDLED: Final = (("question.flac", Cue.REPLY_OVER), ("story.flac", Cue.REPLY_OVER), ("barge_in.flac", Cue.BREAKING_IN))
"""What is said where there is no microphone: a question that takes work, a story, and what breaks into it."""

HEARD: Final = "heard.wav"
"""What the speaker would have played, where there is none."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The two sides of a talk, and who knows when it is over."""

    microphone: InputDevice
    speaker: OutputDevice
    conductor: Conductor
    remark: str  # what the user should know about them, in one line


def choose_sound(
    folder: Path, *, spoken: Path | None = None, device_in: str | None = None, device_out: str | None = None
) -> Sound:
    """Take the machine's microphone and speaker, and files in place of what it lacks.

    spoken: a sound file to be said in place of a microphone. device_in, device_out: a part of a device's name, or its
    index. Where there is no speaker, its sound goes to a file in `folder`.

    Raises `UsageError` if `spoken` can't be read, or `folder` not be made.
    """
    listed, trouble = _listed()
    live = spoken is None and (device_in is not None or any(info.is_default_input for info in listed))
    loud = device_out is not None or any(info.is_default_output for info in listed)

    microphone: Microphone | WavMicrophone
    conductor: Conductor
    if live:
        microphone, conductor = Microphone(choice(device_in)), Goodbye()
        remark = "speak whenever you like; a goodbye or Ctrl-C ends the talk"
    else:
        microphone = WavMicrophone()
        conductor = Script(_bundled() if spoken is None else [_line(spoken)], microphone.say)
        remark = f"{'a bundled talk' if spoken is None else spoken.name} is spoken for you"
    if not loud:
        remark += ", and what you would hear goes to a file"
    remark = f"{trouble}: {remark}" if trouble else remark
    speaker = Speaker(choice(device_out)) if loud else _file_speaker(folder)
    return Sound(microphone, speaker, conductor, f"{remark[0].upper()}{remark[1:]}.")


def _file_speaker(folder: Path) -> WavSpeaker:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't write into {folder}: {error.strerror}") from error
    return WavSpeaker(folder / HEARD)


def _listed() -> tuple[list[DeviceInfo], str]:
    """Give the machine's devices, and why there are none."""
    try:
        listed = list_devices()
    except DeviceError as error:
        return [], f"no sound device ({error})"
    return listed, "" if listed else "no sound device"


def choice(device: str | None) -> str | int | None:
    """Give what a command's option means: a part of a name, an index, or None for the system's default."""
    return int(device) if device is not None and device.isdecimal() else device


def _bundled() -> list[Line]:
    return [_line(ASSETS / name, cue) for name, cue in BUNDLED]


def _line(path: Path, cue: Cue = Cue.REPLY_OVER) -> Line:
    try:
        return Line(path, soundfile.info(path).duration, cue)
    except soundfile.LibsndfileError as error:
        raise UsageError(f"{path} can't be read as sound: {error.error_string}") from error
