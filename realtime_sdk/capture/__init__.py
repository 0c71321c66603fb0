"""The user's voice on its way from the microphone to the server."""
