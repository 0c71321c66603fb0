"""The `session` object as the server describes it: a typed view, and the original."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import (
    AliasPath,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StrictBool,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_serializer,
    model_validator,
    with_config,
)
from typing_extensions import TypedDict

from ._base import Listed, Loose, Number, Object, WireModel

__all__ = [
    "TurnDetection",
    "WireSession",
]


class TurnDetection(WireModel):
    """The server's turn detection, and what follows when a turn begins or ends."""

    type: str | None = None  # server_vad, semantic_vad
    create_response: StrictBool | None = None  # None: the server does not say; its default is true
    interrupt_response: StrictBool | None = None  # likewise
    idle_timeout_ms: Number | None = None  # None: none
    silence_duration_ms: Loose[Number] = None  # of server_vad: the silence that ends a turn


@with_config(ConfigDict(extra="allow"))
class _FormatFields(TypedDict, total=False):
    """An audio format of the wire."""

    type: str | None
    rate: Number | None


def _name_or_object(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, str) else handler(value)


def _name_of(value: object) -> object:
    # {"id": "voice_1"} is a voice of the account's own; Azure Voice Live says {"name": "alloy", "type": "openai"}.
    return value.get("id", value.get("name")) if isinstance(value, dict) else value


_Format: TypeAlias = Annotated[_FormatFields | None, WrapValidator(_name_or_object)]
_Voice: TypeAlias = Annotated[Loose[str], BeforeValidator(_name_of)]


class _Direction(WireModel):
    """One side of the audio."""

    format: _Format = None


class _Audio(WireModel):
    """Both sides of the audio."""

    input: _Direction | None = None
    output: _Direction | None = None


class WireSession(WireModel):
    """A session object as the server describes it; whatever it holds, it can be read.

    Each attribute is None where the server gives none, or one of the wrong type. The object as it came is `wire`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    id: str | None = None
    model: str | None = None
    conversation_id: str | None = None
    expires_at: Number | None = None  # seconds since the Unix epoch
    instructions: str | None = None
    output_modalities: Listed[str] = ()
    voice: _Voice = Field(  # its name, or its id where it is one of the account's own
        default=None, validation_alias=AliasPath("audio", "output", "voice")
    )
    turn_detection: TurnDetection | None = Field(  # None also where the client decides
        default=None, validation_alias=AliasPath("audio", "input", "turn_detection")
    )
    audio: _Audio | None = Field(default=None, repr=False)
    _wire: Object = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _keep_wire(
        cls, value: Any, handler: ModelWrapValidatorHandler[WireSession], info: ValidationInfo
    ) -> WireSession:
        """Keep the object as it came; the validators' context is the event as it came."""
        session = handler(value)
        if session is not value:
            session._wire = (info.context or {}).get("session", value)
        return session

    @model_serializer
    def _as_it_came(self) -> Object:
        return self._wire

    @property
    def wire(self) -> Object:
        """The object as it came; `{}` where it was none."""
        return self._wire

    @property
    def input_format(self) -> Any:
        """The format of the user's audio as the server names it: a string, or an object with `type` and `rate`."""
        direction = self.audio.input if self.audio else None
        return direction.format if direction else None

    @property
    def output_format(self) -> Any:
        """The format of the model's audio, likewise."""
        direction = self.audio.output if self.audio else None
        return direction.format if direction else None
