"""Hook calls as hermes-agent 0.19.0 makes them: every keyword argument, with the shapes and sizes of a real session."""

from __future__ import annotations

import time
import types
from typing import Any

Fields = dict[str, Any]

ANSWER = "The file says alpha. " * 40
LARGE_RESULT = "x" * 200_000


def turn(session: str, number: int) -> Fields:
    """What the calls of one turn share."""
    return {"task_id": session, "turn_id": f"{session}:{session}:{number:08x}", "session_id": session}


def model_call(turn: Fields, number: int) -> Fields:
    """`post_api_request` (agent/conversation_loop.py)."""
    now = time.time()
    usage = {
        "input_tokens": 1_200 + number,
        "output_tokens": 350,
        "cache_read_tokens": 20_000,
        "cache_write_tokens": 500,
        "reasoning_tokens": 64,
        "request_count": 1,
        "prompt_tokens": 21_700 + number,
        "total_tokens": 22_050 + number,
    }
    message = {"role": "assistant", "content": ANSWER, "tool_calls": []}
    return turn | {
        "api_request_id": f"{turn['turn_id']}:api:{number}",
        "platform": "cli",
        "model": "gpt-5.5-large",
        "provider": "openai",
        "base_url": "https://api.openai.com/v1",
        "api_mode": "chat_completions",
        "api_call_count": number,
        "api_duration": 2.651 + number / 1_000,
        "started_at": now - 2.7,
        "ended_at": now,
        "finish_reason": "stop",
        "message_count": 24,
        "response_model": "gpt-5.5-large-2026-08-01",
        "response": {"model": "gpt-5.5-large", "finish_reason": "stop", "assistant_message": message, "usage": usage},
        "usage": usage,
        "assistant_message": types.SimpleNamespace(**message),
        "assistant_content_chars": len(ANSWER),
        "assistant_tool_call_count": 0,
    }


def tool_call(turn: Fields, number: int) -> Fields:
    """`post_tool_call` (model_tools.py) with a result of 200 KB."""
    return turn | {
        "tool_name": "read_file",
        "args": {"path": "src/main.rs"},
        "result": LARGE_RESULT,
        "tool_call_id": f"call_{number:024x}",
        "api_request_id": f"{turn['turn_id']}:api:{number}",
        "duration_ms": 12 + number,
        "status": "ok",
        "error_type": None,
        "error_message": None,
        "middleware_trace": [],
    }
