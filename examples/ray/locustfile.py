"""Callers for a load test: each calls, and hangs up once the model has counted to nine.

    locust -f examples/ray/locustfile.py --headless --users 20 --run-time 60s --host http://127.0.0.1:8000

The report has a row for how long callers waited for a stream's first sound, and one for whole calls: one that lost a
number is a failure. A number in which the call moved is heard on both streams. CALLS=6 ends it after six calls.
"""

import os
import time
import xml.etree.ElementTree as ElementTree
from itertools import count
from uuid import uuid4

from caller import Stream, numbers
from locust import HttpUser, task
from locust.exception import StopUser
from model import NUMBERS

CALLS = int(os.environ.get("CALLS", "0"))

LIMIT = 60.0  # seconds of a call

begun, ended = count(1), count(1)


class Caller(HttpUser):
    """A telephone, and the gateway between it and the front door."""

    @task
    def call(self) -> None:
        """Make a call."""
        if CALLS and next(begun) > CALLS:
            raise StopUser
        at, call_id, path, fault = time.monotonic(), f"CA{uuid4().hex}", "/calls", None
        counted = repeated = 0
        try:
            while counted < len(NUMBERS):
                path, stream = self.connect(path, call_id)
                heard = self.listen(stream, at)
                first = NUMBERS.find(heard)  # in their order, none left out
                if heard and not 0 <= first <= counted:
                    raise ValueError(f"{counted} numbers were heard, then {heard}")
                if heard:
                    counted, repeated = first + len(heard), repeated + counted - first
        except Exception as error:
            fault = error
        self.report("call", at, fault)
        for _ in range(repeated):
            self.report("number heard on two streams", at)
        if next(ended) == CALLS:
            self.environment.runner.quit()

    def connect(self, path: str, call_id: str) -> tuple[str, Stream]:
        """Ask the front door for a stream; return where to ask after it, too."""
        answer = ElementTree.fromstring(self.client.post(path, {"CallSid": call_id}, name="/calls").text)
        if (there := answer.find("Connect/Stream")) is None:
            raise ConnectionRefusedError(f"turned away: {answer[0].tag}")
        parameters = {each.attrib["name"]: each.attrib["value"] for each in there}
        return answer.findtext("Redirect", ""), Stream(there.attrib["url"], parameters)

    def listen(self, stream: Stream, at: float) -> str:
        """Listen to the end of a stream, or of the count; return the numbers."""
        began = time.monotonic()
        while stream.play() and not stream.heard and time.monotonic() < at + LIMIT:
            pass
        self.report("first sound of a stream", began)
        while stream.play(10):
            if NUMBERS[-1] in numbers(stream.heard[-8000:]):
                stream.hang_up()
                break
            if time.monotonic() > at + LIMIT:
                raise TimeoutError(f"heard {numbers(stream.heard)} within {LIMIT:g} s")
        return numbers(stream.heard)

    def report(self, name: str, since: float, fault: Exception | None = None) -> None:
        """Add a row to the report: how long it took, and what went wrong."""
        milliseconds = 1000 * (time.monotonic() - since)
        event = {"request_type": "hear", "name": name, "response_time": milliseconds, "response_length": 0}
        self.environment.events.request.fire(**event, exception=fault, context={})
