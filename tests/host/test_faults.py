"""Faults below the plugin: forks with a queue that waits, a thread that is refused, other versions of ourselves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from harness.home import PATIENCE, Home
from harness.hooks import PRELUDE, outcomes, script
from harness.rebuilt import install, without_wheel

MakeHome = Callable[[str], Home]


@pytest.fixture
def home(make_home: MakeHome) -> Home:
    return make_home("plain")


def test_first_hooks_on_many_threads(home: Home) -> None:
    """What is made once is made under a lock of ours: a thread that let go of the GIL there would hang the host, because
    the next one would take the GIL and wait for that lock."""
    body = """
sys.setswitchinterval(1e-6)
discover_plugins()
gate = threading.Barrier(64)
def work(number):
    gate.wait()
    turn(f"session-{number}")
threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    script(home, body)
    assert outcomes(home) == {f"session-{number}": "completed" for number in range(64)}


def test_fork_with_a_queue_that_waits(home: Home) -> None:
    """The log cannot be written, so the parent's events wait when it forks. The child has none of them; the parent
    still has them all when the log can be written again."""
    home.telemetry.mkdir(parents=True)
    (home.telemetry / "log").write_text("not a directory")
    body = f"""
discover_plugins()
log = {str(home.telemetry / "log")!r}
ids = {{"session_id": "parent", "turn_id": "parent:turn", "platform": "cli"}}
for call in range(20_000):
    invoke_hook("post_tool_call", tool_name="t", tool_call_id=f"call-{{call}}", status="ok", result="", **ids)

def await_line(wanted):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = "".join(open(os.path.join(log, name)).read() for name in os.listdir(log)) if os.path.isdir(log) else ""
        if wanted in text: return
        time.sleep(0.02)
    raise SystemExit(f"{{wanted}} was not written")

child = os.fork()
if child == 0:
    turn("child")
    await_line('"session_id":"child"')
    os._exit(0)
os.remove(log)
await_line('"call-19999"')
print(os.waitpid(child, 0)[1])
"""
    assert script(home, body) == "0\n"
    assert {run["session_id"]: run["tool_calls"] for run in home.runs()} == {"parent": 20_000, "child": 0}
    quality = home.insights()["quality"]
    assert (quality["dropped_events"], quality["unreadable_lines"]) == (0, 0)
    # Not even hidden behind the index, where what comes twice is one.
    assert lines(home, "tool_call") == 20_000


def test_leaving_eight_milliseconds_after_a_turn(home: Home) -> None:
    """What the last hook waited for is there. One that waited its 50 ms in vain has promised nothing: on a busy machine
    that may be, so each child tells."""
    body = """
discover_plugins()
for number in range(20):
    child = os.fork()
    if child == 0:
        turn(f"child-{number}", end=False)
        start = time.monotonic()
        invoke_hook("on_session_end", session_id=f"child-{number}", turn_id=f"child-{number}:turn", completed=True)
        acknowledged = time.monotonic() - start < 0.05
        time.sleep(0.008)
        os._exit(0 if acknowledged else 1)
    print(number, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    told = dict(line.split() for line in script(home, body).splitlines())
    assert set(told.values()) <= {"0", "1"}
    acknowledged = [f"child-{number}" for number, status in told.items() if status == "0"]
    assert acknowledged, "no child was acknowledged in 50 ms: this test shows nothing"
    recorded = outcomes(home)
    assert {session: recorded.get(session) for session in acknowledged} == dict.fromkeys(acknowledged, "completed")


def test_thread_is_refused(home: Home) -> None:
    """No room for a thread's stack, for as long as a whole turn takes: the host does not notice."""
    body = """
import resource
discover_plugins()
in_use = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
_, hard = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (in_use + 1_500_000, hard))
refused = False
try:
    threading.Thread(target=int).start()
except RuntimeError:
    refused = True
turn("refused")
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
print(refused, threading.active_count(), len(os.listdir("/proc/self/task")))
from hermes_telemetry_rs import _native
print(_native.panics())
"""
    assert script(home, body) == "True 1 1\n(0, None)\n"
    assert outcomes(home) == {}


def test_another_version_in_a_directory(home: Home) -> None:
    """Package and directory of one name: the host takes the package, and one turn is one turn."""
    install(home)
    fake_version(home)
    script(home, 'discover_plugins()\nturn("one")\n')
    assert outcomes(home) == {"one": "completed"}
    assert home.insights()["model_calls"]["total"] == 1
    assert versions(home) == {VERSION}


def test_two_versions_share_a_home(home: Home) -> None:
    """Two processes at once, each with a version of its own, writing the log and the index of one home."""
    install(home)
    fake_version(home)
    ours = dict(home.environment)
    without_wheel(home)
    body = """
discover_plugins()
for number in range(50):
    turn(f"{sys.argv[1]}-{number}")
    time.sleep(0.01)
time.sleep(0.6)  # quiet for long enough to write the index
"""
    command = [sys.executable, "-c", PRELUDE + body]
    pipes = {"cwd": home.work, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    processes = [
        subprocess.Popen([*command, "ours"], env=ours, **pipes),
        subprocess.Popen([*command, "other"], env=home.environment, **pipes),
    ]
    for process in processes:
        assert (process.communicate(timeout=PATIENCE)[0], process.returncode) == ("", 0)
    home.environment = ours
    assert versions(home) == {VERSION, OTHER_VERSION}
    sessions = [f"{process}-{number}" for process in ("ours", "other") for number in range(50)]
    assert outcomes(home) == dict.fromkeys(sessions, "completed")
    assert home.insights()["model_calls"]["total"] == 100


# -- helpers -----------------------------------------------------------------------------------------------------------

VERSION = "0.1.0"
OTHER_VERSION = "0.9.9"


def fake_version(home: Home) -> None:
    """Makes the copy in the directory say that it is another version, wherever it says so."""
    assert len(VERSION) == len(OTHER_VERSION)
    directory = home.path / "plugins" / "telemetry"
    for name in ("_native.abi3.so", "plugin.yaml"):
        content = (directory / name).read_bytes()
        assert VERSION.encode() in content
        (directory / name).write_bytes(content.replace(VERSION.encode(), OTHER_VERSION.encode()))


def events(home: Home, kind: str) -> list[dict[str, object]]:
    """The events of a kind in the log, as they are written there."""
    log = sorted((home.telemetry / "log").glob("*.jsonl"))
    every = (json.loads(line) for file in log for line in file.read_text().splitlines())
    return [event for event in every if event["event"] == kind]


def lines(home: Home, kind: str) -> int:
    return len(events(home, kind))


def versions(home: Home) -> set[object]:
    return {event["version"] for event in events(home, "process_started")}
