"""Callers for a load test: each calls, and hangs up once the model has counted to nine.

    locust -f examples/ray/locustfile.py --headless --users 20 --run-time 60s --host http://127.0.0.1:8000

The report has a row for how long callers waited for a stream's first sound, and one for whole calls: one that lost a
number is a failure. A number in which the call moved is heard on both streams. CALLS=6 ends it after six calls.
"""

import os
import time
from itertools import count
from uuid import uuid4

import gevent
from caller import Stream
from ear import numbers
from gateway import connect
from locust import HttpUser, task
from locust.exception import StopUser
from locust.runners import Runner
from model import NUMBERS

CALLS = int(os.environ.get("CALLS", "0"))
LIMIT = float(os.environ.get("CALL_LIMIT", "60"))  # seconds of a call, with all that it waits for

begun = count(1)


class Caller(HttpUser):
    """A telephone, and the gateway between it and the front door."""

    @task
    def call(self) -> None:
        """Make a call."""
        if CALLS and (number := next(begun)) > CALLS:
            if number == CALLS + 1:
                gevent.spawn(quit_after_users, self.environment.runner)
            raise StopUser
        at, call_id, path, fault = time.monotonic(), f"CA{uuid4().hex}", "/calls", None
        counted = repeated = 0
        try:
            with gevent.Timeout(LIMIT):
                while counted < len(NUMBERS):
                    path, stream = connect(self.client, path, call_id)
                    with stream:
                        heard = self.listen(stream)
                    first = NUMBERS.find(heard)  # in their order, none left out
                    if heard and not 0 <= first <= counted:
                        raise ValueError(f"{counted} numbers were heard, then {heard}")
                    if heard:
                        counted, repeated = first + len(heard), repeated + counted - first
        except gevent.Timeout:
            fault = TimeoutError(f"the call did not end within {LIMIT:g} s: before its last stream, {counted} numbers")
        except Exception as error:
            fault = error
        self.report("call", at, fault)
        for _ in range(repeated):
            self.report("number heard on two streams", at)

    def listen(self, stream: Stream) -> str:
        """Listen to the end of a stream, or of the count; return the numbers."""
        began = time.monotonic()
        while stream.play() and not stream.heard:
            pass
        self.report("first sound of a stream", began)
        while stream.play(10) and NUMBERS[-1] not in numbers(stream.heard[-8000:]):
            pass
        return numbers(stream.heard)

    def report(self, name: str, since: float, fault: Exception | None = None) -> None:
        """Add a row to the report: how long it took, and what went wrong."""
        event = {"request_type": "hear", "name": name, "response_time": 1000 * (time.monotonic() - since)}
        self.environment.events.request.fire(**event, response_length=0, exception=fault, context={})


def quit_after_users(runner: Runner) -> None:
    """End Locust once all users have stopped; a user that ends it is killed before it has, where others still stop."""
    runner.user_greenlets.join()
    runner.quit()
