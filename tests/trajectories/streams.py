"""What an ATOF 0.1 stream has to be: every line an event by the official model, and what no line shows by itself (the
specification's sections 2 to 5). What it only recommends is a rule too, since we write streams for every reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nat.atof.events import Event
from pydantic import TypeAdapter, ValidationError

from rules import Rules

_OFFICIAL: TypeAdapter[Any] = TypeAdapter(Event)
_CATEGORIES = set("agent function llm tool retriever embedder reranker guardrail evaluator custom unknown".split())
_KEYS = set("kind atof_version uuid parent_uuid timestamp name data data_schema metadata category category_profile".split())
_SCOPE_KEYS = _KEYS | {"scope_category", "attributes"}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Line:
    number: int
    event: dict[str, Any]
    moment: int
    """In microseconds."""

    def __getitem__(self, key: str) -> Any:
        return self.event.get(key)

    def __str__(self) -> str:
        return f"line {self.number} ({self['category'] or self['kind']} {self['name']})"


class Stream:
    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self.scopes = [line for line in lines if line["kind"] == "scope"]
        self.starts = {line["uuid"]: line for line in self.scopes if line["scope_category"] == "start"}
        self.ends = {line["uuid"]: line for line in self.scopes if line["scope_category"] == "end"}

    def spans(self) -> Iterator[tuple[Line, Line]]:
        """Starts with their ends."""
        return ((start, self.ends[uuid]) for uuid, start in self.starts.items() if uuid in self.ends)


RULES: Rules[Stream] = Rules()


def faults(file: Path) -> list[str]:
    """Everything that is wrong with a stream; what is no event is told first, and alone."""
    octets = file.read_bytes()
    found = [] if octets.endswith(b"\n") else ["a file ends with a newline"]
    lines = []
    for number, text in enumerate(octets.splitlines(), 1):
        try:
            event = json.loads(text)
            lines.append(Line(number, event, _OFFICIAL.validate_python(event).ts_micros))
        except ValidationError as error:
            found += [f"official: line {number}: {fault['loc']}: {fault['msg']}" for fault in error.errors()]
        except ValueError as error:
            found.append(f"official: line {number}: {error}")
    return found or RULES.broken(Stream(lines))


@RULES
def has_a_root(stream: Stream) -> Iterable[object]:
    if not any(start["parent_uuid"] is None for start in stream.starts.values()):
        yield "the stream"


@RULES
def says_its_version(stream: Stream) -> Iterable[object]:
    return (line for line in stream.lines if line["atof_version"] != "0.1")


@RULES
def has_no_key_of_its_own(stream: Stream) -> Iterable[object]:
    return (line for line in stream.lines if set(line.event) - (_SCOPE_KEYS if line["kind"] == "scope" else _KEYS))


@RULES
def is_named_by_uuids(stream: Stream) -> Iterable[object]:
    for line in stream.lines:
        if not all(_UUID.fullmatch(named) for named in (line["uuid"], line["parent_uuid"]) if named is not None):
            yield line


@RULES
def is_of_the_vocabulary(stream: Stream) -> Iterable[object]:
    return (line for line in stream.lines if line["category"] not in _CATEGORIES | {None})


@RULES
def has_a_subtype_if_it_is_custom(stream: Stream) -> Iterable[object]:
    for line in stream.lines:
        if bool((line["category_profile"] or {}).get("subtype")) != (line["category"] == "custom"):
            yield line


@RULES
def has_an_object_as_data(stream: Stream) -> Iterable[object]:
    return (line for line in stream.lines if not isinstance(line["data"], dict | None))


@RULES
def has_a_schema_with_name_and_version(stream: Stream) -> Iterable[object]:
    for line in stream.lines:
        schema = line["data_schema"]
        if schema is not None and not all(isinstance(schema.get(key), str) for key in ("name", "version")):
            yield line


@RULES
def has_sorted_attributes(stream: Stream) -> Iterable[object]:
    return (line for line in stream.scopes if line["attributes"] is None or line["attributes"] != sorted(set(line["attributes"])))


@RULES
def is_in_the_order_of_time(stream: Stream) -> Iterable[object]:
    return (later for line, later in zip(stream.lines, stream.lines[1:]) if later.moment < line.moment)


@RULES
def is_there_once(stream: Stream) -> Iterable[object]:
    seen: set[tuple[str, str | None]] = set()
    for line in stream.lines:
        # A mark is neither start nor end, and no scope has its name.
        names = {(line["uuid"], line["scope_category"])}
        others = {(line["uuid"], word) for word in ("start", "end", None)} if line["kind"] == "mark" else {(line["uuid"], None)}
        if (names | others) & seen:
            yield line
        seen |= names


@RULES
def ends_what_was_started(stream: Stream) -> Iterable[object]:
    return (line for uuid, line in stream.ends.items() if uuid not in stream.starts)


@RULES
def is_ended(stream: Stream) -> Iterable[object]:
    return (line for uuid, line in stream.starts.items() if uuid not in stream.ends)


@RULES
def ends_later_than_it_starts(stream: Stream) -> Iterable[object]:
    return (end for start, end in stream.spans() if end.moment <= start.moment)


@RULES
def is_at_its_end_what_it_was(stream: Stream) -> Iterable[object]:
    same = ("name", "category", "attributes", "parent_uuid")
    return (end for start, end in stream.spans() if any(start[key] != end[key] for key in same))


@RULES
def has_a_parent_in_the_stream(stream: Stream) -> Iterable[object]:
    return (line for line in stream.lines if line["parent_uuid"] not in stream.starts.keys() | {None})


@RULES
def is_not_before_its_parent(stream: Stream) -> Iterable[object]:
    for line in stream.lines:
        parent = stream.starts.get(line["parent_uuid"])
        if parent and line.moment < parent.moment:
            yield line
