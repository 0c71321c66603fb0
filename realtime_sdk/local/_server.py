"""The local server: the strict server with speech recognition, answers and speech of this machine behind it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, TypeAlias

from .._runtime.threads import run_abandonably
from ..server._backend import Output, Request
from ..server._serve import serve
from ..server._socket import LOOPBACK
from ._chat_model import ChatModel
from ._end_of_turn import EndOfTurnModel
from ._recogniser import open_recogniser
from ._responder import Responder, TextOutput, final_answer, is_wordless
from ._rule_responder import RuleResponder
from ._speech import speak, write
from ._speech_input import LocalSpeechInput
from ._voices import Engine, open_engine

Progress: TypeAlias = Callable[[str], None]
"""Called with the next step of start-up, in words for people."""

MODEL: Final = "local"
"""The model of a session whose client names none."""


class LocalServer:
    """A realtime server on this machine, without a network; an async context manager.

        async with LocalServer() as server, connect(endpoint=server.url) as session:
            ...

    It hears English only (Whisper-tiny). `recogniser` is another model that is on this machine: the folder of one for
    faster-whisper, or the name of one that faster-whisper has downloaded before; nothing is downloaded here. `language`
    is a tag such as "de", for both sides; None: English, and what a recogniser of several languages finds. `hears` says
    which. `turn_model`, a file of Smart Turn v3, judges where turns end under `semantic_vad`; left out, silence does.
    It answers by a few English rules or, with `llm`, by the chat model at that base URL (`llm_model`: which one; else
    the first that is listed there). It speaks with the neural voice "joe" or, for another `language` or `voice`, with
    eSpeak NG. A client's choice of a voice and a model changes nothing. `port` 0 takes a free one.

    Entering takes some two seconds the first time in a process; `progress` is called with each step.

    Raises:
        ExtraMissing: the extra `local` is not installed.
        UsageError: the voice is unknown, the recogniser is not on this machine or does not hear the language, the
            `turn_model` is none, or the address of the chat model is wrong.
        ConnectionFailed: the port is in use, or the chat model can't be reached.
    """

    def __init__(
        self, *, host: str = LOOPBACK, port: int = 0, llm: str | None = None, llm_model: str | None = None,
        llm_api_key: str | None = None, voice: str | None = None, language: str | None = None,
        recogniser: str | None = None, turn_model: str | Path | None = None, progress: Progress | None = None,
    ) -> None:
        self.url: str = ""  # where clients connect; empty until the server is entered
        self.hears: str = ""  # for people, such as "English only"; empty until the server is entered
        self._host = host
        self._port = port
        self._responder: RuleResponder | ChatModel = RuleResponder()
        if llm is not None:
            self._responder = ChatModel(llm, model=llm_model, api_key=llm_api_key)
        self._voice = (voice, language or "en")
        self._recogniser = (recogniser, language)
        self._turn_model = turn_model
        self._progress = progress or _ignore
        self._stack = AsyncExitStack()  # closed at the end

    def __repr__(self) -> str:
        return f"<LocalServer {self.url or 'not entered'} {self._responder!r}>"

    async def __aenter__(self) -> LocalServer:
        """Load the models and begin to serve clients; cancelled, it returns at once."""
        async with AsyncExitStack() as stack:
            if isinstance(self._responder, ChatModel):
                self._progress("asking the chat endpoint")
                await stack.enter_async_context(self._responder)
            self._progress("loading speech recognition")
            recogniser = await run_abandonably(open_recogniser, *self._recogniser)
            self._progress("loading the voice")
            engine = await run_abandonably(open_engine, *self._voice)
            judge = None
            if self._turn_model is not None:
                judge = await run_abandonably(EndOfTurnModel, Path(self._turn_model))
                stack.callback(judge.close)
            speech_input = partial(LocalSpeechInput, recogniser, judge)
            speech_input()  # a missing detector is reported here, not to the first client
            serving = serve(
                LocalBackend(self._responder, engine, hears=recogniser.hears), speech_input=speech_input,
                host=self._host, port=self._port, model=MODEL,
            )  # fmt: skip
            self.hears = recogniser.hears
            self.url = await stack.enter_async_context(serving)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


class LocalBackend:
    """A `Backend` that speaks the answers of a `Responder`; `hears` is what its recogniser hears."""

    def __init__(self, responder: Responder, engine: Engine, *, hears: str) -> None:
        self._responder = responder
        self._engine = engine
        self._hears = hears

    def respond(self, request: Request) -> AsyncGenerator[Output]:
        """See `Backend`. A turn without words is answered here: what the user said has not been understood."""
        wordless = bool(request.items) and is_wordless(request.items[-1])
        answer = _not_understood(self._hears) if wordless else self._responder.respond(request)
        return speak(answer, self._engine) if request.audio else write(answer)


async def _not_understood(hears: str) -> AsyncGenerator[TextOutput]:
    limit = f" I hear {hears}." if hears.endswith(" only") else ""
    for output in final_answer(f"Sorry, I did not understand that.{limit}"):
        yield output


def _ignore(_step: str) -> None:
    """Show no progress."""
