"""How schemathesis puts values into the bodies that are neither JSON nor a form: as they are."""

from __future__ import annotations

import schemathesis


@schemathesis.serializer("application/x-ndjson", "application/x-protobuf")
def as_it_is(_context: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
