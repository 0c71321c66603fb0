"""The other end of the wire: a server that keeps the service's rules, with a backend of the application behind it.

`serve` runs it over WebSockets. A `Backend` yields the outputs of each response (`Message`, `Part`, `Text`, `Audio`,
`Call`); a `SpeechInput` detects the user's turns and transcribes them. The rules are strict: what the service refuses,
this server refuses in its words.
"""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
