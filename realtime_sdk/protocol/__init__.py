"""The wire: every event of the protocol as a typed object, a module for each family.

`parse` reads a frame, `dump` writes one. Reading is lenient: unknown types and fields are kept, and all but a few
essential fields may be missing, null or of the wrong type; `Event.invalid_fields` lists those of the wrong type that
matter. A class is named after its event's type: `response.output_audio.delta` is `ResponseOutputAudioDelta` (`error`
alone is `ErrorEvent`). What an application may set is typed in `SessionFields` and `ResponseFields`.
"""

from . import (
    _azure_fields,
    _codec,
    _conversation,
    _differences,
    _field_names,
    _fields,
    _input_audio,
    _mcp,
    _models,
    _objects,
    _output_audio_buffer,
    _response,
    _response_pieces,
    _service,
    _session,
    _transcription,
    _usage,
    _wire_session,
)
from ._azure_fields import *
from ._base import Event
from ._codec import *
from ._conversation import *
from ._differences import *
from ._field_names import *
from ._fields import *
from ._input_audio import *
from ._mcp import *
from ._models import *
from ._objects import *
from ._output_audio_buffer import *
from ._response import *
from ._response_pieces import *
from ._service import *
from ._session import *
from ._transcription import *
from ._usage import *
from ._wire_session import *

__all__ = ["Event"]
__all__ += _azure_fields.__all__
__all__ += _codec.__all__
__all__ += _conversation.__all__
__all__ += _differences.__all__
__all__ += _field_names.__all__
__all__ += _fields.__all__
__all__ += _input_audio.__all__
__all__ += _mcp.__all__
__all__ += _models.__all__
__all__ += _objects.__all__
__all__ += _output_audio_buffer.__all__
__all__ += _response.__all__
__all__ += _response_pieces.__all__
__all__ += _service.__all__
__all__ += _session.__all__
__all__ += _transcription.__all__
__all__ += _usage.__all__
__all__ += _wire_session.__all__
