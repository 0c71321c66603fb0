"""A talk in the browser: its microphone and speaker are devices of a session here, and it shows what is heard."""

from ._asgi import PageApp
from ._line import OpenSession, PageLine
from ._microphone import PageMicrophone
from ._server import serve_page
from ._speaker import PageSpeaker

__all__ = ["OpenSession", "PageApp", "PageLine", "PageMicrophone", "PageSpeaker", "serve_page"]
