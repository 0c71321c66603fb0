"""The user's side of a session: text, images and audio that go to the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from ..._runtime import arguments, clock
from ...audio._pcm import Pcm
from ...capture._mute import Mute
from ...conversation.message._playout import Playout
from ...errors import UsageError
from ...protocol._codec import ClientEvent
from ...protocol._input_audio import InputAudioBufferAppend, InputAudioBufferClear, InputAudioBufferCommit
from .._operation import Operation, completed
from .._session_base import SessionBase
from ._images import ImageSource, image_part
from ._user_messages import PartSource, UserMessages

if TYPE_CHECKING:
    from ...capture._capture import Capture
    from ...conversation._engine import Engine
    from ...turns._controller import TurnController
    from .._runtime import SessionRuntime

ImageDetail: TypeAlias = Literal["auto", "low", "high"]
"""How closely the model looks at an image."""


class UserInput(SessionBase):
    """The methods of a `Session` by which the user speaks, writes and shows."""

    _runtime: SessionRuntime
    _engine: Engine
    _controller: TurnController
    _capture: Capture
    _messages: UserMessages

    def send_text(
        self, text: str, *, images: Iterable[ImageSource] = (), detail: ImageDetail | None = None, respond: bool = True,
        interrupt: bool = False,
    ) -> Operation[None]:  # fmt: skip
        """Send a text of the user's, and have it answered unless `respond` is False.

        Texts that are sent during a reply share the one that follows it. A server that refuses is reported as a
        `ServerError`.

        Args:
            text: what the user writes.
            images: in the same message, behind the text; see `send_image`.
            detail: how closely the model looks at the images.
            respond: False: the model is not asked to answer.
            interrupt: stop a reply that is playing, as the user's speech does; otherwise the answer follows it.

        Raises:
            UsageError: an image that can't be sent.
            ExtraMissing: as for `send_image`.

        """
        self._assert_own_loop("send_text")
        arguments.check_text("text", text)
        if isinstance(images, str | bytes | bytearray) or not isinstance(images, Iterable):
            raise UsageError(f"images is a list of images, not {arguments.shown(images)}: images=[…]")
        parts = [self._image_part(image, detail) for image in images]
        if interrupt:
            effects, _ = self._controller.cut(clock.wall())
            self._runtime.apply(effects)
        sent = self._messages.send([{"type": "input_text", "text": text}, *parts], respond=respond)
        return Operation(sent, "Session.send_text")

    def send_image(
        self, image: ImageSource, *, detail: ImageDetail | None = None, respond: bool = False
    ) -> Operation[None]:
        """Send an image as a message of its own; `send_text(…, images=[…])` sends it with a question.

        An image of more than 1 MiB, or of another kind than PNG and JPEG, is scaled down or converted in a thread. The
        messages and the requests for responses that follow it wait for that; the audio does not.

        Args:
            image: encoded bytes, a path, a `data:` URL, or an image of Pillow, which is to be left alone until this has
                been awaited.
            detail: how closely the model looks at it: `"low"`, `"high"`, or `"auto"`, which leaves it to the service.
            respond: True: have it answered.

        Raises:
            UsageError: no PNG, JPEG, GIF, WebP, BMP, TIFF or AVIF image, a file that can't be read, a URL that would
                have to be fetched, a server whose dialect has no images, or 100 messages that wait for images to be
                prepared. Of a damaged image, raised on awaiting.
            ExtraMissing: it has to be converted, or has more than 8 MiB, and the extra `images` is not installed.

        """
        self._assert_own_loop("send_image")
        sent = self._messages.send([self._image_part(image, detail)], respond=respond)
        return Operation(sent, "Session.send_image")

    def _image_part(self, image: ImageSource, detail: ImageDetail | None) -> PartSource:
        dialect = self._runtime.link.connection.dialect
        if not dialect.capabilities.images:
            raise UsageError(f"the server takes no images: its dialect, {dialect.name}, has none")
        if detail is not None:
            arguments.check_choice("detail", detail, get_args(ImageDetail))
        return image_part(image, detail)

    def send_audio(self, pcm: Pcm | bytes) -> Operation[None]:
        """Add audio to the server's input buffer: int16 mono at the rate of `formats.input`.

        pcm: an array of shape (frames,), or its bytes.

        Raises:
            UsageError: another dtype or shape, or half a frame.

        """
        self._assert_own_loop("send_audio")
        if self._engine.joins_a_call:
            raise UsageError("the caller's audio goes another way: a session that has joined a call sends none")
        return self._send("send_audio", InputAudioBufferAppend(audio=self._capture.encode(pcm)))

    def commit_audio(self) -> Operation[None]:
        """Make the input buffer a user's message; `respond` then asks for the answer.

        A server that detects turns does both by itself.

        Raises:
            UsageError: the server's dialect takes no turns that the application ends.

        """
        self._assert_own_loop("commit_audio")
        dialect = self._runtime.link.connection.dialect
        if not dialect.capabilities.commit:
            raise UsageError(f"the server finds the user's turns itself: its dialect, {dialect.name}, commits no audio")
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
        """Push to talk: have the turn answered; returns False for a press of under 100 ms, of which nothing is sent."""
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
