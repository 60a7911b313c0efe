"""What a receiver shows of a span, in the same words for every receiver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Tokens(NamedTuple):
    """All that went in, the cached included, and all that came out."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0


@dataclass(frozen=True)
class Shown:
    trace: str
    session: str | None
    """The receiver's, which is one of the whole trace."""
    id: str
    parent: str | None
    name: str
    kind: str | None
    """In lower case, as the receiver calls it; none if it does not know one."""
    error: str | None
    """The message of a status that is an error."""
    start_us: int
    end_us: int
    tokens: Tokens | None
    cost: float | None
    """US dollars."""
    attributes: dict[str, Any]


def outline(spans: Iterable[Shown]) -> str:
    """Trees of spans as indented lines: kind, name, tokens, and what went wrong."""
    spans = sorted(spans, key=lambda span: (span.start_us, -span.end_us, span.name))
    known = {span.id for span in spans}

    def lines(parent: str | None, depth: int) -> Iterable[str]:
        for span in spans:
            if (span.parent if span.parent in known else None) == parent:
                tokens = f" ({span.tokens.input} in, {span.tokens.output} out)" if span.tokens else ""
                error = "" if span.error is None else f" [error {span.error}]".replace(" ]", "]")
                yield f"{'  ' * depth}{span.kind or '?'}: {span.name}{tokens}{error}"
                yield from lines(span.id, depth + 1)

    return "\n".join(lines(None, 0))
