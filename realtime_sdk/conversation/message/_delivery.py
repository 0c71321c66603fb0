"""A message on its way: what a response adds to it, until no event can change it any more."""

from __future__ import annotations

from .._settings import MessageSettings
from .._streams import ReplayableStream
from ._audio_stream import AudioStream
from ._content import Content
from ._message_captions import MessageCaptions


class Delivery:
    """The parts of a message, and the streams that readers follow: captions, text and audio."""

    __slots__ = ("audio", "captions", "content", "deltas")

    def __init__(self, item_id: str, settings: MessageSettings, *, played_locally: bool) -> None:
        self.content: Content = Content(item_id, settings, played_locally=played_locally)
        self.captions: MessageCaptions = MessageCaptions(self.content, settings)
        self.deltas: ReplayableStream[str] = ReplayableStream(settings.event_factory)
        self.audio: AudioStream = AudioStream(settings)

    def finish(self) -> None:
        """The playout is finished: readers get no more, and nothing of the audio is kept."""
        self.captions.finish()
        self.deltas.end()
        self.audio.close()
        for part in self.content:
            part.release()
