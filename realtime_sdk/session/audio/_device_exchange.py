"""Exchanges the devices of a session while it runs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

import anyio
from anyio.abc import TaskGroup

from ..._runtime.event_loop import own_event
from ...conversation._completion import Completion
from ...devices._failures import open_device
from ...devices._protocols import InputDevice, OutputDevice
from ...errors import ConnectionLost, RealtimeError, UsageError
from .._arguments import SHARED_KINDS, check_arguments
from .._closing import Parts, close_parts
from .._defaults import DEFAULT, Default
from .._operation import Operation, failed
from ._device_user import DeviceUser
from ._session_audio import SessionAudio

KINDS: Final = {**SHARED_KINDS, "speaker": (OutputDevice, "an OutputDevice, such as Speaker('…') or NullSpeaker()")}
"""The classes of the devices that may take the place of others, and their descriptions in messages."""

_log = logging.getLogger("realtime_sdk.session")


class DeviceExchange:
    """Opens new devices of a session, puts them in the place of the old ones, and closes those; one call at a time.

    tasks: of the session. user: the session, as which the devices are reserved.
    is_over: says whether the session has ended, and all that was received has been heard.
    has_devices: False: its audio goes another way, as that of a call that it has joined.
    """

    def __init__(
        self, audio: SessionAudio, tasks: TaskGroup, user: DeviceUser, is_over: Callable[[], bool], *,
        has_devices: bool = True,
    ) -> None:  # fmt: skip
        self._audio = audio
        self._tasks = tasks
        self._user = user
        self._is_over = is_over
        self._has_devices = has_devices
        self._lock = anyio.Lock()

    def use(
        self, speaker: OutputDevice | Default | None, microphone: InputDevice | Default | None, name: str
    ) -> Operation[None]:
        """Exchange the devices that are given; DEFAULT: it stays. If a new one fails to open, both old ones stay.

        name: of the method that is called.

        Raises:
            UsageError: a device of another class, or there is no speaker that could be exchanged.

        """
        check_arguments(KINDS, speaker=speaker, microphone=microphone)
        if not self._has_devices:
            raise UsageError("a session that has joined a call has no devices: the caller's audio goes another way")
        if speaker is None:
            raise UsageError("a session keeps a speaker to the end: speaker=NullSpeaker() plays without a device")
        if speaker is not DEFAULT and self._audio.sink is None:
            raise UsageError("this session was opened without a speaker: the application plays the audio itself")
        if self._tasks.cancel_scope.cancel_called or self._is_over():
            _log.warning("the devices were not exchanged: the session has ended")
            return failed(ConnectionLost("the session has ended: no device of it can be exchanged"), name)
        exchanged, scope = Completion[None](own_event()), anyio.CancelScope()
        self._tasks.start_soon(self._run, speaker, microphone, exchanged, scope)
        return Operation(exchanged, name, scope.cancel)

    async def _run(
        self, speaker: OutputDevice | Default, microphone: InputDevice | Default | None, exchanged: Completion[None],
        scope: anyio.CancelScope,
    ) -> None:  # fmt: skip
        try:
            with scope:
                await self._use(speaker, microphone)
                exchanged.set_result(None)
        except RealtimeError as error:
            if not exchanged.waiters:
                _log.warning("the devices were not exchanged: %s", error)
            exchanged.set_exception(error)
        finally:
            exchanged.set_exception(ConnectionLost("the session ended while its devices were exchanged"))

    @property
    def in_use(self) -> Sequence[InputDevice | OutputDevice]:
        """The devices that the session has now."""
        devices = (self._audio.capture.microphone, None if self._audio.sink is None else self._audio.sink.device)
        return [device for device in devices if device is not None]

    async def _use(self, speaker: OutputDevice | Default, microphone: InputDevice | Default | None) -> None:
        async with self._lock:
            given = [device for device in (speaker, microphone) if not isinstance(device, Default)]
            before = self.in_use
            try:
                self._user.reserve(*given)
                await self._exchange(speaker, microphone)
            finally:
                await self._close_unused([*before, *given])

    async def _exchange(self, speaker: OutputDevice | Default, microphone: InputDevice | Default | None) -> None:
        formats, capture, sink = self._audio.formats, self._audio.capture, self._audio.sink
        new_speaker = None if sink is None or isinstance(speaker, Default) or speaker is sink.device else speaker
        new_microphone = capture.microphone if isinstance(microphone, Default) else microphone
        await open_device(new_speaker, formats.output.rate)
        if new_microphone is not capture.microphone:
            await open_device(new_microphone, formats.input.rate)
            await capture.exchange(new_microphone)
        if sink is not None and new_speaker is not None:
            await sink.exchange(new_speaker)

    async def _close_unused(self, devices: Sequence[InputDevice | OutputDevice | None]) -> None:
        unused = [device for device in devices if not any(device is other for other in self.in_use)]
        if (cancelled := await close_parts(self._user, Parts(unused))) is not None:
            raise cancelled
