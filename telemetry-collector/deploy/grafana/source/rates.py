"""What shares are of: the conditions of overview, faults and people alike."""

from __future__ import annotations

from sql import APPROVED, ENDED

COMPLETED = "fact = 'run' AND outcome = 'completed'"
ENDED_RUNS = f"fact = 'run' AND {ENDED}"
SUCCEEDED = "fact = 'report' AND outcome = 'success'"
SAYS = "fact = 'report' AND outcome IN ('success', 'failure')"
APPROVED_REPORTS = f"fact = 'report' AND {APPROVED}"
DECIDED_REPORTS = "fact = 'report' AND status <> ''"
