"""A web application with a page to talk in the browser: its microphone and speaker are the devices of a session here.

    pip install fastapi uvicorn
    python examples/browser.py                                    # the server that the environment names
    python examples/browser.py ws://127.0.0.1:8080/v1/realtime    # such as that of `realtime-sdk serve`

Then open http://127.0.0.1:8000/. Ctrl-C ends.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from realtime_sdk import Endpoint, Session, connect
from realtime_sdk.page import PageApp, PageLine

INSTRUCTIONS = "You are the voice of a small bakery. Answer briefly. If you have to think, say so first."


def make_app(endpoint: Endpoint | str | None = None) -> FastAPI:
    """Make the application. endpoint: of the voice model; left out, it comes from the environment."""

    @asynccontextmanager
    async def open_session(line: PageLine) -> AsyncGenerator[Session]:
        """Open the session of a page; it is left when the page is closed."""
        async with connect(
            endpoint=endpoint,
            microphone=line.microphone,
            speaker=line.speaker,
            instructions=INSTRUCTIONS,
        ) as session:
            try:
                yield session
            finally:
                for item in session.conversation:
                    if item.type == "message":
                        print(f"{item.role}: {item.heard or item.transcript}")

    app = FastAPI()
    app.mount("/talk", PageApp(open_session))  # behind a proxy: origins=["https://voice.example.com"]

    @app.get("/")
    async def home() -> RedirectResponse:
        return RedirectResponse("/talk/")

    return app


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[1] if len(sys.argv) > 1 else None), host="127.0.0.1", port=8000)
