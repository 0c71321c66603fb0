"""The wire: every event of the protocol as a typed object, a module for each family.

`parse` reads a frame, `dump` writes one. Reading is lenient: unknown types and fields are kept, and all but a few
essential fields may be missing, null or of the wrong type; `Event.invalid_fields` lists those of the wrong type that
matter. A class is named after its event's type: `response.output_audio.delta` is `ResponseOutputAudioDelta` (`error`
alone is `ErrorEvent`). What an application may set is typed in `SessionFields` and `ResponseFields`.
"""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
