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

TRIES = 20  # times that a gateway asks after one call: each move takes one, as do a worker that was lost and a pause
PAUSE = 2  # seconds of silence for a call that has begun and finds no place, before the gateway asks again


def make_app(dispatcher: Dispatcher) -> FastAPI:
    """Make the application."""
    app = FastAPI()

    @app.post("/calls")
    async def answer(request: Request, asked: int = 0) -> Response:
        """Say where a call is, or place it: the webhook of the telephone number. Check the gateway's signature here."""
        if not (call_id := parse_qs((await request.body()).decode()).get("CallSid", [""])[0]):
            return Response(status_code=400)
        address = None
        try:
            address = await dispatcher.find(call_id) if asked else None
            if address is None and asked < TRIES:
                name, address = await dispatcher.place(call_id)
                if asked:
                    log.warning("no worker has call %s any more: it begins again, on %s", call_id, name)
        except Full as full:
            log.warning("call %s has no place: %s", call_id, full)
        again = f"<Redirect>/calls?asked={asked + 1}</Redirect>"
        if address is not None:
            stream = f'<Stream url="{escape(address)}"><Parameter name="call" value="{escape(call_id)}"/></Stream>'
            return twiml(f"<Connect>{stream}</Connect>{again}")
        if 0 < asked < TRIES:
            return twiml(f'<Pause length="{PAUSE}"/>{again}')
        return twiml("<Hangup/>" if asked else '<Reject reason="busy"/>')

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
