"""Talk through Azure: a deployment in place of a model, a key or a token of Entra in place of OpenAI's key.

    export AZURE_OPENAI_ENDPOINT=https://my-resource.openai.azure.com AZURE_OPENAI_API_KEY=…
    python examples/talk_azure.py my-deployment

Without a key, the signed-in user's token is taken (`pip install azure-identity aiohttp`, `az login`). Ctrl-C ends.
"""

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from realtime_sdk import AzureEndpoint, CaptionShown, PlayoutFinished, connect


def azure(deployment: str) -> AzureEndpoint:
    """Return the endpoint that the environment describes; every connect asks for a new token."""
    url, key = os.environ["AZURE_OPENAI_ENDPOINT"], os.environ.get("AZURE_OPENAI_API_KEY")
    return AzureEndpoint(url, deployment, api_key=key) if key else AzureEndpoint(url, deployment, token=entra_token())


def entra_token() -> Callable[[], Awaitable[str]]:
    """Return what asks Entra for a token of the account that is signed in."""
    identity = importlib.import_module("azure.identity.aio")
    provider: Callable[[], Awaitable[str]] = identity.get_bearer_token_provider(
        identity.DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default"
    )
    return provider


async def talk(**options: Any) -> None:
    """Talk until the connection ends; `options` are those of `connect`."""
    async with connect(instructions="Be brief.", **options) as session:
        print("Speak; Ctrl-C ends.")
        async for event in session.events(CaptionShown, PlayoutFinished):
            print(event.caption.text if isinstance(event, CaptionShown) else "\n", end="", flush=True)


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    with suppress(KeyboardInterrupt):
        asyncio.run(talk(endpoint=azure(sys.argv[1])))
