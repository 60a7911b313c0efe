"""What schemathesis has to be told of the collector: how bodies that are neither JSON nor a form are sent, and for what a request may be
refused that is as the document says."""

from __future__ import annotations

import os
import re

import schemathesis

KEY = os.environ.get("TELEMETRY_JUDGE_KEY")

MOMENT = [r"`(since|until)`: no moment in `", r"`until`: the window is empty: ", r"`tz`: no time zone `"]
# A message of OTLP is another's, and the document says no more of it than that it is an object, or bytes.
OTLP = {400: [r"`\w+` must be ", r"not such a message: "]}

# Of each operation, by status: what no schema can say, in the words of the answer. Nothing else may be refused.
REFUSALS: dict[str, dict[int, list[str]]] = {
    "GET /api/v1/insights": {400: [*MOMENT, r"`by`: no dimension `", r"`by`: `.+` names one dimension twice", r"`by`: is given \d+ times"]},
    "GET /api/v1/runs": {400: [*MOMENT, r"`after`: is no place in the list"]},
    # There may be no run of that name, or several that begin so.
    "GET /api/v1/runs/{id}": {404: [r"no run `"], 400: [r"\d+ runs begin with "]},
    # Nearly every text is no line of a log.
    "POST /api/v1/events": {
        # A header of the document may be any text, or null.
        415: [r"`Content-Encoding` must be gzip, zstd or identity, and one of them$"],
        400: [r"no line is an event: line \d+ ", r"there is no line in the body", r"`X-Telemetry-Host` (is missing|is empty|has control characters|is not UTF-8)"],
    },
    # Each event is refused for itself; see below.
    "POST /api/v1/telemetry/batch": {400: [r"`errors` says what is wrong with each event$"]},
    "POST /v1/logs": OTLP,
    "POST /v1/metrics": OTLP,
    "POST /v1/traces": OTLP,
}

# Of an event of a batch: the fields that no schema can describe, and what is said of them. Events are kept for so long, and no
# clock is a day ahead; a second of `date-time` may be a 61st; and anything is not everything that can be kept.
EVENT_REFUSALS = {
    "timestamp": r"is before .+: older events are not kept|is after .+: more than a day ahead of this clock|must be a date and time",
    "extraData": r"has the character U\+0000|has a number or a character that cannot be kept|is longer than 65536 bytes",
}


@schemathesis.serializer("application/x-ndjson", "application/x-protobuf")
def as_it_is(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.check
def a_refusal_is_for_what_no_schema_says(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """In place of `positive_data_acceptance`, which knows statuses and no reasons."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    status, label = response.status_code, case.operation.label
    if status == 401:
        # The judge leaves the key away and makes others up, to see that nobody gets in.
        assert sent_keys(response) != {KEY}, "the key is refused"
        return
    if not 200 <= status < 300:
        allowed = REFUSALS.get(label, {}).get(status, [])
        said = reason(response)
        assert any(re.search(pattern, said) for pattern in allowed), f"{label} refuses what is as it must be: {status}: {said}"
    if label == "POST /api/v1/telemetry/batch":
        for error in response.json()["errors"]:
            allowed = EVENT_REFUSALS.get(error.get("field"))
            assert allowed and re.match(allowed, error["reason"]), f"an event is refused that is as it must be: {error}"


def sent_keys(response: schemathesis.Response) -> set[str]:
    headers = response.request.headers
    named = {headers.get("X-API-Key"), headers.get("Authorization", "").removeprefix("Bearer ")}
    return {key.decode() if isinstance(key, bytes) else key for key in named if key}


def reason(response: schemathesis.Response) -> str:
    """What is wrong, in the words of a problem, or of OTLP in either encoding."""
    if "json" not in response.headers["content-type"][0]:
        return response.content.decode("utf-8", "replace")
    document = response.json()
    return document.get("detail") or document.get("message", "")


@schemathesis.check
class EveryOperationAnswers:
    """A judge that never gets past the door has judged nothing: runs are found by the links of the document."""

    def __init__(self) -> None:
        self.asked: set[str] = set()
        self.answered: set[str] = set()

    def after_response(
        self, _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
    ) -> None:
        self.asked.add(case.operation.label)
        if 200 <= response.status_code < 300:
            self.answered.add(case.operation.label)

    def after_run(self, _context: object) -> None:
        never = self.asked - self.answered
        assert not never, f"never answered: {', '.join(sorted(never))}"
