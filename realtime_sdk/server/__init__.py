"""The other end of the wire: a strict server of the protocol, its rules pure, its socket a thin shell.

`rules` (`ServerSession`) decides; `validation` and `requests` say what a client may send, `response` how a response is
told, `items` and `input_buffer` what is held. `connection` joins the rules to a `voice` and its ears over any channel;
`responder` runs the voice; `socket` carries it over WebSockets.
"""

__all__: list[str] = []
