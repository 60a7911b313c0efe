"""What was said: kept apart from everything else while trajectories are on, and nowhere at all while they are off."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from harness.home import Document, Home

MakeHome = Callable[[str], Home]

PROMPT = "PLANTED-PROMPT: what is in alpha.txt?"


def switch_on(home: Home) -> None:
    assert home.hermes("config", "set", "telemetry.trajectories.enabled", "true").returncode == 0


def said(home: Home) -> list[Document]:
    """What is in the content log, in the order of time."""
    files = sorted((home.telemetry / "content").glob("*.jsonl"))
    pieces = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return sorted(pieces, key=lambda piece: piece["ts"])


def parts(pieces: list[Document], part: str) -> list[Any]:
    return [piece["body"] for piece in pieces if piece["content"] == part]


def spans(home: Home) -> dict[tuple[str, str], str]:
    """The kind of every span, by its run and its id."""
    home.runs()
    with closing(sqlite3.connect(f"file:{home.telemetry / 'telemetry.db'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT run_id, span_id, kind FROM tel_spans").fetchall()
    return {(run, span): kind for run, span, kind in rows}


OWNERS = {
    "user_message": "turn",
    "final_answer": "turn",
    "system_prompt": "model_call",
    "tool_definitions": "model_call",
    "request_messages": "model_call",
    "assistant_message": "model_call",
    "error_message": "attempt",
    "tool_arguments": "tool_call",
    "tool_result": "tool_call",
    "subagent_goal": "run",
    "subagent_summary": "run",
}


def assert_placed(home: Home, pieces: list[Document]) -> None:
    known = spans(home)
    for piece in pieces:
        assert known.get((piece["run"], piece["span"])) == OWNERS[piece["content"]], piece


def files_with(home: Home, text: str) -> list[str]:
    """The files of ours that hold a text."""
    files = [file for file in home.telemetry.rglob("*") if file.is_file()]
    assert files
    return [str(file.relative_to(home.telemetry)) for file in files if text.encode() in file.read_bytes()]


def test_off_nothing_is_kept(make_home: MakeHome) -> None:
    home = make_home("tool")
    assert home.hermes("-z", PROMPT).stdout == "Read one file.\n"
    assert [run["outcome"] for run in home.runs()] == ["completed"]
    assert files_with(home, "PLANTED-PROMPT") == []
    assert not (home.telemetry / "content").exists()


def test_tool_run(make_home: MakeHome) -> None:
    home = make_home("tool")
    switch_on(home)
    assert home.hermes("-z", PROMPT).stdout == "Read one file.\n"
    pieces = said(home)
    assert parts(pieces, "user_message") == [PROMPT]
    assert parts(pieces, "final_answer") == ["Read one file."]
    [system_prompt] = parts(pieces, "system_prompt")
    assert len(system_prompt) > 1_000
    [tools] = parts(pieces, "tool_definitions")
    assert "read_file" in {tool["function"]["name"] for tool in tools}

    first, second = [piece for piece in pieces if piece["content"] == "request_messages"]
    assert first["from"] == 0
    assert PROMPT in json.dumps(first["body"])
    # The second request is the first, and what came of it.
    assert second["from"] == len(first["body"])
    assert [message["role"] for message in second["body"]] == ["assistant", "tool"]
    assert "alpha" in json.dumps(second["body"][1]["content"])

    asks, answers = parts(pieces, "assistant_message")
    assert [(call["name"], json.loads(call["arguments"])) for call in asks["tool_calls"]] == [
        ("read_file", {"path": "alpha.txt"})
    ]
    assert answers == {"role": "assistant", "content": "Read one file."}
    assert parts(pieces, "tool_arguments") == [{"path": "alpha.txt"}]
    [result] = parts(pieces, "tool_result")
    assert "alpha" in json.loads(result)["content"]

    assert_placed(home, pieces)
    assert files_with(home, "PLANTED-PROMPT") == [f"content/{file.name}" for file in (home.telemetry / "content").iterdir()]
    for path in [home.telemetry / "content", *(home.telemetry / "content").iterdir()]:
        assert path.stat().st_mode & 0o077 == 0
    status = home.answer("status")
    assert status["planes"]["trajectories"]
    assert status["volumes"]["content_files"] == 1
    assert status["volumes"]["dropped_content"] == []


def test_delegation(make_home: MakeHome) -> None:
    home = make_home("delegate")
    switch_on(home)
    assert home.hermes("-z", PROMPT).stdout == "Parent has the result.\n"
    pieces = said(home)
    [goal] = [piece for piece in pieces if piece["content"] == "subagent_goal"]
    assert goal["body"] == "CHILD: read alpha.txt and report"
    [summary] = [piece for piece in pieces if piece["content"] == "subagent_summary"]
    assert "Child is done." in summary["body"]
    child, parent = sorted(home.runs(), key=lambda run: run["parent_run_id"] is None)
    assert goal["run"] == summary["run"] == child["run_id"]
    assert {piece["run"] for piece in pieces if piece["content"] == "final_answer"} >= {parent["run_id"]}
    assert_placed(home, pieces)


def test_failed_attempt(make_home: MakeHome) -> None:
    home = make_home("flaky")
    switch_on(home)
    home.hermes("-z", PROMPT)
    pieces = said(home)
    [error] = parts(pieces, "error_message")
    assert "internal error" in error
    assert len(parts(pieces, "request_messages")) == 1, "the second attempt is the same request"
    assert_placed(home, pieces)


ODD_VALUES = """
import os, time
from dataclasses import dataclass
from hermes_cli.plugins import discover_plugins, invoke_hook

