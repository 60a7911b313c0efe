"""An MLflow tracking server, and what its REST API says it has got."""

from __future__ import annotations

import base64
import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from server import PROGRAMS, Server, free_port
from shown import Shown, Tokens


class MLflow:
    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.endpoint = f"{self.url}/v1/traces"
        self._server = Server(
            folder,
            [PROGRAMS / "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
            + ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", folder / "artifacts"],
            f"{self.url}/health",
            MLFLOW_DISABLE_TELEMETRY="true",
            DO_NOT_TRACK="true",
        )
        self.wait, self.close = self._server.wait, self._server.close

    def experiment(self, name: str) -> str:
        """The number of a new experiment."""
        return self._ask("/api/2.0/mlflow/experiments/create", {"name": name})["experiment_id"]

    def traces(self, experiment: str) -> list[dict[str, Any]]:
        """What it says about every trace of an experiment; see `metadata`."""
        found, page = [], None
        where = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]
        while True:
            answer = self._ask("/api/3.0/mlflow/traces/search", {"locations": where, "max_results": 100, "page_token": page})
            found += answer.get("traces", [])
            if not (page := answer.get("next_page_token")):
                return found

    def spans(self, experiment: str) -> list[Shown]:
        """Everything in an experiment."""
        found = []
        for trace in self.traces(experiment):
            whole = self._ask(f"/api/3.0/mlflow/traces/get?{urllib.parse.urlencode({'trace_id': trace['trace_id']})}")["trace"]
            found += [_shown(span, metadata(trace).get("session")) for span in whole.get("spans", [])]
        return found

    def _ask(self, path: str, body: Any = None) -> Any:
        octets = None if body is None else json.dumps(body).encode()
        question = urllib.request.Request(self.url + path, octets, {"content-type": "application/json"})
        with urllib.request.urlopen(question, timeout=60) as answer:
            return json.load(answer)


def metadata(trace: dict[str, Any]) -> dict[str, Any]:
    """What it made of a trace: `session`, `tokenUsage`, `cost`."""
    prefix = "mlflow.trace."
    known = {key.removeprefix(prefix): value for key, value in trace.get("trace_metadata", {}).items() if key.startswith(prefix)}
    return {key: json.loads(value) if value.startswith("{") else value for key, value in known.items()}


def _shown(span: dict[str, Any], session: str | None) -> Shown:
    attributes = {pair["key"]: _plain(pair["value"]) for pair in span["attributes"]}
    usage = attributes.get("mlflow.chat.tokenUsage")
    cost, kind = attributes.get("mlflow.llm.cost"), attributes.get("mlflow.spanType")
    failed = span["status"].get("code") == "STATUS_CODE_ERROR"
    return Shown(
        trace=_hex(span["trace_id"]),
        session=session,
        id=_hex(span["span_id"]),
        parent=_hex(span["parent_span_id"]) if span.get("parent_span_id") else None,
        name=span["name"],
        kind=kind and kind.lower(),
        error=span["status"].get("message", "") if failed else None,
        start_us=int(span["start_time_unix_nano"]) // 1_000,
        end_us=int(span["end_time_unix_nano"]) // 1_000,
        tokens=usage
        and Tokens(
            usage["input_tokens"],
            usage["output_tokens"],
            usage.get("cache_read_input_tokens", 0),
            usage.get("cache_creation_input_tokens", 0),
        ),
        cost=cost and cost["total_cost"],
        attributes=attributes,
    )


def _hex(text: str) -> str:
    return base64.b64decode(text).hex()


def _plain(value: dict[str, Any]) -> Any:
    """A value of OTLP's, written the way protobuf writes JSON."""
    [(kind, inner)] = value.items()
    match kind:
        case "array_value":
            return [_plain(item) for item in inner.get("values", [])]
        case "kvlist_value":
            return {pair["key"]: _plain(pair["value"]) for pair in inner.get("values", [])}
        case "int_value":
            return int(inner)
        case _:
            return inner
