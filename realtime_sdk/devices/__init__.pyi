"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._choice import DeviceInfo as DeviceInfo
from ._microphone import Microphone as Microphone
from ._null import NullSpeaker as NullSpeaker
from ._portaudio import list_devices as list_devices
from ._protocols import GainControl as GainControl, InputDevice as InputDevice, OutputDevice as OutputDevice
from ._speaker import Speaker as Speaker
from ._wav import WavMicrophone as WavMicrophone, WavSpeaker as WavSpeaker
