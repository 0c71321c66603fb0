"""The other end of the wire: a strict server of the protocol, its rules pure, its socket a thin shell."""
