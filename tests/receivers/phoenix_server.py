"""Arize Phoenix, and what its GraphQL says it has got."""

from __future__ import annotations

import itertools
import json
import sys
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from server import Server, free_port, wait_for
from shown import Shown, Tokens
from wire import Span, request, send

_SPANS = """query($project: String!, $after: String) {
  getProjectByName(name: $project) { spans(first: 500, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      spanId parentId name spanKind statusCode statusMessage startTime endTime attributes
      tokenCountPrompt tokenCountCompletion tokenPromptDetails { cacheRead cacheWrite }
      costSummary { total { cost } }
      trace { traceId session { sessionId } }
  } } } } }"""

_COUNT = """query($project: String!) { getProjectByName(name: $project) { recordCount } }"""

_SESSIONS = """query($project: String!) {
  getProjectByName(name: $project) { sessions(first: 1000) { edges { node {
    sessionId numTraces tokenUsage { prompt completion } costSummary { total { cost } }
  } } } } }"""

_PRICE = """mutation($input: CreateModelMutationInput!) { createModel(input: $input) { model { id } } }"""


class Phoenix:
    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.endpoint = f"{self.url}/v1/traces"
        self._tries = itertools.count()
        self._server = Server(
            folder,
            [sys.executable, Path(__file__).with_name("without_grpc.py")],
            f"{self.url}/healthz",
            PHOENIX_WORKING_DIR=str(folder),
            PHOENIX_HOST="127.0.0.1",
            PHOENIX_PORT=str(port),
            PHOENIX_TELEMETRY_ENABLED="false",
            PHOENIX_ALLOW_EXTERNAL_RESOURCES="false",
            PHOENIX_DISABLE_AGENT_ASSISTANT="true",
            PHOENIX_ENABLE_MCP_SERVER="false",
        )
        self.wait, self.close = self._server.wait, self._server.close

    def price(self, model: str, rates: dict[str, float]) -> None:
        """What a model costs from now on, in dollars for a million tokens."""
        kinds = {"output": "COMPLETION", "reasoning": "COMPLETION"}
        costs = [
            {"tokenType": bucket, "costPerMillionTokens": rate, "kind": kinds.get(bucket, "PROMPT")}
            for bucket, rate in rates.items()
        ]
        self._ask(_PRICE, input={"name": model, "namePattern": f"^{model}$", "costs": costs})
        # Phoenix looks at its prices every few seconds.
        wait_for(f"Phoenix to know what {model} costs", lambda: self._try(model).cost)

    def spans(self, project: str, count: int) -> list[Shown]:
        """Everything in a project, once there are so many. Phoenix stores spans after it has answered, those of one body in
        their order."""
        wait_for(f"{count} spans in {project}", lambda: self._count(project) >= count or None)
        return self._stored(project)

    def sessions(self, project: str) -> dict[str, dict[str, Any]]:
        """A project's sessions by id, as Phoenix sums them up."""
        edges = self._ask(_SESSIONS, project=project)["getProjectByName"]["sessions"]["edges"]
        return {edge["node"]["sessionId"]: edge["node"] for edge in edges}

    def _try(self, model: str) -> Shown:
        """A call of a model, made just now."""
        name = f"try-{next(self._tries)}"
        usage = {"gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 1}
        call = Span(name, {"gen_ai.operation.name": "chat", "gen_ai.request.model": model, **usage})
        assert send(self.endpoint, request(name, {"openinference.project.name": name}, call))[0] == 200
        return self.spans(name, 1)[0]

    def _count(self, project: str) -> int:
        answer = self._ask(_COUNT, project=project)["getProjectByName"]
        return answer["recordCount"] if answer else 0

    def _stored(self, project: str) -> list[Shown]:
        found, after = [], None
        while True:
            answer = self._ask(_SPANS, project=project, after=after)["getProjectByName"]
            found += [_shown(edge["node"]) for edge in answer["spans"]["edges"]]
            if not answer["spans"]["pageInfo"]["hasNextPage"]:
                return found
            after = answer["spans"]["pageInfo"]["endCursor"]

    def _ask(self, query: str, **variables: Any) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        question = urllib.request.Request(f"{self.url}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(question, timeout=60) as answer:
            told = json.load(answer)
        assert not told.get("errors"), told["errors"]
        return told["data"]


def _shown(node: dict[str, Any]) -> Shown:
    details, session = node["tokenPromptDetails"], node["trace"]["session"]
    # A call without usage has zeros.
    counted = node["tokenCountPrompt"] or node["tokenCountCompletion"]
    return Shown(
        trace=node["trace"]["traceId"],
        session=session and session["sessionId"],
        id=node["spanId"],
        parent=node["parentId"],
        name=node["name"],
        kind=None if node["spanKind"] == "unknown" else node["spanKind"],
        error=node["statusMessage"] if node["statusCode"] == "ERROR" else None,
        start_us=_microseconds(node["startTime"]),
        end_us=_microseconds(node["endTime"]),
        tokens=Tokens(
            node["tokenCountPrompt"], node["tokenCountCompletion"], details["cacheRead"] or 0, details["cacheWrite"] or 0
        )
        if counted
        else None,
        cost=node["costSummary"] and node["costSummary"]["total"]["cost"],
        attributes=json.loads(node["attributes"]),
    )


def _microseconds(text: str) -> int:
    when = datetime.fromisoformat(text)
    return int(when.replace(microsecond=0).timestamp()) * 1_000_000 + when.microsecond
