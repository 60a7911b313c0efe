"""What the real host sends and writes by itself: to a receiver of OTLP, and to files of ATOF and ATIF, whatever becomes of them."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.home import Document, Home

MakeHome = Callable[[str], Home]


class Receiver:
    """Takes OTLP as JSON, and keeps it."""

    def __init__(self, port: int = 0) -> None:
        self.bodies: list[tuple[str, Document, str | None]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.bodies.append((self.path, json.loads(body), self.headers.get("x-key")))
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port: int = self.server.server_address[1]

    def spans(self) -> list[Document]:
        bodies = [body for path, body, _ in self.bodies if path == "/v1/traces"]
        scopes = [scope for body in bodies for resource in body["resourceSpans"] for scope in resource["scopeSpans"]]
        return [span for scope in scopes for span in scope["spans"]]


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()


def send_to(home: Home, port: int) -> None:
    otlp = {
        "enabled": True,
        "endpoint": f"http://127.0.0.1:{port}",
        "protocol": "http/json",
        "headers_env": {"x-key": "RECEIVER_KEY"},
    }
    home.configure(telemetry={"export": {"otlp": otlp}})
    home.environment["RECEIVER_KEY"] = "key-of-the-receiver"


def names(spans: list[Document]) -> Counter[str]:
    return Counter(span["name"] for span in spans)


def assert_tree(spans: list[Document]) -> None:
    """Each span once, and in one that is there."""
    ids = {span["spanId"] for span in spans}
    assert len(ids) == len(spans)
    roots = [span["name"] for span in spans if not span.get("parentSpanId")]
    assert roots == ["invoke_agent hermes"]
    assert all(span["parentSpanId"] in ids for span in spans if span.get("parentSpanId"))
    assert len({span["traceId"] for span in spans}) == 1


TURN = Counter({"invoke_agent hermes": 1, "turn": 1, "chat fake-model": 2, "execute_tool read_file": 1})


def test_a_host_sends_and_a_command_sends_the_rest(make_home: MakeHome) -> None:
    home = make_home("tool")
    with receiving(Receiver()) as receiver:
        send_to(home, receiver.port)
        hermes = home.hermes("chat", "-q", "What is in alpha.txt?", "-Q")
        assert hermes.returncode == 0, hermes.stderr
        assert "Read one file." in hermes.stdout
        # It left when it was done, so some of it may wait.
        sent = home.binary("export", "--otlp")
        assert sent.returncode == 0, sent.stderr
        spans = receiver.spans()
        assert names(spans) == TURN
        assert_tree(spans)
        assert {key for *_, key in receiver.bodies} == {"key-of-the-receiver"}
        again = home.binary("export", "--otlp")
        assert again.stdout == f"nothing new for 127.0.0.1:{receiver.port}\n"
        assert len(receiver.spans()) == len(spans)
    status = home.answer("status")["export"]["otlp"]
    assert status["delivery"]["refused"] == 0
    assert "key-of-the-receiver" not in json.dumps(status)


def test_a_receiver_that_is_down_is_none_of_the_host(make_home: MakeHome) -> None:
    home = make_home("tool")
    receiver = Receiver()
    port = receiver.port
    receiver.server.server_close()
    send_to(home, port)
    for _ in range(2):
        hermes = home.hermes("chat", "-q", "What is in alpha.txt?", "-Q")
        assert (hermes.returncode, "Read one file." in hermes.stdout) == (0, True), hermes.stderr
        assert str(port) not in hermes.stdout + hermes.stderr
    refused = home.binary("export", "--otlp")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"telemetry: 127.0.0.1:{port} refuses connections")
    with receiving(Receiver(port)) as receiver:
        sent = home.binary("export", "--otlp")
        assert sent.returncode == 0, sent.stderr
        spans = receiver.spans()
        assert names(spans) == Counter({name: 2 * n for name, n in TURN.items()})
        for trace in {span["traceId"] for span in spans}:
            assert_tree([span for span in spans if span["traceId"] == trace])


def relay(home: Home, folder: Path) -> None:
    """As the plugin for NeMo Relay is told today."""
    home.environment |= {
        "HERMES_NEMO_RELAY_ATOF_ENABLED": "1",
        "HERMES_NEMO_RELAY_ATOF_OUTPUT_DIRECTORY": str(folder),
        "HERMES_NEMO_RELAY_ATIF_ENABLED": "true",
        "HERMES_NEMO_RELAY_ATIF_OUTPUT_DIRECTORY": str(folder),
    }


def written(home: Home, folder: Path) -> tuple[list[Document], list[Document]]:
    """The lines of ATOF, and the documents of ATIF."""
    lines = [json.loads(line) for line in (folder / "hermes-atof.jsonl").read_text().splitlines()]
    documents = [json.loads(file.read_text()) for file in sorted(folder.glob("hermes-atif-*.json"))]
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    return lines, documents


def test_trajectories_where_the_reference_plugin_had_them(make_home: MakeHome, tmp_path: Path) -> None:
    home, folder = make_home("tool"), tmp_path / "trajectories"
    home.configure(telemetry={"trajectories": {"enabled": True}})
    relay(home, folder)
    hermes = home.hermes("chat", "-q", "What is in alpha.txt?", "-Q")
    assert hermes.returncode == 0, hermes.stderr
    # Whoever runs next writes what was left.
    assert home.hermes("chat", "-q", "And now?", "-Q").returncode == 0
    lines, documents = written(home, folder)
    first = [line for line in lines if line["metadata"]["session_id"] == documents[0]["session_id"]]
    scopes = Counter((line.get("category"), line.get("scope_category")) for line in first if line["kind"] == "scope")
    assert scopes == Counter(
        {
            ("agent", "start"): 1,
            ("agent", "end"): 1,
            ("llm", "start"): 2,
            ("llm", "end"): 2,
            ("tool", "start"): 1,
            ("tool", "end"): 1,
        }
    )
    steps = documents[0]["steps"]
    assert [step["source"] for step in steps] == ["system", "user", "agent", "agent"]
    assert (steps[1]["message"], steps[-1]["message"]) == ("What is in alpha.txt?", "Read one file.")
    assert "alpha" in steps[2]["observation"]["results"][0]["content"]
    assert documents[0]["agent"]["name"] == "Hermes Agent"


def test_without_trajectories_there_is_structure_alone(make_home: MakeHome, tmp_path: Path) -> None:
    home, folder = make_home("tool"), tmp_path / "trajectories"
    relay(home, folder)
    # It is gone milliseconds after its answer, so the next process writes what it did.
    assert home.hermes("-z", "PLANTED-PROMPT").returncode == 0
    assert home.hermes("chat", "-q", "PLANTED-PROMPT", "-Q").returncode == 0
    _, documents = written(home, folder)
    sources = [[step["source"] for step in document["steps"]] for document in documents]
    assert sources == [["user", "agent", "agent"]] * 2
    assert all("PLANTED" not in file.read_text() and "alpha" not in file.read_text() for file in folder.iterdir())
