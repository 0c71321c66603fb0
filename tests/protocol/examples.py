"""One small example of every event, both ways."""

from __future__ import annotations

from typing import Any

ITEM = {"id": "item_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
CALL = {
    "id": "item_2", "type": "function_call", "status": "completed", "name": "look", "call_id": "call_1",
    "arguments": '{"at": "sea"}',
}
SPOKEN = {
    **ITEM, "status": "completed", "phase": "final_answer",
    "content": [{"type": "output_audio", "transcript": "The sea is calm."}],
}
RESPONSE = {
    "id": "resp_1", "object": "realtime.response", "status": "completed", "status_details": None,
    "output": [SPOKEN, CALL], "conversation_id": "conv_1", "output_modalities": ["audio"],
    "usage": {"total_tokens": 20, "input_tokens": 12, "output_tokens": 8}, "metadata": {"for": "the sea"},
}
OF_RESPONSE = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0}
OF_PART = {**OF_RESPONSE, "content_index": 0}
OF_CALL = {**OF_RESPONSE, "item_id": "item_2", "call_id": "call_1"}
OF_TURN = {"item_id": "item_0", "content_index": 0}
SESSION = {"type": "realtime", "id": "sess_1", "model": "a-model", "audio": {"output": {"voice": "a-voice"}}}
HEARD = "conversation.item.input_audio_transcription"


def _event(type: str, **fields: Any) -> dict[str, Any]:
    return {"type": type, "event_id": "event_1", **fields}


SERVER = [
    _event("session.created", session=SESSION),
    _event("session.updated", session=SESSION),
    _event("transcription_session.updated", session={"id": "sess_1"}),
    _event("input_audio_buffer.speech_started", item_id="item_0", audio_start_ms=800),
    _event("input_audio_buffer.speech_stopped", item_id="item_0", audio_end_ms=2400),
    _event("input_audio_buffer.committed", item_id="item_0", previous_item_id=None),
    _event("input_audio_buffer.cleared"),
    _event("input_audio_buffer.timeout_triggered", item_id="item_0", audio_start_ms=0, audio_end_ms=6000),
    _event("input_audio_buffer.dtmf_event_received", event="#", received_at=1_700_000_000),
    _event("conversation.created", conversation={"id": "conv_1"}),
    _event("conversation.item.added", previous_item_id="item_0", item=ITEM),
    _event("conversation.item.done", previous_item_id=None, item=SPOKEN),
    _event("conversation.item.retrieved", item=SPOKEN),
    _event("conversation.item.truncated", item_id="item_1", content_index=0, audio_end_ms=1200),
    _event("conversation.item.deleted", item_id="item_1"),
    _event(f"{HEARD}.delta", **OF_TURN, delta="How is "),
    _event(f"{HEARD}.segment", **OF_TURN, id="seg_1", text="How is", speaker="A", start=0.0, end=0.4),
    _event(f"{HEARD}.completed", **OF_TURN, transcript="How is the sea?", usage={"type": "tokens"}),
    _event(f"{HEARD}.failed", **OF_TURN, error={"type": "transcription_error", "message": "too much wind"}),
    _event("response.created", response={**RESPONSE, "status": "in_progress", "output": [], "usage": None}),
    _event("response.done", response=RESPONSE),
    _event("response.output_item.added", response_id="resp_1", output_index=0, item=ITEM),
    _event("response.output_item.done", response_id="resp_1", output_index=0, item=SPOKEN),
    _event("response.content_part.added", **OF_PART, part={"type": "audio", "transcript": ""}),
    _event("response.content_part.done", **OF_PART, part={"type": "audio", "transcript": "The sea is calm."}),
    _event("response.output_audio.delta", **OF_PART, delta="AAABAAIA"),
    _event("response.output_audio.done", **OF_PART),
    _event("response.output_audio_transcript.delta", **OF_PART, delta="The sea"),
    _event("response.output_audio_transcript.done", **OF_PART, transcript="The sea is calm."),
    _event("response.output_text.delta", **OF_PART, delta="The sea"),
    _event("response.output_text.done", **OF_PART, text="The sea is calm."),
    _event("response.function_call_arguments.delta", **OF_CALL, delta='{"at"'),
    _event("response.function_call_arguments.done", **OF_CALL, name="look", arguments='{"at": "sea"}'),
    _event("mcp_list_tools.in_progress", item_id="item_3"),
    _event("mcp_list_tools.completed", item_id="item_3"),
    _event("mcp_list_tools.failed", item_id="item_3"),
    _event("response.mcp_call_arguments.delta", **OF_RESPONSE, delta="{"),
    _event("response.mcp_call_arguments.done", **OF_RESPONSE, arguments="{}"),
    _event("response.mcp_call.in_progress", item_id="item_3", output_index=0),
    _event("response.mcp_call.completed", item_id="item_3", output_index=0),
    _event("response.mcp_call.failed", item_id="item_3", output_index=0),
    _event("output_audio_buffer.started", response_id="resp_1"),
    _event("output_audio_buffer.stopped", response_id="resp_1"),
    _event("output_audio_buffer.cleared", response_id="resp_1"),
    _event("rate_limits.updated", rate_limits=[{"name": "tokens", "limit": 9, "remaining": 8, "reset_seconds": 0.5}]),
    _event("error", error={"type": "invalid_request_error", "code": "invalid_value", "message": "no", "param": None}),
]

CLIENT = [
    _event("session.update", session={"instructions": "Be brief.", "audio": {"input": {"turn_detection": None}}}),
    _event("transcription_session.update", session={"include": []}),
    _event("input_audio_buffer.append", audio="AAABAAIA"),
    _event("input_audio_buffer.commit"),
    _event("input_audio_buffer.clear"),
    _event("output_audio_buffer.clear"),
    _event("conversation.item.create", previous_item_id="root", item={"type": "message", "role": "user"}),
    _event("conversation.item.retrieve", item_id="item_1"),
    _event("conversation.item.truncate", item_id="item_1", content_index=0, audio_end_ms=1200),
    _event("conversation.item.delete", item_id="item_1"),
    _event("response.create", response={"conversation": "none", "metadata": {"for": "the sea"}}),
    _event("response.cancel", response_id="resp_1"),
]
