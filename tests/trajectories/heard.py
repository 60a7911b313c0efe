"""What was said in the recorded sessions, read from the recordings by nobody but us."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from recordings import apart


@dataclass
class Heard:
    """Of one session, in order."""

    asked: list[str] = field(default_factory=list)
    """What users said."""
    answered: list[tuple[str, list[str]]] = field(default_factory=list)
    """What the model said, and the ids of the tools' calls it asked for."""
    failures: int = 0
    """How often a provider refused or broke."""
    results: dict[str, str] = field(default_factory=dict)
    """What tools said, by the id of their call."""
    children: set[str] = field(default_factory=set)
    """The sessions it delegated to."""


def sessions(name: str) -> dict[str, Heard]:
    """The sessions of a recording, by id."""
    heard: dict[str, Heard] = defaultdict(Heard)
    for line in map(json.loads, apart(name).splitlines()):
        fields = line.get("kwargs") or {}
        of = heard[fields.get("session_id") or ""]
        match line["hook"]:
            case "pre_llm_call":
                of.asked.append(fields["user_message"])
            case "post_api_request":
                answer = fields["assistant_message"]
                of.answered.append((answer["content"] or "", [call["id"] for call in answer.get("tool_calls") or []]))
            case "api_request_error":
                of.failures += 1
            case "post_tool_call":
                of.results.setdefault(fields["tool_call_id"], fields["result"])
            case "subagent_start":
                heard[fields["parent_session_id"]].children.add(fields["child_session_id"])
    return {session: told for session, told in heard.items() if told.asked or told.answered}
