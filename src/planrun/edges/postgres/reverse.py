"""Makes and runs the way back of a run on a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import conflicts, reverse
from planrun.core.catalog import quoted
from planrun.core.foreign_keys import ForeignKey
from planrun.core.images import net_name
from planrun.core.policy import abort
from planrun.core.quoting import literal
from planrun.core.reverse import Begun
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.lease import ADVISORY_LOCK
from planrun.edges.postgres.queries import query
from planrun.edges.postgres.sending import Sending
from planrun.edges.postgres.unit import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from planrun.core.policy import Choice
    from planrun.core.record import RunRecord, StepRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.script import Statement
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.recapture import Recapture

_NETS = """
SELECT f.name FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.format('planrun."%s"', c.relname) AS name) f
WHERE n.nspname = 'planrun' AND c.relname ~ '^(net|image)_[0-9]'
  -- The log of a step that went back may be that of its way back now.
  AND f.name NOT IN (
    SELECT t.captured ->> 'side' FROM planrun.step s
    CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(s.undo -> 'captured') t(captured)
    WHERE s.reversed_by IS NULL)
"""


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
        # Only of a run that was begun to be taken back can anything have been kept.
        begun = any(step.reversed_by for step in run.steps)
        before = connection.execute(conflicts.tables_kept_before(run.id).encode()) if begun else ()
        kept = frozenset(oid for (oid,) in before)
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
    return reverse.plan(run, keys, framed, fixed_settings(), ADVISORY_LOCK, staying, Begun(standing, kept), choice)


def pointing_at(connection: Connection, run: RunRecord) -> tuple[ForeignKey, ...]:
    """Return the foreign keys that point at tables of a run, as they are now; the search_path must be empty."""
    return pointing_at_tables(connection, (t.oid for step in run.steps if step.undo for t in step.undo.captured))


def pointing_at_tables(connection: Connection, oids: Iterable[int]) -> tuple[ForeignKey, ...]:
    """Return the foreign keys that point at tables; one that is named several times counts once, as its keys do."""
    rows = connection.execute(query("foreign_keys"), [sorted({*oids})]).fetchall()
    return tuple(
        ForeignKey(child, name, parent, tuple(tuple(pair) for pair in pairs), tuple(attnums), tuple(own or ()), acts)
        for child, name, parent, pairs, attnums, own, acts in rows
    )


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
    parts = tuple((step.step, statements) for step, statements in plan.parts)
    sending = Sending(connection, inside, plan.opening, parts, plan.closing)
    with sending.conflicts_told():
        if recapture is not None:
            return recapture.run(sending, plan.mirrored), tuple((+sending.rows).items())
        with unit(connection):
            return sending.whole(), tuple((+sending.rows).items())
