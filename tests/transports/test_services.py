"""The services that are known by name: where they are, which headers they get, and in which dialect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypeAlias

import pytest

from realtime_sdk import (
    AzureEndpoint,
    AzureVoiceLiveEndpoint,
    OpenAIEndpoint,
    UrlEndpoint,
    XaiEndpoint,
    __version__,
    connect,
    transcribe,
)  # fmt: skip
from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.protocol import REALTIME_MODEL
from realtime_sdk.protocol.dialects import BETA, GA, XAI
from realtime_sdk.transports._transport import Endpoint
from realtime_sdk.transports._websocket import WebSocketTransport

Handshake: TypeAlias = tuple[str, dict[str, str]]

KEY = "sk-abcdefgh12345678"
RESOURCE = "https://shop.openai.azure.com"
FOUNDRY = "https://shop.services.ai.azure.com"
VOICE_LIVE = "wss://shop.services.ai.azure.com/voice-live/realtime"
AGENT = {"User-Agent": f"realtime-voice-sdk/{__version__}"}


@pytest.fixture
def handshakes(monkeypatch: pytest.MonkeyPatch) -> list[Handshake]:
    """The address and the headers of each connection that is tried."""
    tried: list[Handshake] = []

    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        tried.append((str(url), dict(headers)))
        raise ConnectionFailed("no network in tests")

    monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
    for variable in ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_VOICELIVE_API_KEY", "XAI_API_KEY"):
        monkeypatch.setenv(variable, f"{variable.partition('_')[0].lower()}-of-the-environment")
    return tried


def opened(handshakes: list[Handshake], endpoint: Endpoint, model: str | None = None, key: Any = None) -> Handshake:
    """The one handshake of a session at an endpoint."""

    async def main() -> None:
        options: dict[str, Any] = {"endpoint": endpoint, "api_key": key, "microphone": None, "reconnect": None}
        if getattr(endpoint, "intent", None) is not None:
            async with transcribe(**options):
                raise AssertionError("there is a network")
        async with connect(model, speaker=None, **options):
            raise AssertionError("there is a network")

    with pytest.raises(ConnectionFailed, match="no network"):
        asyncio.run(main())
    [handshake] = handshakes
    return handshake


async def token() -> str:
    return "entra-token"


HOST = "wss://api.openai.com/v1/realtime"
AZURE = "wss://shop.openai.azure.com/openai"
ENVIRONMENT = {"Authorization": "Bearer openai-of-the-environment"}
ADDRESSES: dict[str, tuple[Endpoint, str | None, str, dict[str, str]]] = {
    "OpenAI": (OpenAIEndpoint(), None, f"{HOST}?model={REALTIME_MODEL}", ENVIRONMENT),
    "OpenAI, a model": (OpenAIEndpoint("a"), None, f"{HOST}?model=a", ENVIRONMENT),
    "OpenAI, the model of connect": (OpenAIEndpoint("a"), "b", f"{HOST}?model=b", ENVIRONMENT),
    "OpenAI, a running call": (OpenAIEndpoint(call_id="rtc_1"), "b", f"{HOST}?call_id=rtc_1", ENVIRONMENT),
    "OpenAI, transcription": (
        OpenAIEndpoint(intent="transcription"), None, f"{HOST}?intent=transcription", ENVIRONMENT,
    ),
    "OpenAI, who pays": (
        OpenAIEndpoint("a", api_key="ek_1", organization="org-1", project="proj_1", safety_identifier="u1"), None,
        f"{HOST}?model=a",
        {
            "Authorization": "Bearer ek_1", "OpenAI-Organization": "org-1", "OpenAI-Project": "proj_1",
            "OpenAI-Safety-Identifier": "u1",
        },
    ),
    "Azure": (AzureEndpoint(RESOURCE, "d"), None, f"{AZURE}/v1/realtime?model=d",
              {"api-key": "azure-of-the-environment"}),
    "Azure, the deployment of connect": (
        AzureEndpoint(f"{RESOURCE}/", "d", api_key=KEY), "e", f"{AZURE}/v1/realtime?model=e", {"api-key": KEY},
    ),
    "Azure, preview": (
        AzureEndpoint(RESOURCE, "d", api_version="2025-04-01-preview", api_key=lambda: KEY), None,
        f"{AZURE}/realtime?api-version=2025-04-01-preview&deployment=d", {"api-key": KEY},
    ),
    "Azure, transcription": (
        AzureEndpoint(RESOURCE, intent="transcription"), None, f"{AZURE}/v1/realtime?intent=transcription",
        {"api-key": "azure-of-the-environment"},
    ),
    "Azure, Entra": (
        AzureEndpoint(RESOURCE, "d", token=token), None, f"{AZURE}/v1/realtime?model=d",
        {"Authorization": "Bearer entra-token"},
    ),
    "Voice Live": (
        AzureVoiceLiveEndpoint(FOUNDRY, "gpt-realtime-2.1"), None,
        f"{VOICE_LIVE}?api-version=2026-04-10&model=gpt-realtime-2.1", {"api-key": "azure-of-the-environment"},
    ),
    "Voice Live, Entra": (
        AzureVoiceLiveEndpoint(FOUNDRY, api_version="2025-10-01", token=token), "m",
        f"{VOICE_LIVE}?api-version=2025-10-01&model=m", {"Authorization": "Bearer entra-token"},
    ),
    "xAI": (XaiEndpoint(), None, "wss://api.x.ai/v1/realtime", {"Authorization": "Bearer xai-of-the-environment"}),
    "xAI, a conversation": (
        XaiEndpoint("grok", api_key=KEY).resuming("conv 1"), None,
        "wss://api.x.ai/v1/realtime?model=grok&conversation_id=conv+1", {"Authorization": f"Bearer {KEY}"},
    ),
    "an address": (UrlEndpoint("wss://a.example/v1", headers={"X-A": "b"}), "m", "wss://a.example/v1?model=m",
                   {"X-A": "b"}),
}  # fmt: skip


@pytest.mark.parametrize(("endpoint", "model", "url", "headers"), ADDRESSES.values(), ids=ADDRESSES)
def test_where_a_session_is_opened_and_with_which_headers(
    handshakes: list[Handshake], endpoint: Endpoint, model: str | None, url: str, headers: dict[str, str]
) -> None:
    assert opened(handshakes, endpoint, model) == (url, {**headers, **AGENT})


@pytest.mark.parametrize(
    ("endpoint", "header"),
    [
        (OpenAIEndpoint(api_key="other"), {"Authorization": f"Bearer {KEY}"}),
        (AzureEndpoint(RESOURCE, "d", api_key="other"), {"api-key": KEY}),
        (AzureVoiceLiveEndpoint(FOUNDRY, "m", api_key="other"), {"api-key": KEY}),
        (XaiEndpoint(api_key="other"), {"Authorization": f"Bearer {KEY}"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_key_of_connect_goes_before_the_endpoints_own(
    handshakes: list[Handshake], endpoint: Endpoint, header: dict[str, str]
) -> None:
    _, headers = opened(handshakes, endpoint, key=KEY)
    assert headers == {**header, **AGENT}


def test_a_key_of_the_environment_reaches_no_other_server(handshakes: list[Handshake]) -> None:
    _, headers = opened(handshakes, UrlEndpoint("wss://a.example"))
    assert headers == AGENT


def test_an_application_may_have_a_user_agent_of_its_own(handshakes: list[Handshake]) -> None:
    _, headers = opened(handshakes, UrlEndpoint("wss://a.example", headers={"user-agent": "shop/1"}))
    assert headers == {"user-agent": "shop/1"}


@pytest.mark.parametrize(
    ("endpoint", "variable"),
    [
        (OpenAIEndpoint(), "OPENAI_API_KEY"), (AzureEndpoint(RESOURCE, "d"), "AZURE_OPENAI_API_KEY"),
        (AzureVoiceLiveEndpoint(FOUNDRY, "m"), "AZURE_VOICELIVE_API_KEY"), (XaiEndpoint(), "XAI_API_KEY"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_service_without_a_key_says_where_it_is_looked_for(endpoint: Endpoint, variable: str) -> None:
    with pytest.raises(UsageError, match=f"wants an API key.*{variable}"):
        asyncio.run(endpoint.connect("m", None))


def test_who_has_no_key_is_told_of_the_server_that_needs_none() -> None:
    with pytest.raises(UsageError, match=r"`realtime-sdk serve`, and set OPENAI_REALTIME_URL=ws://127\.0\.0\.1:8080/"):
        asyncio.run(OpenAIEndpoint().connect("m", None))


def test_azure_needs_the_name_of_a_deployment() -> None:
    with pytest.raises(UsageError, match="which of the resource's deployments"):
        asyncio.run(AzureEndpoint(RESOURCE).connect(None, KEY))


def test_voice_live_needs_the_name_of_a_model() -> None:
    with pytest.raises(UsageError, match="which model"):
        asyncio.run(AzureVoiceLiveEndpoint(FOUNDRY).connect(None, KEY))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: OpenAIEndpoint(project="a\nb"), "the header OpenAI-Project has a line break"),
        (lambda: OpenAIEndpoint(intent="translation"), "intent"),  # type: ignore[arg-type]
        (lambda: OpenAIEndpoint(call_id="c", intent="transcription"), "leave out call_id or intent"),
        (lambda: AzureEndpoint(RESOURCE, api_key=KEY, token=token), "leave one of them out"),
        (lambda: AzureVoiceLiveEndpoint(FOUNDRY, api_key=KEY, token=token), "leave one of them out"),
        (lambda: AzureVoiceLiveEndpoint(f"{FOUNDRY}?api-key={KEY}"), "address of the Azure resource alone"),
        (lambda: AzureEndpoint("shop.openai.azure.com"), "https://"),
        (lambda: AzureEndpoint(f"{RESOURCE}?api-key={KEY}"), "address of the Azure resource alone"),
    ],
)
def test_what_can_not_be_is_refused_and_not_shown(make: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        make()
    assert KEY not in str(refusal.value)


@pytest.mark.parametrize(
    "endpoint",
    [
        OpenAIEndpoint(api_key=KEY, safety_identifier=KEY), AzureEndpoint(RESOURCE, api_key=KEY),
        AzureEndpoint(RESOURCE, token=KEY), XaiEndpoint(api_key=KEY),
    ],
)  # fmt: skip
def test_no_endpoint_shows_its_key(endpoint: Endpoint) -> None:
    assert KEY not in f"{endpoint!r} {endpoint} {endpoint.name}"


def test_a_service_has_the_dialect_that_it_speaks() -> None:
    assert OpenAIEndpoint().dialect is AzureEndpoint(RESOURCE).dialect is GA
    assert AzureEndpoint(RESOURCE, api_version="2025-04-01-preview").dialect is BETA
    assert XaiEndpoint().dialect is XAI
    assert XaiEndpoint().capabilities.resumption
