"""What stands in the way of a rollback: as text, table by table, and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from planrun.cli import output
from planrun.core.console import cell, shortened
from planrun.core.record import ConflictRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = 20
"""How many conflicts of one table are listed for people; JSON has them all."""

_ADVICE = """\
    what to do: where the later value may go, set the column back to what it was after the run, and run rollback
    again; where it has to stay, leave the run in effect and correct the data by a new plan"""


def conflict_text(conflicts: Iterable[object]) -> str:
    """Return the conflicts by table, with the values before the run, after it and now, and what to do."""
    records = sorted((item for item in conflicts if isinstance(item, ConflictRecord)), key=lambda item: item.relation)
    parts = [_of_table(name, list(group)) for name, group in groupby(records, key=lambda item: item.relation)]
    return "\n".join([*parts, _ADVICE])


def _of_table(name: str, conflicts: list[ConflictRecord]) -> str:
    head = ("key", "column", "before", "after the run", "now", "what happened", "step")
    rows = [
        (
            shortened(item.key),
            item.column or "(whole row)",
            *(shortened(cell(value)) for value in (item.before, item.after, item.now)),
            item.kind,
            item.step,
        )
        for item in conflicts[:SHOWN]
    ]
    lines = ["", output.title(f"{name}: {output.count(len(conflicts), 'conflict')}"), output.columns(head, rows)]
    if len(conflicts) > SHOWN:
        lines.append(f"  (and {len(conflicts) - SHOWN:,} more; --json lists all)")
    return "\n".join(lines)


def conflict_document(conflict: object) -> dict[str, Any]:
    """Return a conflict for a JSON object."""
    found: dict[str, Any] = output.plain(conflict)
    return found
