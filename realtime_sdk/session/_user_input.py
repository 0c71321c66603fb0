"""The user's side of a session: text, images and audio that go to the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._runtime import arguments, clock
from .._runtime.event_loop import assert_own_loop
from ..audio._pcm import Pcm
from ..capture._capture import Capture
from ..capture._pipeline import Mute
from ..conversation._engine import Engine
from ..conversation._playout import Playout
from ..errors import UsageError
from ..protocol._codec import ClientEvent
from ..protocol._conversation import ConversationItemCreate
from ..protocol._input_audio import InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from ..turns._controller import TurnController
from ._images import data_url
from ._operation import Operation, completed
from ._runtime import SessionRuntime


class UserInput:
    """The methods of a `Session` by which the user speaks, writes and shows."""

    _runtime: SessionRuntime
    _engine: Engine
    _controller: TurnController
    _capture: Capture

    def send_text(self, text: str, *, respond: bool = True, interrupt: bool = False) -> Operation[None]:
        """Send a text of the user's, and have it answered unless `respond` is False.

        Texts that are sent during a reply share the one that follows it. A server that refuses is reported as a
        `ServerError`.

        interrupt: stop a reply that is playing, as the user's speech does; otherwise the answer follows it.
        """
        self._assert_own_loop("send_text")
        arguments.check_text("text", text)
        if interrupt:
            effects, _ = self._controller.cut(clock.wall())
            self._runtime.apply(effects)
        content = [{"type": "input_text", "text": text}]
        return self._send_message("send_text", content, respond=respond)

    def send_image(self, image: Any, *, respond: bool = False) -> Operation[None]:
        """Send an image: encoded bytes, a path, or a PIL image.

        Raises:
            UsageError: not a PNG, JPEG, GIF or WebP image, larger than 8 MiB, a file that can't be read, or a server
                whose dialect has no images.

        """
        self._assert_own_loop("send_image")
        dialect = self._runtime.link.connection.dialect
        if not dialect.capabilities.images:
            raise UsageError(f"the server takes no images: its dialect, {dialect.name}, has none")
        content = [{"type": "input_image", "image_url": data_url(image)}]
        return self._send_message("send_image", content, respond=respond)

    def send_audio(self, pcm: Pcm | bytes) -> Operation[None]:
        """Add audio to the server's input buffer: int16 mono at the rate of `formats.input`.

        pcm: an array of shape (frames,), or its bytes.

        Raises:
            UsageError: another dtype or shape, or half a frame.

        """
        self._assert_own_loop("send_audio")
        return self._send("send_audio", InputAudioBufferAppend(audio=self._capture.encode(pcm)))

    def commit_audio(self) -> Operation[None]:
        """Make the input buffer a user's message. A server that detects turns does so by itself."""
        self._assert_own_loop("commit_audio")
        return self._send("commit_audio", InputAudioBufferCommit())

    def clear_audio(self) -> Operation[None]:
        """Drop what is in the input buffer, and with it a turn of the user's that is not a message yet."""
        self._assert_own_loop("clear_audio")
        sent = self._send("clear_audio", InputAudioBufferClear())
        self._runtime.apply(self._controller.cleared(clock.wall()))
        return sent

    def press(self) -> Operation[list[Playout]]:
        """Push to talk: stop the reply as `interrupt` does, and listen. Await it for the playouts that were cut.

        Raises:
            UsageError: the session was not opened with `turns=Turns.push_to_talk()`.

        """
        self._assert_own_loop("press")
        captured = self._capture.press(clock.wall())
        effects, playouts = self._controller.press(clock.wall())
        self._runtime.apply(effects)
        self._runtime.apply_captured(captured)
        return completed(playouts, "Session.press")

    def release(self) -> bool:
        """Push to talk: have the turn answered; False if the press was under 100 ms, of which nothing is sent."""
        self._assert_own_loop("release")
        long_enough, captured = self._capture.release(clock.wall())
        self._runtime.apply(self._controller.released(clock.wall(), long_enough=long_enough))
        self._runtime.apply_captured(captured)
        return long_enough

    def mute(self, *, hard: bool = False) -> None:
        """Send silence in place of the microphone's audio, so that the server's turn detection keeps running.

        hard: send nothing at all; a turn that the server has detected stays open meanwhile.
        """
        self._assert_own_loop("mute")
        self._capture.mute(Mute.HARD if hard else Mute.SOFT, clock.wall())

    def unmute(self) -> None:
        """Send the microphone's audio."""
        self._assert_own_loop("unmute")
        self._capture.mute(Mute.NONE, clock.wall())

    def _send(self, method: str, event: ClientEvent | Mapping[str, Any]) -> Operation[None]:
        return Operation(self._runtime.send(event), f"Session.{method}")

    def _send_message(self, method: str, content: list[dict[str, Any]], *, respond: bool) -> Operation[None]:
        item = {"type": "message", "role": "user", "content": content}
        sent = self._send(method, ConversationItemCreate(item=item))
        if respond:
            self._runtime.turn_timer.sent(clock.wall())
        if respond and self._runtime.link.end_reason is None:
            self._runtime.apply(self._engine.submit_continuation(clock.wall()))
        return sent

    def _assert_own_loop(self, name: str) -> None:
        assert_own_loop(self._runtime.loop, name)
