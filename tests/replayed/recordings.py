"""The recorded sessions, each as sessions and processes of its own, so that all of them fit into one home and one receiver; and,
if wanted, with the conversation that the recorder left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "tests/fixtures/recordings/hermes"
NAMES = sorted(file.stem for file in FOLDER.glob("*.jsonl"))

Line = dict[str, Any]

# What the recorder wrote instead of a list of messages.
_OMITTED = re.compile(r"<list of (\d+) messages omitted>")


def session(name: str, *, copy: int = 0) -> str:
    """The id of a recording's first session, where the host made it."""
    return f"2026010{1 + copy}_0000{NAMES.index(name):02}_000000"


def system_prompt(name: str) -> str:
    """What every request of a recording begins with, where its content is put back."""
    return f"You are the agent of the recording {name!r}. Use the tools."


def apart(name: str, *, content: bool = False, copy: int = 0) -> str:
    """A recording whose sessions and processes are no other recording's, and no other copy's either."""
    text = (FOLDER / name).with_suffix(".jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.replace("20260101_000000_", session(name, copy=copy)[:-6]).splitlines()]
    if content:
        _put_back(lines, system_prompt(name))
    moved = 1_000 * (NAMES.index(name) + len(NAMES) * copy)
    return "".join(json.dumps(line | {"pid": line["pid"] + moved}) + "\n" for line in lines)


def _put_back(lines: list[Line], prompt: str) -> None:
    """Fills in what the requests said: the prompt, the tools, and every message that the session's other hooks told of."""
    conversations: dict[str, list[Line]] = {}
    for line in lines:
        fields = line.get("kwargs") or {}
        said = conversations.setdefault(fields.get("session_id", ""), [{"role": "system", "content": prompt}])
        match line["hook"]:
            case "pre_llm_call":
                said.append({"role": "user", "content": fields["user_message"]})
            case "pre_api_request" if omitted := _OMITTED.fullmatch(str(fields.get("request_messages"))):
                # A compressed conversation is shorter than what was said.
                messages = said[:1] + said[1:][-int(omitted[1]) + 1 :]
                fields["request_messages"] = messages
                fields["request"]["body"] = {"model": fields["model"], "messages": messages, "tools": list(_tools(lines))}
            case "post_api_request":
                said.append(_as_sent(fields["response"]["assistant_message"]))
            case "post_tool_call":
                said.append({"role": "tool", "tool_call_id": fields["tool_call_id"], "content": fields["result"]})


def _as_sent(answer: Line) -> Line:
    """An answer, the way a host sends it along with the next request."""
    calls = [
        {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
        for call in answer.get("tool_calls") or []
    ]
    return {"role": "assistant", "content": answer["content"], **({"tool_calls": calls} if calls else {})}


def _tools(lines: list[Line]) -> Iterator[Line]:
    """Definitions of all tools that are called."""
    for name in sorted({line["kwargs"]["tool_name"] for line in lines if line["hook"] == "post_tool_call"}):
        yield {"type": "function", "function": {"name": name, "parameters": {"type": "object", "properties": {}}}}
