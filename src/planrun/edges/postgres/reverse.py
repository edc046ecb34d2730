"""Makes and runs the way back of a run on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from planrun.core import reverse
from planrun.core.record import ConflictRecord
from planrun.core.restore import ForeignKey
from planrun.edges.postgres import history
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.lease import ADVISORY_LOCK
from planrun.edges.postgres.queries import query
from planrun.edges.postgres.unit import unit
from planrun.errors import Conflict, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planrun.core.record import RunRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.script import Statement
    from planrun.edges.postgres.connection import Connection

_CONFLICTS = "PR409"
_REFUSED = {"PR410", "PR411"}
_IN_THE_WAY = {
    "2BP01": "objects that were made since depend on what the way back would drop",
    "23502": "rows that were written since have no value for a column that was NOT NULL",
    "23503": "rows that were written since refer to rows that the way back would remove",
    "23505": "rows that were written since hold a value of a unique key that the way back would restore",
    "23514": "rows that were written since violate a check that the way back would restore",
    "23P01": "rows that were written since violate an exclusion constraint that the way back would restore",
}


def make(connection: Connection, run: RunRecord, written: Mapping[str, tuple[Statement, ...]]) -> ReversePlan:
    """Make the reverse plan of a run from its history and the foreign keys of now."""
    oids = [table.oid for step in run.steps if step.undo for table in step.undo.captured]
    with unit(connection):
        connection.execute(fixed_settings())
        rows = connection.execute(query("foreign_keys"), [oids]).fetchall()
    keys = tuple(
        ForeignKey(child, name, parent, tuple((column, number) for column, number in pairs), tuple(attnums), tuple(own or ()))
        for child, name, parent, pairs, attnums, own in rows
    )
    return reverse.plan(run, keys, written, fixed_settings(), ADVISORY_LOCK)


def execute(
    connection: Connection, plan: ReversePlan, inside: Callable[[], None], settle: Callable[[], None]
) -> tuple[tuple[str, int], ...]:
    """Run the whole way back in one transaction; return for each step the number of rows that were put back.

    Raises:
        Conflict: the application changed what it would overwrite; nothing was changed, the conflicts are listed.
        StatementFailed: something else failed; nothing was changed.
    """
    counts: dict[str, int] = {}
    found: tuple[ConflictRecord, ...] = ()
    try:
        with unit(connection):
            inside()
            for statement in plan.opening:
                _send(connection, statement)
            for step, statements in plan.parts:
                settle()
                for statement in statements:
                    if _is_guard(statement):
                        found = _conflicts(connection)
                    rows = _send(connection, statement)
                    if statement.text.startswith("WITH d0"):
                        counts[step.step] = rows
            found = _conflicts(connection)
            for statement in plan.closing:
                _send(connection, statement)
    except psycopg.Error as error:
        raise _translated(error, plan, found) from error
    return tuple(counts.items())


def _is_guard(statement: Statement) -> bool:
    return _CONFLICTS in statement.text


def _send(connection: Connection, statement: Statement) -> int:
    cursor = connection.execute(statement.text.encode(), prepare=False)
    if statement.text.startswith("WITH d0"):
        (rows,) = cursor.fetchone() or (0,)
        return int(rows)
    return 0


def _conflicts(connection: Connection) -> tuple[ConflictRecord, ...]:
    row = connection.execute("SELECT pg_catalog.current_setting('planrun.run', true)").fetchone()
    return history.conflicts(connection, int(row[0])) if row and row[0] else ()


def _translated(error: psycopg.Error, plan: ReversePlan, found: tuple[ConflictRecord, ...]) -> Exception:
    state = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip()
    if state == _CONFLICTS:
        return ConflictsFound(found)
    if state in _REFUSED:
        return Refused(message)
    if state in _IN_THE_WAY:
        detail = "; ".join(part for part in (message, error.diag.message_detail) if part)
        return Conflict(f"nothing was changed: {_IN_THE_WAY[state]}: {detail}")
    statement = next((s for s in plan.statements if s.text in (getattr(error, "statement", ""), )), plan.statements[0])
    return statement_failed(error, statement, None)


class ConflictsFound(Conflict):
    """The list of what the application changed since and the way back would overwrite."""

    def __init__(self, conflicts: tuple[ConflictRecord, ...]) -> None:
        super().__init__(
            f"{len(conflicts)} conflicts: the application changed what the way back would overwrite;"
            " nothing was changed"
        )
        self.conflicts = conflicts
