"""Breaks the silence while a tool runs: the model says that it is still at work."""

from __future__ import annotations

import inspect
import logging
from typing import Final

import anyio

from ..._runtime import clock
from ..._runtime.cancellation import is_cancelled, originating_cancellation
from ...conversation._live_response import LiveResponse
from ...conversation.requests._requests import ResponseRequest
from ...errors import RealtimeError, ServerRefused
from ...tools._call_run import CallRun
from ...tools._tool import Tool
from .._runtime_base import RuntimeBase

PROMPT: Final = (
    "The result of a function that you have called is not there yet. Do not guess it, and call no function. "
    "Only say this, in one short sentence and in the language of the conversation: {text}"
)
"""Instructions of the response, behind those of the session."""

LONGER: Final = 2.0
"""Factor of the silence after each filler: the same words every few seconds would be worse than none."""

_log = logging.getLogger("realtime_sdk.tools")


class Filler:
    """Speaks for one call that runs. Silence counts from when the last sound was over, the user's or the model's."""

    def __init__(self, runtime: RuntimeBase, tool: Tool, run: CallRun) -> None:
        self._runtime = runtime
        self._tool = tool
        self._run = run

    async def run(self) -> None:
        """Break each silence, until this is cancelled: the result is there, and the model goes on with it."""
        seconds = self._tool.filler_after
        await self._run.begun.wait()
        while True:
            await self._silence(seconds)
            try:
                text = await self._text()
            except BaseException as error:  # the application's function must not end the session
                if is_cancelled():
                    raise originating_cancellation(error) from None
                _log.warning("the filler of tool %s failed: the silence is not broken", self._tool.name, exc_info=True)
                return
            if not self._runtime.rest.is_silent:
                continue  # it has taken its time
            seconds *= LONGER
            if text and not await self._say(text):
                return

    async def _silence(self, seconds: float) -> None:
        """Wait until nothing has been heard, made or requested for this many seconds."""
        rest = self._runtime.rest
        while True:
            await rest.until_silent()
            with anyio.move_on_after(seconds) as silence:
                await rest.until_not_silent()
            if silence.cancelled_caught:
                return

    async def _text(self) -> str | None:
        filler = self._tool.filler
        text = filler() if callable(filler) else filler
        said = await text if inspect.isawaitable(text) else text
        return said and str(said).encode(errors="replace").decode()  # lone surrogates can't be sent

    async def _say(self, text: str) -> bool:
        """Have the model say it, and wait until it was heard; return whether it may be tried again."""
        engine, apply = self._runtime.engine, self._runtime.apply
        instructions = str(engine.session.wire.get("instructions") or "")
        overrides = {"instructions": f"{instructions}\n\n{PROMPT.format(text=text)}".strip(), "tool_choice": "none"}
        request, effects = engine.submit(overrides, clock.wall(), exclusive=True)
        request.is_filler = True
        apply(effects)
        try:
            response = await request.answer
            await response.played()
        except ServerRefused as refusal:
            _log.warning("the filler of tool %s was refused: %s", self._tool.name, refusal)
            return False
        except RealtimeError:
            pass  # the user took the turn, or the connection was lost
        except anyio.get_cancelled_exc_class():
            self._drop(request)
            raise
        return True

    def _drop(self, request: ResponseRequest) -> None:
        """The result is there: drop a filler that is not heard yet, and let another be heard to its end."""
        response = request.answer.result
        if not (isinstance(response, LiveResponse) and any(item.heard_in_part for item in response.messages)):
            self._runtime.withdraw(request)
