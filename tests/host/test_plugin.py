"""The plugin in the host's own plugin machinery, without an agent: what the host may do to it in odd corners.

A script here runs in the host's environment and calls the host's `invoke_hook`, in half a second instead of five.
"""

from __future__ import annotations

import importlib.metadata
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from harness.home import Home, document, telemetry_binary
from harness.hooks import outcomes, script

MakeHome = Callable[[str], Home]

@pytest.fixture
def home(make_home: MakeHome) -> Home:
    return make_home("plain")


def test_registered_twice_counts_once(home: Home) -> None:
    body = """
discover_plugins()
turn("before")
discover_plugins(force=True)
discover_plugins(force=True)
turn("after")
hooks = get_plugin_manager()._hooks
print({len([callback for callback in hooks[name] if callback.__name__ == name]) for name in ("post_api_request",)})
"""
    assert script(home, body) == "{1}\n"
    runs = home.runs()
    assert [(run["session_id"], run["model_calls"], run["outcome"]) for run in runs] == [
        ("before", 1, "completed"),
        ("after", 1, "completed"),
    ]


def test_a_chat_does_not_pay_for_the_command_line(home: Home) -> None:
    """The host has `argparse` loaded wherever it has a command line of its own, and nowhere else."""
    body = """
before = set(sys.modules)
discover_plugins()
print({"argparse", "hermes_telemetry_rs.cli"} & (set(sys.modules) - before))
"""
    assert script(home, body) == "set()\n"


def test_hooks_after_atexit(home: Home) -> None:
    """Handlers run last in, first out: the script's own, registered before ours, runs after it."""
    script(home, 'atexit.register(lambda: turn("late"))\ndiscover_plugins()\nturn("early")\n')
    assert outcomes(home) == {"early": "completed", "late": "completed"}


def test_turn_in_flight_when_the_process_leaves(home: Home) -> None:
    script(home, 'discover_plugins()\nturn("left", end=False)\n')
    [run] = home.runs()
    assert (run["outcome"], run["reason"]) == ("interrupted", "process_exit")


def test_fork_with_hooks_on_both_sides(home: Home) -> None:
    body = """
discover_plugins()
turn("parent-before")
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        turn(f"child-{number}")
        leave()
    children.append(child)
turn("parent-after")
print([os.waitpid(child, 0)[1] for child in children])
"""
    assert script(home, body) == "[0, 0, 0, 0]\n"
    sessions = ["parent-before", "parent-after", *(f"child-{number}" for number in range(4))]
    assert outcomes(home) == dict.fromkeys(sessions, "completed")
    assert home.insights()["model_calls"]["total"] == 6


def test_fork_while_the_index_is_written(home: Home) -> None:
    """A fork copies locks as they are, and not the thread that would have released them: a child that then waits for
    one, of SQLite's or of ours, records nothing more. Which is seen in its second turn, after it was quiet."""
    body = """
discover_plugins()
ids = {"session_id": "parent", "turn_id": "parent:turn", "platform": "cli"}
for call in range(20_000):
    invoke_hook("post_api_request", api_request_id=f"call-{call}", model=f"model-{call}", **ids)
    if call % 500 == 0: time.sleep(0.01)
time.sleep(0.24)  # the index is written when the host has been quiet for a quarter of a second
children = []
for number in range(60):
    child = os.fork()
    if child == 0:
        turn(f"first-{number}")
        time.sleep(2)
        turn(f"second-{number}")
        leave(0.5)
    children.append(child)
for child in children: os.waitpid(child, 0)
"""
    script(home, body)
    recorded = outcomes(home)
    assert [number for number in range(60) if f"first-{number}" not in recorded] == []
    assert [number for number in range(60) if f"second-{number}" not in recorded] == []


def test_leaving_without_ceremony(home: Home) -> None:
    """As `hermes -z` does, milliseconds after the last hook."""
    script(home, 'discover_plugins()\nturn("gone")\nleave()\n')
    assert outcomes(home) == {"gone": "completed"}


def test_many_threads_lose_nothing(home: Home) -> None:
    body = """
discover_plugins()
ids = {"session_id": "s", "turn_id": "s:turn", "platform": "cli"}
invoke_hook("on_session_start", session_id="s", model="m", platform="cli")
invoke_hook("pre_llm_call", **ids)
def work(thread):
    for number in range(100):
        call = f"call-{thread}-{number}"
        invoke_hook("post_tool_call", tool_name="t", tool_call_id=call, status="ok", duration_ms=1, result="", **ids)
threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
invoke_hook("on_session_end", completed=True, interrupted=False, **ids)
"""
    script(home, body)
    [run] = home.runs()
    assert run["tool_calls"] == 6_400


