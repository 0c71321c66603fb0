"""The command `realtime-sdk`.

Read `_app.py` (the commands and their arguments) and the command's file in `commands/`. A session's server, devices and
user are chosen in `session/`; it is shown by `display/` as lines, by `screen/` on the whole terminal.
"""

from .._runtime.loading import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