class Loud(Exception): pass
def loud(*_, **__): raise Loud("code of the host ran")

class LoudText(str):
    __str__ = __repr__ = __format__ = __iter__ = loud
class LoudDict(dict):
    __iter__ = __getitem__ = items = keys = values = __len__ = loud
class LoudList(list):
    __iter__ = __getitem__ = __len__ = loud
class LoudObject:
    __str__ = __repr__ = __getattr__ = __iter__ = loud
@dataclass
class Call:
    id: str
    name: str
    arguments: str
class Message:
    reasoning = property(loud)
    def __init__(self, **fields):
        self.__dict__.update(fields)

discover_plugins()
ids = {"session_id": "s", "turn_id": "t", "platform": "cli"}
cycle = []
cycle.append(cycle)
invoke_hook("pre_llm_call", user_message="lone \\ud800 surrogate", **ids)
args = {
    "text": LoudText("loud"), "dict": LoudDict(a=LoudList([1, (2, None)])), "object": LoudObject(), "big": 10**30,
    "nan": float("nan"), "inf": float("-inf"), "set": {1}, "bytes": b"x", "true": True,
    7: "seven", None: "none", False: "false", 1.5: "float", (1, 2): "tuple",
}
invoke_hook("post_tool_call", tool_name="odd", tool_call_id="c", args=args, result=cycle, **ids)
calls = [Call("c", "odd", "{}")]
message = Message(content="said", tool_calls=calls, provider_data={"reasoning_content": "thought"})
invoke_hook("post_api_request", api_request_id="r", assistant_message=message, response={}, **ids)
invoke_hook("post_tool_call", tool_name="long", tool_call_id="d", args={}, result="x" * (5 << 20), **ids)
invoke_hook("on_session_end", completed=True, interrupted=False, **ids)
time.sleep(0.5)
os._exit(0)
"""


def test_values_of_any_kind_are_read_without_running_the_hosts_code(make_home: MakeHome) -> None:
    home = make_home("plain")
    switch_on(home)
    result = home.python(ODD_VALUES)
    assert (result.returncode, result.stderr) == (0, ""), result
    pieces = said(home)
    [message] = parts(pieces, "user_message")
    assert message.startswith("lone ") and message.endswith(" surrogate")
    odd, empty = parts(pieces, "tool_arguments")
    assert odd == {
        "text": "loud", "dict": {"a": [1, [2, None]]}, "object": None, "big": "1" + "0" * 30,
        "nan": None, "inf": None, "set": None, "bytes": None, "true": True,
        "7": "seven", "null": "none", "false": "false", "1.5": "float", "?": "tuple",
    }  # fmt: skip
    assert empty == {}
    cycle, long = parts(pieces, "tool_result")
    depth = 0
    while cycle:
        [cycle] = cycle
        depth += 1
    assert 10 < depth < 100
    assert long == {"omitted_bytes": (5 << 20) + 2}
    [answer] = parts(pieces, "assistant_message")
    assert answer == {"role": "assistant", "content": "said", "tool_calls": [{"id": "c", "name": "odd", "arguments": "{}"}]}
    assert parts(pieces, "reasoning") == ["thought"]
