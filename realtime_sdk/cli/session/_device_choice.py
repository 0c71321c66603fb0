"""Chooses the devices of a conversation: the machine's own, or files where there are none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

from ..._runtime.private_files import create_private, make_private_folder
from ...audio._wav_file import native_path
from ...devices._choice import DeviceInfo
from ...devices._microphone import Microphone
from ...devices._null import NullSpeaker
from ...devices._portaudio import list_devices
from ...devices._protocols import InputDevice, OutputDevice
from ...devices._speaker import Speaker
from ...devices._wav import WavMicrophone, WavSpeaker
from ...errors import DeviceError, UsageError
from ._users import Cue, LiveUser, ScriptedUser, User, Utterance

ASSETS: Final = Path(__file__).parent / "assets"

SCRIPT: Final = (("question.flac", Cue.AFTER_REPLY), ("story.flac", Cue.AFTER_REPLY), ("barge_in.flac", Cue.BARGE_IN))
"""The bundled utterances, for a machine without a microphone: a question, a story, and an interruption of it."""

SPEAKER_FILE: Final = "heard.wav"
"""The output of the speaker, for a machine without one."""


@dataclass(frozen=True, slots=True)
class ChosenDevices:
    """The devices of a conversation, and its user."""

    microphone: InputDevice
    speaker: OutputDevice
    user: User
    description: str  # for the user, in one line


def choose_devices(
    folder: Path | None, *, spoken: Path | None = None, device_in: str | None = None, device_out: str | None = None,
    channel: int | None = None, push_to_talk: bool = False,
) -> ChosenDevices:  # fmt: skip
    """Choose the machine's microphone and speaker, and a script or a file in place of missing ones.

    spoken: an audio file that takes the place of the microphone. device_in, device_out: a part of a device's name, or
    its index. channel: of the microphone, from 0; None: the mean of all. Without a speaker, its audio is written to a
    file in `folder`, or is lost where that is None.

    Raises `UsageError` if `spoken` can't be read, or `folder` can't be created.
    """
    listed, problem = _list_devices()
    has_microphone = spoken is None and (device_in is not None or any(info.is_default_input for info in listed))
    real_speaker = _real_speaker(device_out, listed)

    microphone: Microphone | WavMicrophone
    user: User
    if has_microphone:
        microphone, user = Microphone(parse_device(device_in), channel=channel), LiveUser()
        how = "press the space bar, speak, and press it again" if push_to_talk else "speak at any time"
        description = f"{how}; a goodbye or Ctrl-C ends the conversation"
    else:
        microphone = WavMicrophone()
        user = ScriptedUser(_bundled_script() if spoken is None else [_utterance(spoken)], microphone.say)
        description = f"{'a bundled script' if spoken is None else f'your file {spoken.name}'} is spoken for you"
    if real_speaker is None:
        description += ", and the reply is " + (f"written to {SPEAKER_FILE}" if folder else "not heard")
    description = f"{problem}: {description}" if problem else description
    speaker = _speaker_in_place(folder) if real_speaker is None else real_speaker
    return ChosenDevices(microphone, speaker, user, f"{description[0].upper()}{description[1:]}.")


def choose_speaker(device_out: str | None) -> Speaker | None:
    """Return the machine's speaker; None: there is none."""
    return _real_speaker(device_out, _list_devices()[0])


def parse_device(option: str | None) -> str | int | None:
    """Return the choice of a device option: a part of a name, an index, or None for the system's default."""
    return int(option) if option is not None and option.isdecimal() else option


def _real_speaker(device_out: str | None, listed: list[DeviceInfo]) -> Speaker | None:
    """Return the speaker that was asked for, else the default one; None: there is none."""
    if device_out is None and not any(info.is_default_output for info in listed):
        return None
    return Speaker(parse_device(device_out))


def _speaker_in_place(folder: Path | None) -> OutputDevice:
    """Return what takes the place of a speaker."""
    if folder is None:
        return NullSpeaker()
    try:
        make_private_folder(folder)  # that of the recording
        with suppress(FileExistsError):  # which the speaker overwrites
            create_private(folder / SPEAKER_FILE).close()
    except OSError as error:
        raise UsageError(f"can't write into {folder}: {error.strerror}") from error
    return WavSpeaker(folder / SPEAKER_FILE)


def _list_devices() -> tuple[list[DeviceInfo], str]:
    """Return the machine's devices, and why there are none."""
    try:
        listed = list_devices()
    except DeviceError as error:
        return [], f"no audio device ({error})"
    return listed, "" if listed else "no audio device"


def _bundled_script() -> list[Utterance]:
    return [_utterance(ASSETS / name, cue) for name, cue in SCRIPT]


def _utterance(path: Path, cue: Cue = Cue.AFTER_REPLY) -> Utterance:
    try:
        return Utterance(path, soundfile.info(native_path(path)).duration, cue)
    except soundfile.LibsndfileError as error:
        raise UsageError(f"{path} can't be read as audio: {error.error_string}") from error
    except TypeError as error:  # soundfile knows by the name that it has no header
        raise UsageError(f"{path} does not say its sample rate: make it a WAV file") from error
