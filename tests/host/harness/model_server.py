"""A scripted OpenAI-compatible model server, so that a real host can run without a network, the same way every time.

The first part of the path is the scenario and the second a name of the caller's choice, which has its own counter:
`http://127.0.0.1:<port>/<scenario>/<name>/v1`. What is answered depends on these, on the messages, and on nothing else.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "fake-model"
CACHED_TOKENS = 200
OUTPUT_TOKENS = 50


def input_tokens(tool_results: int) -> int:
    """Uncached prompt tokens of a request that carries this many tool results."""
    return 1000 + 100 * tool_results


@dataclass
class Request:
    """The part of a chat request a script looks at."""

    user_text: str
    tool_results: int
    user_turns: int
    count: int

    @property
    def from_child(self) -> bool:
        return "CHILD" in self.user_text


@dataclass
class Answer:
    text: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    error: dict[str, Any] | None = None
    hang: bool = False
    # Of the prompt, where it is not what `input_tokens` says.
    prompt_tokens: int | None = None
    after_requests: int = 0


def tool_call(number: int, name: str, **arguments: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": f"call_{number:04d}", "type": "function", "function": function}


READ_ALPHA = tool_call(1, "read_file", path="alpha.txt")
READ_BETA = tool_call(2, "read_file", path="beta.txt")
DELEGATE = tool_call(3, "delegate_task", goal="CHILD: read alpha.txt and report", context="none")


def _tool(request: Request) -> Answer:
    return Answer("Read one file.") if request.tool_results else Answer(tool_calls=[READ_ALPHA])


def _parallel(request: Request) -> Answer:
    return Answer("Read two files.") if request.tool_results else Answer(tool_calls=[READ_ALPHA, READ_BETA])


def _delegate(request: Request) -> Answer:
    if request.from_child:
        return Answer("Child is done.") if request.tool_results else Answer(tool_calls=[READ_ALPHA])
    return Answer("Parent has the result.") if request.tool_results else Answer(tool_calls=[DELEGATE])


def _delegate_hang(request: Request) -> Answer:
    """The child never gets its answer, and the parent not before the child has asked: it is certainly still at work
    when its parent's process leaves."""
    if request.from_child:
        return Answer(hang=True)
    answer = _delegate(request)
    answer.after_requests = 3 if request.tool_results else 0
    return answer


def _unauthorized(_: Request) -> Answer:
    error = {"message": "Incorrect API key provided", "type": "authentication_error", "code": "invalid_api_key"}
    return Answer(status=401, error=error)


def _growing(request: Request) -> Answer:
    """A chat whose answers are so long that five turns fill the smallest context window the host takes."""
    text = f"Answer for turn {request.user_turns}. " + "lorem ipsum dolor sit amet " * 1500
    return Answer(text, prompt_tokens=30_000 * request.user_turns)


def _flaky(request: Request) -> Answer:
    error = {"message": "internal error", "type": "server_error", "code": None}
    return Answer(status=500, error=error) if request.count == 1 else Answer("Recovered.")


SCRIPTS: dict[str, Callable[[Request], Answer]] = {
    "plain": lambda _: Answer("Plain answer."),
    "turns": lambda request: Answer(f"Answer for turn {request.user_turns}."),
    "growing": _growing,
    "tool": _tool,
    "parallel": _parallel,
    "delegate": _delegate,
    "delegate_hang": _delegate_hang,
    "unauthorized": _unauthorized,
    "flaky": _flaky,
    "hang": lambda _: Answer(hang=True),
}


@dataclass(frozen=True)
class ScriptedModel:
    """One scenario of a server, with a counter of its own."""

    server: ModelServer
    key: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/{self.key}/v1"

    @property
    def requests(self) -> int:
        """How many requests of the agent itself came in so far."""
        return self.server.requests[self.key]


class ModelServer:
    """Serves until `close`. `requests` counts the requests of the main loop by `<scenario>/<name>`."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.model_server = self  # type: ignore[attr-defined]
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self._http.server_port

    def scripted(self, scenario: str, name: str) -> ScriptedModel:
        assert scenario in SCRIPTS, scenario
        return ScriptedModel(self, f"{scenario}/{name}")

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()

    def answer(self, key: str, body: dict[str, Any]) -> Answer:
        # Titles, summaries and the like are asked for without tools, and are no part of a script.
        if not body.get("tools"):
            return Answer("Auxiliary answer.")
        with self.lock:
            self.requests[key] += 1
            count = self.requests[key]
        answer = SCRIPTS[key.split("/")[0]](_request(body, count))
        while self.requests[key] < answer.after_requests and not self.closing.wait(0.02):
            pass
        return answer


def _request(body: dict[str, Any], count: int) -> Request:
    request = Request("", 0, 0, count)
    for message in body.get("messages", []):
        if message["role"] == "user":
            request = Request(_text(message), 0, request.user_turns + 1, count)
        elif message["role"] == "tool":
            request.tool_results += 1
    return request


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _usage(answer: Answer, body: dict[str, Any]) -> dict[str, Any]:
    prompt = answer.prompt_tokens or input_tokens(_request(body, 0).tool_results) + CACHED_TOKENS
    return {
        "prompt_tokens": prompt,
        "completion_tokens": OUTPUT_TOKENS,
        "total_tokens": prompt + OUTPUT_TOKENS,
        "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "test", "context_length": 131072}
        self._json(200, {"object": "list", "data": [model]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        server: ModelServer = self.server.model_server  # type: ignore[attr-defined]
        answer = server.answer("/".join(self.path.split("/")[1:3]), body)
        try:
            if answer.hang:
                server.closing.wait()
                self.close_connection = True
            elif answer.error is not None:
                self._json(answer.status, {"error": answer.error})
            elif body.get("stream"):
                self._stream(answer, body)
            else:
                self._json(200, {**_head(body, "chat.completion"), "choices": [_choice(answer)], "usage": _usage(answer, body)})
        except OSError:
            self.close_connection = True  # the host was killed; so it goes

    def _json(self, status: int, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, answer: Answer, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        choice = _choice(answer)
        delta = choice["message"]
        for index, call in enumerate(delta.get("tool_calls", [])):
            delta["tool_calls"][index] = {"index": index, **call}
        self._chunk(body, choices=[{"index": 0, "delta": delta, "finish_reason": None}])
        self._chunk(body, choices=[{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}])
        self._chunk(body, choices=[], usage=_usage(answer, body))
        self.wfile.write(b"data: [DONE]\n\n")

    def _chunk(self, body: dict[str, Any], **fields: Any) -> None:
        document = {**_head(body, "chat.completion.chunk"), **fields}
        self.wfile.write(b"data: " + json.dumps(document).encode() + b"\n\n")


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-test", "object": kind, "created": 0, "model": body.get("model", MODEL)}


def _choice(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.tool_calls:
        message["tool_calls"] = list(answer.tool_calls)
    finish = "tool_calls" if answer.tool_calls else "stop"
    return {"index": 0, "message": message, "finish_reason": finish}
