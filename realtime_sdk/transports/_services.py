"""OpenAI's service, and xAI's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Literal

from .._runtime.arguments import check_choice
from ..errors import UsageError
from ..protocol._models import REALTIME_MODEL
from ..protocol.dialects._dialect import Dialect
from ..protocol.dialects._ga import GA
from ..protocol.dialects._xai import XAI
from ._address import Address
from ._handshaking import HandshakingEndpoint
from ._headers import Headers, header_problem
from ._keys import ApiKey, conceal_keys, refuse_key_as_model
from ._opening import with_parameters

OPENAI_API: Final = "wss://api.openai.com/v1"
OPENAI_URL: Final = f"{OPENAI_API}/realtime"
XAI_URL: Final = "wss://api.x.ai/v1/realtime"
WITHOUT_A_KEY: Final = "run `realtime-sdk serve`, and set OPENAI_REALTIME_URL=ws://127.0.0.1:8080/v1/realtime"


@conceal_keys
@dataclass(frozen=True, slots=True)
class OpenAIEndpoint(HandshakingEndpoint):
    """OpenAI's service.

    A key is one of the account's, or a client secret (`ek_…`) that the application's own back end has made; a function
    is asked for a new one at every connect.

    Raises:
        UsageError: a value that no header or address can hold, or `call_id` together with `intent`.

    """

    key_variable: ClassVar[str | None] = "OPENAI_API_KEY"  # of the environment; that of `connect` goes before
    key_wanted: ClassVar[tuple[str, str] | None] = (
        "OpenAI's service", f"OPENAI_API_KEY; to try without one, {WITHOUT_A_KEY}",
    )  # fmt: skip

    default_model: str = REALTIME_MODEL  # where no model is asked for
    api_key: ApiKey | None = field(default=None, repr=False, kw_only=True)  # that of `connect` goes before
    call_id: str | None = field(default=None, kw_only=True)  # of a running call that is joined; it has its model
    intent: Literal["transcription"] | None = field(default=None, kw_only=True)  # a session that only transcribes
    organization: str | None = field(default=None, kw_only=True)  # billed, where the key belongs to several
    project: str | None = field(default=None, kw_only=True)  # likewise
    safety_identifier: str | None = field(default=None, repr=False, kw_only=True)  # of the user, stable and hashed

    def __post_init__(self) -> None:
        refuse_key_as_model(self.default_model)
        if self.intent is not None:
            check_choice("intent", self.intent, ("transcription",))
        if self.intent is not None and self.call_id is not None:
            raise UsageError("a session that joins a call has that call's kind: leave out call_id or intent")
        if (problem := header_problem(self._extra_headers)) is not None:
            raise UsageError(problem)

    @property
    def name(self) -> str:
        """`wss://api.openai.com/v1/realtime`."""
        return OPENAI_URL

    @property
    def dialect(self) -> Dialect:
        """The current protocol."""
        return GA

    def transcribing(self) -> OpenAIEndpoint:
        """Return the endpoint whose sessions only transcribe."""
        return replace(self, intent="transcription")

    def _address_for(self, model: str | None) -> Address:
        has_model = self.call_id is None and self.intent is None  # else the service refuses one
        return with_parameters(
            Address.of(OPENAI_URL), model=(model or self.default_model) if has_model else None,
            call_id=self.call_id, intent=self.intent,
        )  # fmt: skip

    @property
    def _extra_headers(self) -> Headers:
        given = {
            "OpenAI-Organization": self.organization, "OpenAI-Project": self.project,
            "OpenAI-Safety-Identifier": self.safety_identifier,
        }  # fmt: skip
        return Headers({name: value for name, value in given.items() if value is not None})


@conceal_keys
@dataclass(frozen=True, slots=True)
class XaiEndpoint(HandshakingEndpoint):
    """xAI's service."""

    key_variable: ClassVar[str | None] = "XAI_API_KEY"  # of the environment; that of `connect` goes before
    key_wanted: ClassVar[tuple[str, str] | None] = ("xAI's service", "XAI_API_KEY")

    default_model: str | None = None  # where no model is asked for; None: the service's own
    api_key: ApiKey | None = field(default=None, repr=False, kw_only=True)  # that of `connect` goes before
    conversation_id: str | None = field(default=None, kw_only=True)  # of a conversation to go on with

    def __post_init__(self) -> None:
        refuse_key_as_model(self.default_model)

    @property
    def name(self) -> str:
        """`wss://api.x.ai/v1/realtime`."""
        return XAI_URL

    @property
    def dialect(self) -> Dialect:
        """XAI's dialect of the current protocol."""
        return XAI

    def resuming(self, conversation_id: str) -> XaiEndpoint:
        """Return the endpoint at which the service goes on with a conversation."""
        return replace(self, conversation_id=conversation_id)

    def _address_for(self, model: str | None) -> Address:
        return with_parameters(
            Address.of(XAI_URL), model=model or self.default_model, conversation_id=self.conversation_id
        )
