"""The front door: a telephone gateway asks here where to stream a call to, and once more when a stream has ended.

It runs on a node of the cluster: `ray start --address=head:6379 --num-cpus=0 && python examples/ray/front.py`.
"""

import os
import sys
from html import escape
from urllib.parse import parse_qs

import uvicorn
from dispatcher import Dispatcher, Full
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pool import log

TRIES = 10  # streams of one call: each move takes one, and so does a worker that was lost


def make_app(dispatcher: Dispatcher) -> FastAPI:
    """Make the application."""
    app = FastAPI()

    @app.post("/calls")
    async def answer(request: Request, streams: int = 0) -> Response:
        """Say where a call is, or place it: the webhook of the telephone number. Check the gateway's signature here."""
        if not (call_id := parse_qs((await request.body()).decode()).get("CallSid", [""])[0]):
            return Response(status_code=400)
        try:
            address = await dispatcher.find(call_id) if streams else None
            if address is None and streams < TRIES:
                _, address = await dispatcher.place(call_id)
        except Full as full:
            log.warning("a call is turned away: %s", full)
        if address is None:
            return twiml("<Hangup/>" if streams else '<Reject reason="busy"/>')
        stream = f'<Stream url="{escape(address)}"><Parameter name="call" value="{escape(call_id)}"/></Stream>'
        return twiml(f"<Connect>{stream}</Connect><Redirect>/calls?streams={streams + 1}</Redirect>")

    @app.get("/healthz")
    async def healthy() -> dict[str, bool]:
        """It answers: its event loop turns."""
        return {"alive": True}

    @app.get("/readyz")
    async def ready() -> JSONResponse:
        """503: no worker takes another call."""
        workers, calls = await dispatcher.loads()
        return JSONResponse({"workers": workers, "calls": calls}, status_code=200 if calls else 503)

    return app


def twiml(verbs: str) -> Response:
    """An answer to the gateway."""
    return Response(f"<Response>{verbs}</Response>", media_type="text/xml")


if __name__ == "__main__":
    from cluster import join, named_workers

    join()  # before uvicorn sets its handlers of signals, which Ray's would replace
    app = make_app(Dispatcher(named_workers))
    uvicorn.run(app, host=os.environ.get("HOST", "127.0.0.1"), port=int(*sys.argv[1:] or [8000]))