def test_interpreter_finalises_under_busy_daemon_threads(home: Home) -> None:
    """A daemon thread that gives up the GIL inside our frames would be ended there, and take the process with it."""
    body = """
discover_plugins()
def spin():
    while True:
        invoke_hook("on_session_start", session_id="spin", model="m", platform="cli")
for _ in range(4):
    threading.Thread(target=spin, daemon=True).start()
time.sleep(0.2)
"""
    for _ in range(3):
        script(home, body)


def test_odd_payloads(home: Home) -> None:
    """Any field may be missing, null, of another type, or hostile; nothing comes back and nothing is printed."""
    home.configure(plugins={"enabled": ["telemetry"]})  # without the recorder, which does look at everything
    body = """
class Hostile:
    def __getattr__(self, name): raise RuntimeError("looked at")
    def __str__(self): raise RuntimeError("read")
    __repr__ = __eq__ = __hash__ = __bool__ = __len__ = __index__ = __str__
discover_plugins()
values = [None, True, -1, 2**80, float("nan"), "", "\\ud800", "x" * 100_000, b"x", [], {}, {1: 2}, object(), Hostile()]
fields = ("session_id", "turn_id", "usage", "status", "reason", "completed", "error", "event", "duration_ms")
for hook in VALID_HOOKS:
    for value in values:
        answers = invoke_hook(hook, **dict.fromkeys(fields, value))
        assert answers == [], (hook, answers)
    assert invoke_hook(hook) == []
turn("sane")
from hermes_telemetry_rs import _native
print(_native.panics())
"""
    assert script(home, body) == "(0, None)\n"
    assert outcomes(home)["sane"] == "completed"


def test_gateway_message_is_read_from_the_hosts_own_object(home: Home) -> None:
    """The one hook whose facts are not plain values."""
    body = """
from gateway.config import Platform
from gateway.platforms.base import MessageEvent
from gateway.session import SessionSource
discover_plugins()
source = SessionSource(platform=Platform.WEBHOOK, chat_id="chat")
invoke_hook("pre_gateway_dispatch", event=MessageEvent(text="hello", source=source), gateway=object(), session_store={})
"""
    script(home, body)
    assert home.runs() == []
    with closing(sqlite3.connect(home.telemetry / "telemetry.db")) as database:
        messages = database.execute("SELECT platform, direction, attachments FROM tel_gateway_events").fetchall()
    assert messages == [("webhook", "inbound", 0)]


def test_each_profile_has_its_own_record(home: Home) -> None:
    """A multiplexing gateway sets the home of a task in a context variable."""
    profile = home.path / "profiles" / "second"
    body = f"""
from hermes_constants import set_hermes_home_override, reset_hermes_home_override
discover_plugins()
turn("first")
token = set_hermes_home_override({str(profile)!r})
turn("second")
reset_hermes_home_override(token)
turn("third")
"""
    script(home, body)
    assert list(outcomes(home)) == ["first", "third"]
    elsewhere = document(home.run(telemetry_binary(), "runs", "--json", "--home", str(profile)), "telemetry.runs/1")
    assert [run["session_id"] for run in elsewhere["runs"]] == ["second"]


def test_explicit_home_wins(home: Home) -> None:
    elsewhere = home.root / "elsewhere"
    home.environment["TELEMETRY_HOME"] = str(elsewhere)
    script(home, 'discover_plugins()\nturn("moved")\n')
    assert not home.telemetry.exists()
    assert list((elsewhere / "telemetry").rglob("*.jsonl"))


def test_no_content_reaches_the_disk(home: Home) -> None:
    secret = "the user said this"
    script(home, f'discover_plugins()\nturn("s", user_message="{secret}", assistant_response="{secret}")\n')
    assert outcomes(home) == {"s": "completed"}
    for file in home.telemetry.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


PRINT_HOOKS = """
discover_plugins()
plugin = get_plugin_manager()._plugins["telemetry"]
print(*sorted(plugin.hooks_registered), *(f"/{command}" for command in plugin.commands_registered))
"""


def test_manifest_names_what_is_registered(home: Home) -> None:
    package = importlib.metadata.distribution("hermes-telemetry-rs")
    manifest = yaml.safe_load(Path(str(package.locate_file("hermes_telemetry_rs/plugin.yaml"))).read_text())
    assert manifest["version"] == package.version
    hooks = manifest["provides_hooks"]
    assert script(home, PRINT_HOOKS).split() == [*sorted(hooks), "/telemetry"]
    home.configure(telemetry={"capture": {"attempts": True}})
    assert script(home, PRINT_HOOKS).split() == [*sorted([*hooks, "pre_api_request"]), "/telemetry"]


def test_switched_off_is_not_there_but_for_the_command(home: Home) -> None:
    home.configure(telemetry={"local": False})
    assert script(home, PRINT_HOOKS) == "\n"
    assert home.hermes("telemetry", "status").returncode == 0
