"""Clients of both wires that send until they are answered, whoever is there to answer."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from server import PATIENCE

LINES = 200
REPORTS = 100


@dataclass
class Client:
    """Somebody with a key and the addresses of collectors, none of which need be there."""

    addresses: Sequence[str]
    key: str
    host: str
    chance: random.Random
    # Requests that were not answered, and were sent again.
    lost: int = 0

    def post(self, route: str, headers: dict[str, str], body: bytes) -> dict:
        until = time.monotonic() + 2 * PATIENCE
        while True:
            connection = http.client.HTTPConnection(self.chance.choice(self.addresses), timeout=10)
            try:
                connection.request("POST", f"/api/v1/{route}", body, {"X-API-Key": self.key, **headers})
                answer = connection.getresponse()
                text = answer.read()
                if answer.status == 200:
                    return json.loads(text)
                assert answer.status in (429, 503), (answer.status, text)
            except (OSError, http.client.HTTPException):
                self.lost += 1
            finally:
                connection.close()
            assert time.monotonic() < until, "nobody answers"
            time.sleep(self.chance.uniform(0, 0.1))

    def send_lines(self, lines: list[str]) -> None:
        headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip", "X-Telemetry-Host": self.host}
        for begin in range(0, len(lines), LINES):
            some = lines[begin : begin + LINES]
            answer = self.post("events", headers, gzip.compress("".join(f"{line}\n" for line in some).encode(), 1))
            assert answer["rejected"] == 0 and answer["accepted"] + answer["duplicate"] == len(some), answer

    def send_reports(self, reports: list[dict]) -> None:
        headers = {"content-type": "application/json"}
        for begin in range(0, len(reports), REPORTS):
            some = reports[begin : begin + REPORTS]
            answer = self.post("telemetry/batch", headers, json.dumps({"events": some}).encode())
            # Those of before that are sent again are duplicates.
            assert answer["rejected"] == 0 and answer["accepted"] + answer["duplicate"] == len(some), answer


DECISIONS = ("APPROVED", "DENIED", "CONFIRMED", "DECLINED", "OK", "BLOCK")


def reports(host: str, count: int) -> list[dict]:
    """Events of the batch wire, each with a time of its own, as an old client sends them."""
    first = datetime.now(UTC) - timedelta(hours=20)

    def report(number: int) -> dict:
        at = first + timedelta(milliseconds=700 * number)
        return {
            "hostId": host,
            "sessionId": f"{host}-{number // 50}",
            "eventType": "hook_decision",
            "agentName": "reviewer",
            "hookName": "pre-commit",
            "decision": DECISIONS[number % len(DECISIONS)],
            "toolName": "Bash",
            "workingDir": "/src",
            "latencyMs": number % 400,
            "modelTier": "haiku",
            "modelName": "claude-haiku-4-5",
            "errorCount": number % 3,
            "success": number % 4 != 0,
            "timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    return [report(number) for number in range(count)]
