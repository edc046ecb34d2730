"""Makes and runs the way back of a run on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from planrun.core import reverse
from planrun.core.catalog import quoted
from planrun.core.foreign_keys import ForeignKey
from planrun.core.quoting import literal
from planrun.edges.postgres import history
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.lease import ADVISORY_LOCK
from planrun.edges.postgres.queries import query
from planrun.edges.postgres.unit import unit
from planrun.errors import Conflict, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planrun.core.record import ConflictRecord, RunRecord, StepRecord
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


def make(
    connection: Connection,
    run: RunRecord,
    written: Mapping[str, tuple[Statement, ...]],
    search_path: tuple[str, ...] | None = None,
    staying: tuple[StepRecord, ...] = (),
) -> ReversePlan:
    """Make the reverse plan of a run from its history and the foreign keys of now.

    Args:
        connection: in autocommit.
        run: the run.
        written: hand-written ways back by the step that they reverse.
        search_path: the plan's, under which those run; None for that of the role and database.
        staying: the steps of the plan that stay in effect.
    """
    oids = [table.oid for step in run.steps if step.undo for table in step.undo.captured]
    with unit(connection):
        (home,) = connection.execute("SELECT pg_catalog.current_setting('search_path')").fetchone() or ("",)
        connection.execute(fixed_settings())
        rows = connection.execute(query("foreign_keys"), [oids]).fetchall()
    keys = tuple(
        ForeignKey(child, name, parent, tuple(tuple(pair) for pair in pairs), tuple(attnums), tuple(own or ()))
        for child, name, parent, pairs, attnums, own in rows
    )
    path = home if search_path is None else ", ".join(quoted(name) for name in search_path)
    users = f"SELECT pg_catalog.set_config('search_path', {literal(path)}, true)"
    framed = {step: (users, statements) for step, statements in written.items()}
    return reverse.plan(run, keys, framed, fixed_settings(), ADVISORY_LOCK, staying)


def execute(
    connection: Connection, plan: ReversePlan, inside: Callable[[], None]
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Run the whole way back in one transaction; return its run and for each step the rows that were put back.

    Args:
        connection: in autocommit; inside a transaction when the way back is only tried.
        plan: the way back.
        inside: called when the transaction has begun (the lease is checked there).

    Raises:
        Conflict: the application changed what it would overwrite; nothing was changed, the conflicts are listed.
        StatementFailed: something else failed; nothing was changed.
    """
    counts: dict[str, int] = {}
    run = 0
    found: tuple[ConflictRecord, ...] = ()
    try:
        with unit(connection):
            inside()
            for statement in plan.opening:
                _send(connection, statement)
            for step, statements in plan.parts:
                for statement in statements:
                    if _is_guard(statement):
                        found = _conflicts(connection)
                    rows = _send(connection, statement)
                    if statement.text.startswith("WITH d0"):
                        counts[step.step] = rows
            run, found = _reverse_run(connection), _conflicts(connection)
            for statement in plan.closing:
                _send(connection, statement)
    except psycopg.errors.DatabaseError as error:
        if error.sqlstate != _CONFLICTS:
            raise
        raise Conflict(
            f"{len(found)} conflicts: the application changed what the way back would overwrite; nothing was changed",
            hint="planrun status lists them; settle them in the database, then roll back again",
            conflicts=found,
        ) from error
    return run, tuple(counts.items())


def _is_guard(statement: Statement) -> bool:
    return _CONFLICTS in statement.text


def _send(connection: Connection, statement: Statement) -> int:
    try:
        cursor = connection.execute(statement.text.encode(), prepare=False)
    except psycopg.Error as error:
        if error.sqlstate == _CONFLICTS:
            raise
        raise _translated(error, statement) from error
    if statement.text.startswith("WITH d0"):
        (rows,) = cursor.fetchone() or (0,)
        return int(rows)
    return 0


def _conflicts(connection: Connection) -> tuple[ConflictRecord, ...]:
    return history.conflicts(connection, _reverse_run(connection))


def _reverse_run(connection: Connection) -> int:
    (run,) = connection.execute("SELECT pg_catalog.current_setting('planrun.run')::bigint").fetchone() or (0,)
    return int(run)


def _translated(error: psycopg.Error, statement: Statement) -> Exception:
    state = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip()
    if state in _REFUSED:
        return Refused(message)
    if state in _IN_THE_WAY:
        detail = "; ".join(part for part in (message, error.diag.message_detail) if part)
        return Conflict(f"nothing was changed: {_IN_THE_WAY[state]}: {detail}")
    return statement_failed(error, statement, None)
