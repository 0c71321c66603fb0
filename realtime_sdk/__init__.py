"""Realtime voice for asyncio, with its own audio I/O: what is said, what is heard, what is shown.

    async with connect(instructions="Be brief.") as session:    # microphone and speaker are on
        async for response in session.responses():
            async for item in response:                         # in the order the model generated them
                if item.type == "message":
                    async for caption in item.captions():       # each when its word is audible
                        print(caption.text, end="", flush=True)

`help(realtime_sdk.connect)` says what a session is opened with, `help(realtime_sdk.Session)` what it can do. Further:
`Response`, `MessageItem` (what of it was heard), `Playout`, `Tool`, `Speaker`, `Microphone`, and the events, such as
`CaptionShown`. `realtime_sdk.errors` has what may be raised, `realtime_sdk.testing` what tests need.
"""

# Each name is loaded when it is first used; `__init__.pyi` lists them, with the rooms that define them.

import sys
from typing import Any

import lazy_loader

_load, _, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", *(name for name in globals() if name.startswith("__"))])


def __getattr__(name: str) -> Any:
    """Load a public name, or read the distribution's version, whose look-up searches the import path."""
    if name in __all__:
        from ._runtime.loading import loading

        with loading():
            return _load(name)
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
    from ._runtime.version import version

    return version()
