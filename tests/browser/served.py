"""`telemetry serve` on a home, a browser that looks at it, and what stands between the two in a test."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from browser import Browser

REPOSITORY = Path(__file__).parents[2]
# A page that has not answered by then hangs.
PATIENCE = 60


class Served:
    """A running `telemetry serve`."""

    def __init__(self, home: Path, port: int = 0) -> None:
        binary = os.environ.get("TELEMETRY_BIN", REPOSITORY / "target/release/telemetry")
        words = [binary, "serve", "--home", home, "--listen", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        self.home = home
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:"), self.address

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rsplit(":", 1)[1])

    def ask(self, route: str, **headers: str) -> tuple[int, dict]:
        """The status and the document of a route."""
        request = urllib.request.Request(f"{self.address}api/v1/{route}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)


class Doorman:
    """Stands before a server as a collector does: files for everybody, answers for who has the key."""

    def __init__(self, behind: str, key: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/api/") and self.headers.get("x-api-key") != key:
                    problem = {"title": "A key is needed", "status": 401, "detail": "send a valid key"}
                    return self.answer(401, {"content-type": "application/problem+json"}, json.dumps(problem).encode())
                with urllib.request.urlopen(behind.rstrip("/") + self.path, timeout=PATIENCE) as answer:
                    kept = {name: answer.headers[name] for name in ("content-type", "content-security-policy") if name in answer.headers}
                    self.answer(answer.status, kept, answer.read())

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Page:
    """The page of a server, in a browser."""

    MEASURES = (Path(__file__).parent / "page.js").read_text(encoding="utf-8")

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address

    def open(self, place: str = "", width: int = 1280, colours: str = "light", scale: float = 1) -> "Page":
        self.browser.open(f"{self.address}{place}", width, colours, scale)
        return self.loaded()

    def loaded(self) -> "Page":
        self.wait("document.getElementById('title') && !document.querySelector('main').hasAttribute('aria-busy')")
        return self

    def wait(self, condition: str) -> object:
        """Waits until a script's value is one."""
        until = time.monotonic() + PATIENCE
        while not (found := self.browser.run(f"return {condition}")):
            assert time.monotonic() < until, condition
            time.sleep(0.02)
        return found

    def seen(self) -> dict:
        return self.browser.run(self.MEASURES)

    def run(self, script: str) -> object:
        return self.browser.run(script)

    def press(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            words = {"text": text} if text and kind == "keyDown" else {}
            self.browser.command("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **words)

    def choose(self, name: str, value: str) -> None:
        """Chooses in a select, as a person with a mouse or a keyboard does."""
        self.run(f"""const select = document.querySelector(`select[name="{name}"]`);
            select.focus(); select.value = {json.dumps(value)}; select.dispatchEvent(new Event("change", {{ bubbles: true }}))""")
        self.loaded()

    def numbers(self) -> dict[str, float | None]:
        """The numbers with a path, by their path."""
        found = self.run("return [...document.querySelectorAll('main data')].map(data => [data.dataset.metric, data.value])")
        return {path: None if value == "null" else float(value) for path, value in found}
