"""Strict models of the items that a client may add."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from ._strict import Id, Object, Strict

MAX_AUDIO: Final = 20 * 1024 * 1024
"""Characters of base64 in one `input_audio_buffer.append`, or in a part of an item: 15 MiB of audio."""


class InputText(Strict):
    """Text of the user or of the system."""

    type: Literal["input_text"]
    text: str


class InputAudio(Strict):
    """Audio of the user, whole."""

    type: Literal["input_audio"]
    audio: Annotated[str, Field(max_length=MAX_AUDIO)] | None = None
    transcript: str | None = None


class InputImage(Strict):
    """A picture as a data URL."""

    type: Literal["input_image"]
    image_url: Annotated[str, Field(max_length=MAX_AUDIO)]
    detail: Literal["auto", "low", "high"] | None = None


class OutputText(Strict):
    """Text of the assistant; its audio can't be given back to the server."""

    type: Literal["output_text"]
    text: str


class _Item(Strict):
    id: Id | None = None
    object: Literal["realtime.item"] | None = None
    status: Literal["completed", "incomplete", "in_progress"] | None = None


class UserMessage(_Item):
    """A message of the user, spoken or typed."""

    type: Literal["message"]
    role: Literal["user"]
    content: list[Annotated[InputText | InputAudio | InputImage, Field(discriminator="type")]]


class OutputAudio(Strict):
    """What the assistant said. Its audio, if it is given, is not kept: the transcript is what the model reads."""

    type: Literal["output_audio"]
    transcript: str | None = None
    audio: Annotated[str, Field(max_length=MAX_AUDIO)] | None = None


def _form(part: object) -> str:
    kind = part.get("type") if isinstance(part, dict) else getattr(part, "type", None)
    return "spoken" if kind == "output_audio" else "written"


_AssistantPart: TypeAlias = Annotated[
    Annotated[OutputText, Tag("written")] | Annotated[OutputAudio, Tag("spoken")], Discriminator(_form)
]
"""A refusal of another type names `output_text` alone, as the service's does."""


class AssistantMessage(_Item):
    """A message of the assistant, as text."""

    type: Literal["message"]
    role: Literal["assistant"]
    content: list[_AssistantPart]
    phase: str | None = None


class SystemMessage(_Item):
    """A message of the application to the model."""

    type: Literal["message"]
    role: Literal["system"]
    content: list[InputText]


class FunctionCall(_Item):
    """A call that the model made earlier."""

    type: Literal["function_call"]
    name: str
    arguments: str
    call_id: Id | None = None


class FunctionCallOutput(_Item):
    """What a call returned."""

    type: Literal["function_call_output"]
    call_id: Id
    output: str


class McpListTools(_Item):
    """The tools of a tool server, as they were listed earlier."""

    type: Literal["mcp_list_tools"]
    server_label: str
    tools: list[Object]


class McpCall(_Item):
    """A call that the service made earlier."""

    type: Literal["mcp_call"]
    server_label: str
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: Object | None = None


class McpApprovalRequest(_Item):
    """An approval that the service asked for earlier."""

    type: Literal["mcp_approval_request"]
    server_label: str
    name: str
    arguments: str


class McpApprovalResponse(_Item):
    """The client's answer to an approval request."""

    type: Literal["mcp_approval_response"]
    approval_request_id: str
    approve: bool
    reason: str | None = None


class ItemReference(Strict):
    """An item of the conversation, by its id."""

    type: Literal["item_reference"]
    id: str


_Message: TypeAlias = Annotated[UserMessage | AssistantMessage | SystemMessage, Field(discriminator="role")]
NewItem: TypeAlias = Annotated[
    _Message | FunctionCall | FunctionCallOutput | McpListTools | McpCall | McpApprovalRequest | McpApprovalResponse,
    Field(discriminator="type"),
]
InputItem: TypeAlias = Annotated[
    _Message | FunctionCall | FunctionCallOutput | McpListTools | McpCall | ItemReference, Field(discriminator="type")
]
