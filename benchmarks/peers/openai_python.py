"""openai-python: typed events; that the sound stops when the user is heard is the application's work, done here."""

from __future__ import annotations

import base64

from device import Device, run
from openai import AsyncOpenAI  # type: ignore[import-not-found,unused-ignore]


async def talk(url: str, device: Device) -> None:
    base = url.removesuffix("/realtime")
    client = AsyncOpenAI(api_key="none", base_url=base.replace("ws:", "http:"), websocket_base_url=base)
    async with client.realtime.connect(model="any") as connection:
        async for event in connection:
            if event.type == "response.output_audio.delta":
                device.play(base64.b64decode(event.delta))
            elif event.type == "input_audio_buffer.speech_started":
                device.clear()


if __name__ == "__main__":
    run("openai", talk)
