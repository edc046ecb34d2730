"""Reads the conflict table of the history: every conflict that a rollback met, with what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from planrun.core.catalog import quoted
from planrun.core.conflict_list import ConflictList
from planrun.core.policy import parts
from planrun.core.quoting import literal
from planrun.core.record import ConflictRecord, ListedConflict
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.unit import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planrun.edges.postgres.connection import Connection

# to_jsonb: an older history has no column for the outcome.
_QUERY = """
SELECT r.id AS rollback, r.plan, r.reverses AS run, r.status, r.started_at AS started, c.step_id AS step,
  c.relation, c.key, c.column_name AS "column", c.kind, c.before, c.after, c.now,
  coalesce(pg_catalog.to_jsonb(c) ->> 'outcome', CASE r.status WHEN 'failed' THEN 'nothing was changed' END) AS outcome
FROM planrun.conflict c JOIN planrun.run r ON r.id = c.run_id
WHERE {condition} ORDER BY c.id
"""

_FORMAT = r"FORMAT csv, HEADER true, NULL '\N', ENCODING 'UTF8'"
"""As in the exports of backup steps: NULL, an empty text and the text \\N are told apart."""


def listed(connection: Connection, plan: str | None, run: int | None) -> ConflictList[ListedConflict]:
    """Return the conflicts of all rollbacks, or of one plan, or of one run: the rollback, or what it took back."""
    with unit(connection), connection.cursor() as cursor:
        connection.execute(fixed_settings())
        with cursor.copy(f"COPY ({_query(plan, run)}) TO STDOUT".encode()) as copy:
            return ConflictList(copy.rows(), _listed)


def _listed(row: Sequence[Any]) -> ListedConflict:
    rollback, name, run, status, started, step, relation, key, column, kind, before, after, now, outcome = row
    conflict = ConflictRecord(step, relation, key, column, before, after, now, kind)
    taken = None if run is None else int(run)
    return ListedConflict(int(rollback), name, taken, status, datetime.fromisoformat(started), conflict, outcome)


def tables_named(connection: Connection, names: Iterable[str]) -> tuple[str, ...]:
    """Return the quoted, qualified names of the tables that have one of these names, in whatever schema."""
    last = [read[-1] for read in map(parts, names) if read]
    rows = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND c.relname = ANY ($1)",
        [last],
    )
    return tuple(f"{quoted(schema)}.{quoted(name)}" for schema, name in rows)


def export(connection: Connection, plan: str | None, run: int | None, write: Callable[[bytes], object]) -> int:
    """Write the same as CSV, as the server writes it; return the number of conflicts."""
    with unit(connection), connection.cursor() as cursor:
        connection.execute(fixed_settings())
        with cursor.copy(f"COPY ({_query(plan, run)}) TO STDOUT ({_FORMAT})".encode()) as copy:
            for block in copy:
                write(bytes(block))
        return cursor.rowcount


def _query(plan: str | None, run: int | None) -> str:
    of_plan = "true" if plan is None else f"r.plan = {literal(plan)}"
    of_run = "true" if run is None else f"{run} IN (r.id, r.reverses)"
    return _QUERY.format(condition=f"{of_plan} AND {of_run}")
