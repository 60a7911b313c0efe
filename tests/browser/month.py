"""A made month of a small team's agent, as recorded hook calls: busy weekdays, a bad day, retries, approvals, subagents, every
way to end. The same seed makes the same month, for tests and for the pictures in the pages."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

FIRST = datetime(2026, 1, 1, tzinfo=timezone.utc)
DAYS = 30
BAD_DAY = 20  # the provider is overloaded

# Provider, model, its share of the sessions, tokens it thinks and writes, and the milliseconds of a call.
MODELS = [
    ("anthropic", "claude-sonnet-4-5", 0.52, 620, 5_200),
    ("openai", "gpt-5", 0.27, 900, 8_100),
    ("anthropic", "claude-haiku-4-5", 0.14, 300, 1_700),
    ("deepseek", "deepseek-chat", 0.07, 500, 6_000),
]
# A tool, its share of the calls, its usual milliseconds, and how often it fails.
TOOLS = [
    ("terminal", 0.36, 2_400, 0.06),
    ("read_file", 0.29, 40, 0.01),
    ("search_files", 0.15, 160, 0.004),
    ("patch", 0.11, 60, 0.09),
    ("web_search", 0.06, 1_300, 0.03),
    ("browser_navigate", 0.03, 4_200, 0.14),
]
# A surface, its share of the sessions, and what started it.
SURFACES = [
    ("cli", 0.55, ["hermes", "chat"]),
    ("telegram", 0.2, ["hermes", "gateway", "run"]),
    ("cron", 0.17, ["hermes", "cron", "tick"]),
    ("acp", 0.08, ["hermes", "acp"]),
]


class Session:
    """Hook calls of one session in a process of its own, with its own clock."""

    def __init__(self, number: int, start: datetime, chance: random.Random) -> None:
        self.chance = chance
        self.pid = 20_000 + number
        self.id = f"{start:%Y%m%d_%H%M%S}_{number:06}"
        self.now = int(start.timestamp() * 1e9)
        self.platform, _, self.argv = self.pick(SURFACES)
        self.provider, self.model, _, self.written, self.usual_ms = self.pick(MODELS)
        self.context = 9_000
        self.lines: list[dict[str, object]] = []
        self.calls = 0

    def pick(self, choices: list[tuple]) -> tuple:
        return self.chance.choices(choices, [choice[1 if choices is not MODELS else 2] for choice in choices])[0]

    def wait(self, ms: float) -> None:
        self.now += int(ms * 1e6)

    def about(self, usual_ms: float) -> float:
        """Durations have a long tail."""
        return usual_ms * self.chance.lognormvariate(0, 0.65)

    def line(self, kind: str, hook: str | None = None, **more: object) -> None:
        self.lines.append({"kind": kind, "hook": hook, "pid": self.pid, "wall_ns": self.now, **more})

    def hook(self, name: str, **fields: object) -> None:
        self.line("hook", name, kwargs={"session_id": self.id, "telemetry_schema_version": "hermes.observer.v1", **fields})

    def begin(self) -> None:
        self.line("register", argv=self.argv)
        self.wait(1_500)
        self.hook("on_session_start", model=self.model, platform=self.platform)

    def finish(self, vanishes: bool = False) -> None:
        if vanishes:
            return
        self.hook("on_session_finalize", platform=self.platform, reason="shutdown")
        self.wait(20)
        self.line("atexit")

    def call(self, turn: str, ends: str, tools: int, attempts_failed: int = 0) -> dict[str, object]:
        """A model call with its retries; what its other hooks need to know of it."""
        self.calls += 1
        of = {
            "turn_id": turn, "api_request_id": f"{turn}:api:{self.calls}", "platform": self.platform, "model": self.model,
            "provider": self.provider, "base_url": f"https://api.{self.provider}.com/v1", "api_mode": "chat_completions",
            "api_call_count": self.calls,
        }
        began = self.now / 1e9
        self.hook("pre_api_request", **of, message_count=2 * self.calls, tool_count=28, started_at=began)
        for attempt in range(attempts_failed):
            self.wait(self.about(900))
            self.error(of, began, attempt, retryable=True)
            self.wait(1_000 * 2**attempt)
        if ends == "never":
            self.wait(self.about(1_200))
            self.error(of, began, attempts_failed, retryable=False)
            return of
        self.wait(self.about(self.usual_ms))
        written = int(self.about(self.written))
        cached = int(self.context * 0.86) if self.calls > 1 else 0
        usage = {
            "input_tokens": self.context - cached, "output_tokens": written, "cache_read_tokens": cached,
            "cache_write_tokens": int((self.context - cached) * 0.7) if self.provider == "anthropic" else 0,
            "reasoning_tokens": written // 3 if self.model == "gpt-5" else 0, "request_count": 1,
        }
        self.context += written + 1_400
        self.hook(
            "post_api_request", **of, api_duration=self.now / 1e9 - began, started_at=began, ended_at=self.now / 1e9,
            finish_reason=ends, message_count=2 * self.calls, response_model=self.model, usage=usage,
            assistant_tool_call_count=tools,
        )
        return of

    def error(self, of: dict[str, object], began: float, attempt: int, *, retryable: bool) -> None:
        status, reason, kind = self.chance.choice(
            [(429, "rate_limit", "RateLimitError"), (529, "overloaded", "APIStatusError"), (408, "timeout", "APITimeoutError")]
        )
        self.hook(
            "api_request_error", **of, api_duration=self.now / 1e9 - began, started_at=began, ended_at=self.now / 1e9,
            status_code=status, retry_count=attempt, max_retries=3, retryable=retryable, reason=reason,
            error={"type": kind, "message": ""},
        )

    def tool(self, call: dict[str, object], number: int) -> None:
        name, _, usual_ms, fails = self.pick(TOOLS)
        of = {
            "tool_name": name, "args": {}, "turn_id": call["turn_id"], "api_request_id": call["api_request_id"],
            "tool_call_id": f"call_{self.pid}_{self.calls}_{number}",
        }
        began = self.now
        self.hook("pre_tool_call", **of)
        denied = False
        if name == "terminal" and self.chance.random() < 0.08:
            choice = self.chance.choices(["once", "session", "deny"], [7, 2, 1])[0]
            denied = choice == "deny"
            asked = {"surface": "cli", "turn_id": of["turn_id"], "tool_call_id": of["tool_call_id"], "session_key": self.id}
            self.hook("pre_approval_request", **asked)
            self.wait(self.about(9_000))
            self.hook("post_approval_response", **asked, choice=choice)
        status = "blocked" if denied else "error" if self.chance.random() < fails else "ok"
        self.wait(self.about(usual_ms))
        self.hook(
            "post_tool_call", **of, result="", duration_ms=(self.now - began) // 1_000_000, status=status,
            error_type="tool_error" if status == "error" else None, error_message=None,
        )

    def turn(self, number: int, how: str) -> None:
        turn = f"{self.id}:{number:08x}"
        of = {"turn_id": turn, "model": self.model, "platform": self.platform}
        self.hook("pre_llm_call", **of, is_first_turn=number == 1)
        for _ in range(self.chance.choices([0, 1, 2, 4, 7], [3, 4, 4, 3, 1])[0]):
            tools = self.chance.choices([1, 2, 3], [7, 2, 1])[0]
            call = self.call(turn, "tool_calls", tools, self.chance.random() < 0.03)
            for tool in range(tools):
                self.tool(call, tool)
            self.wait(self.about(60))
        if how == "lost":
            return
        if how == "fails":
            self.call(turn, "never", 0, attempts_failed=2)
            return
        self.call(turn, "stop", 0, self.chance.random() < 0.03)
        self.hook("on_session_end", **of, completed=how in ("completes", "interrupted"), interrupted=how == "interrupted")
        self.wait(self.about(45_000))


def sessions() -> Iterator[Session]:
    chance = random.Random(20_260_101)
    number = 0
    for day in range(DAYS):
        weekend = (FIRST + timedelta(days=day)).weekday() >= 5
        for _ in range(chance.randint(1, 4) if weekend else chance.randint(9, 17)):
            number += 1
            start = FIRST + timedelta(days=day, seconds=int(chance.triangular(5 * 3_600, 21 * 3_600, 9 * 3_600)))
            session = Session(number, start, chance)
            session.begin()
            failing = 0.38 if day == BAD_DAY else 0.035
            how = chance.choices(
                ["completes", "fails", "interrupted", "limited", "lost"], [1 - failing - 0.07, failing, 0.04, 0.015, 0.015]
            )[0]
            turns = chance.choices([1, 2, 3, 5], [5, 3, 2, 1])[0]
            for turn in range(1, turns + 1):
                session.turn(turn, how if turn == turns else "completes")
            session.finish(vanishes=how == "lost")
            yield session


def write(file: Path) -> None:
    """Writes the month as one recording."""
    with file.open("w", encoding="utf-8") as recording:
        for session in sessions():
            for line in session.lines:
                recording.write(json.dumps(line) + "\n")
