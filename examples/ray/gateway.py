"""How a telephone gateway like Twilio's asks the front door where to stream a call to."""

from xml.etree import ElementTree

import gevent
from caller import Stream
from locust.clients import HttpSession


def connect(client: HttpSession, path: str, call_id: str) -> tuple[str, Stream]:
    """Ask at a path until a stream is named, and open it; return the path at which to ask after it, too."""
    while True:
        answer = client.post(path, {"CallSid": call_id}, name="/calls")
        answer.raise_for_status()
        verbs = ElementTree.fromstring(answer.text)
        path = verbs.findtext("Redirect", "")
        if (there := verbs.find("Connect/Stream")) is not None:
            return path, Stream(there.attrib["url"], {each.attrib["name"]: each.attrib["value"] for each in there})
        if (pause := verbs.find("Pause")) is None:
            raise ConnectionRefusedError(f"the front door turned the call away: {verbs[0].tag}")
        gevent.sleep(float(pause.attrib["length"]))
