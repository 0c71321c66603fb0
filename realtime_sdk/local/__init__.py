"""A voice on this machine: a realtime server with ears and a voice, offline."""
