"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._asgi import PageApp as PageApp
from ._line import OpenSession as OpenSession, PageLine as PageLine
from ._microphone import PageMicrophone as PageMicrophone
from ._server import serve_page as serve_page
from ._speaker import PageSpeaker as PageSpeaker
