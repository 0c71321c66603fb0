"""Callers of a telephone number talk to the model, through Twilio's media streams; any number at a time.

`uvicorn telephone_bridge:app` runs it, behind an address that the gateway can reach. POST /answer is the number's
webhook. docs/telephone.md says what other gateways need, and how to test it without a telephone.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from fastapi import FastAPI, Request, Response, WebSocket

from realtime_sdk import PlayoutFinished, Session, UserTranscript, connect
from realtime_sdk.lines import MediaStreamLine

INSTRUCTIONS = "You answer the telephone of a small bakery. Be brief and friendly. Greet the caller first."

log = logging.getLogger("telephone_bridge")


def telephone_bridge(**options: Any) -> FastAPI:
    """Make the application. options: of `connect`, such as `endpoint`."""
    app = FastAPI()

    @app.post("/answer")
    async def answer(request: Request) -> Response:
        """Tell the gateway where to stream a call to."""
        url = f"wss://{request.headers['host']}/media"
        return Response(f'<Response><Connect><Stream url="{url}"/></Connect></Response>', media_type="text/xml")

    @app.websocket("/media")
    async def media(socket: WebSocket) -> None:
        """Carry one call, from its start until the caller hangs up or the session ends."""
        await socket.accept()
        async with (
            asyncio.TaskGroup() as tasks,
            MediaStreamLine(socket, "twilio") as line,
            connect(
                instructions=INSTRUCTIONS, transcription={"model": "gpt-transcribe"},
                microphone=line.microphone, speaker=line.speaker,
                input_format="audio/pcmu", output_format="audio/pcmu", **options,
            ) as session,
        ):  # fmt: skip
            tasks.create_task(log_talk(session))
            tasks.create_task(pass_on_keys(session, line))
            session.respond()  # the model speaks first
            log.info("the call ended: %s", await line.carry(session))

    return app


async def log_talk(session: Session) -> None:
    """Log what both sides said: of the model, what the caller has heard."""
    async for event in session.events(UserTranscript, PlayoutFinished):
        match event:
            case UserTranscript(text=text, final=True):
                log.info("caller: %s", text)
            case PlayoutFinished(playout=playout):
                log.info("model: %s%s", playout.transcript, " —" if playout.interrupted else "")
            case _:
                pass


async def pass_on_keys(session: Session, line: MediaStreamLine) -> None:
    """Tell the model which keys the caller presses."""
    async for digit in line.digits():
        session.send_text(f"The caller pressed {digit} on the telephone's keypad.")


app = telephone_bridge()
