"""Makes and runs the way back of a run on a connection."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from planrun.core import reverse
from planrun.core.catalog import quoted
from planrun.core.foreign_keys import ForeignKey
from planrun.core.images import net_name
from planrun.core.policy import abort, ways_out
from planrun.core.quoting import literal
from planrun.core.restore import RESTORES
from planrun.edges.postgres import history
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.lease import ADVISORY_LOCK
from planrun.edges.postgres.queries import query
from planrun.edges.postgres.recapture import Recapture, Ways, tidies
from planrun.edges.postgres.unit import unit
from planrun.errors import Conflict, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from planrun.core.policy import Choice
    from planrun.core.record import ConflictRecord, RunRecord, StepRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.script import Statement
    from planrun.edges.postgres.connection import Connection

CONFLICTS = "PR409"
"""The SQLSTATE by which a way back ends when there are conflicts."""
_NETS = """
SELECT pg_catalog.format('planrun."%s"', c.relname) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'planrun' AND c.relname ~ '^net_[0-9]'
"""
_REFUSED = {"PR410", "PR411"}
_IN_THE_WAY = {
    "22001": "values that were written since are too long for a type that comes back",
    "22003": "values that were written since are out of the range of a type that comes back",
    "22007": "values that were written since do not fit a type that comes back",
    "22008": "values that were written since are out of the range of a type that comes back",
    "22P02": "values that were written since do not fit a type that comes back",
    "42P07": "a table or index was made since under a name that comes back",
    "42710": "an object was made since under a name that comes back",
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
    choice: Choice = abort,
) -> ReversePlan:
    """Make the reverse plan of a run from its history and the foreign keys of now.

    Args:
        connection: in autocommit.
        run: the run.
        written: hand-written ways back by the step that they reverse.
        search_path: the plan's, under which those run; None for that of the role and database.
        staying: the steps of the plan that stay in effect.
        choice: what becomes of conflicts.
    """
    with unit(connection):
        (home,) = connection.execute("SELECT pg_catalog.current_setting('search_path')").fetchone() or ("",)
        connection.execute(fixed_settings())
        keys = pointing_at(connection, run)
        nets = {name for (name,) in connection.execute(_NETS)}
    standing = tuple(
        (step.id, table)
        for step in run.steps
        if step.undo and step.reversed_by
        for table in step.undo.captured
        if net_name(step.id, table) in nets
    )
    path = home if search_path is None else ", ".join(quoted(name) for name in search_path)
    users = f"SELECT pg_catalog.set_config('search_path', {literal(path)}, true)"
    # A rollback goes back as it was recorded, not by the scripts that take the steps of the plan back.
    by_hand = written if run.direction == "execute" else {}
    framed = {step: (users, statements) for step, statements in by_hand.items()}
    return reverse.plan(run, keys, framed, fixed_settings(), ADVISORY_LOCK, staying, standing, choice)


def pointing_at(connection: Connection, run: RunRecord) -> tuple[ForeignKey, ...]:
    """Return the foreign keys that point at tables of a run, as they are now; the search_path must be empty."""
    oids = [table.oid for step in run.steps if step.undo for table in step.undo.captured]
    rows = connection.execute(query("foreign_keys"), [oids]).fetchall()
    return tuple(
        ForeignKey(child, name, parent, tuple(tuple(pair) for pair in pairs), tuple(attnums), tuple(own or ()))
        for child, name, parent, pairs, attnums, own in rows
    )


@dataclass(slots=True)
class _Sending:
    """The statements of one way back on their way to the server, and what came of them.

    Attributes:
        found: the conflicts listed so far.
        rows: for each step the rows that were put back.
        waiting: statements that wait for the end.
    """

    connection: Connection
    plan: ReversePlan
    inside: Callable[[], None]
    tidies: frozenset[str]
    found: tuple[ConflictRecord, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    waiting: list[Statement] = field(default_factory=list)

    def opening(self) -> None:
        self.inside()
        self.rows, self.waiting = {}, []
        for statement in self.plan.opening:
            send(self.connection, statement)

    def back(self) -> None:
        for step, statements in self.plan.parts:
            for statement in statements:
                if statement.text in self.tidies:
                    self.waiting.append(statement)
                    continue
                if is_guard(statement):
                    self.found = listed(self.connection)
                rows = send(self.connection, statement)
                if statement.text.startswith(RESTORES):
                    self.rows[step.step] = rows

    def closing(self) -> int:
        for statement in self.waiting:
            send(self.connection, statement)
        run, self.found = reverse_run(self.connection), listed(self.connection)
        for statement in self.plan.closing:
            send(self.connection, statement)
        return run


def execute(
    connection: Connection,
    plan: ReversePlan,
    inside: Callable[[], None],
    recapture: Recapture | None = None,
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """Run the whole way back in one transaction; return its run and for each step the rows that were put back.

    Args:
        connection: in autocommit; inside a transaction when the way back is only tried.
        plan: the way back.
        inside: called when the transaction has begun (the lease is checked there).
        recapture: captures it, so that it can be taken back itself; None when it is only tried.

    Raises:
        Conflict: the application changed what it would overwrite; nothing was changed, the conflicts are listed.
        StatementFailed: something else failed; nothing was changed.
    """
    sending = _Sending(connection, plan, inside, tidies(plan.steps) if recapture else frozenset())
    try:
        if recapture is not None:
            return recapture.run(Ways(sending.opening, sending.back, sending.closing)), tuple(sending.rows.items())
        with unit(connection):
            sending.opening()
            sending.back()
            return sending.closing(), tuple(sending.rows.items())
    except psycopg.errors.DatabaseError as error:
        if error.sqlstate != CONFLICTS:
            raise
        raise Conflict(
            f"{len(sending.found)} conflicts: the application changed what the way back would overwrite;"
            " nothing was changed",
            hint=ways_out(conflict.kind for conflict in sending.found),
            conflicts=sending.found,
        ) from error


def is_guard(statement: Statement) -> bool:
    """Whether a statement ends the way back if there are conflicts."""
    return CONFLICTS in statement.text


def send(connection: Connection, statement: Statement) -> int:
    """Send a statement of a way back; return the rows that it put back.

    Raises:
        Conflict: something that was written or made since is in its way.
        StatementFailed: it failed for another reason.
    """
    with translated(statement):
        cursor = connection.execute(statement.text.encode(), prepare=False)
    if statement.text.startswith(RESTORES):
        (rows,) = cursor.fetchone() or (0,)
        return int(rows)
    return 0


def listed(connection: Connection) -> tuple[ConflictRecord, ...]:
    """Return the conflicts that stand in the way of the way back under way, as far as it has listed them."""
    found = history.conflicts(connection, reverse_run(connection))
    return tuple(conflict for conflict in found if conflict.outcome is None)


def reverse_run(connection: Connection) -> int:
    """Return the number of the way back under way."""
    (run,) = connection.execute("SELECT pg_catalog.current_setting('planrun.run')::bigint").fetchone() or (0,)
    return int(run)


@contextmanager
def translated(statement: Statement) -> Iterator[None]:
    """Let what the server says of a statement of a way back be raised in people's words, conflicts apart."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate == CONFLICTS:
            raise
        raise _translated(error, statement) from error


def _translated(error: psycopg.Error, statement: Statement) -> Exception:
    state = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip()
    if state in _REFUSED:
        return Refused(message)
    if state in _IN_THE_WAY:
        detail = "; ".join(part for part in (message, error.diag.message_detail) if part)
        return Conflict(f"nothing was changed: {_IN_THE_WAY[state]}: {detail}")
    return statement_failed(error, statement, None)
