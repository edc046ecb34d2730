"""The history tables in schema ``planrun``: reading them, and writing them in the transaction of the effect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from planrun import __version__
from planrun.core import conflict_list
from planrun.core.batches import Page
from planrun.core.record import RunRecord, StatementRecord, StepRecord
from planrun.core.remade import Moved, recognized
from planrun.core.script import DML
from planrun.core.undo import Undo
from planrun.edges.postgres.queries import prepared, query
from planrun.edges.postgres.unit import unit
from planrun.errors import EnvironmentFault, Refused
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from planrun.core.conflict_list import ConflictList
    from planrun.core.record import ConflictRecord
    from planrun.edges.postgres.connection import Connection

VERSION = 4
"""The version of the history tables that this program writes; version 1 is ``history.sql``, 2 ``history_2.sql`` …"""

_BATCHES = 2
"""The first version that knows pages."""

_REMADE = 4
"""The first version that knows what ways back made again."""

_RUN = "id, plan, direction, status, transaction, started_at, finished_at, role, reverses, error, finalized_at"
_STEP = (
    "id, run_id, step, kind, status, digest, source, started_at, finished_at, rows, statements, undo, undo_bytes,"
    " reversed_by, error, batch, again_by"
)


@frozen
class Opening:
    """What the history is told when a step begins; `ordinal` numbers the step inside its run, `page` the page in it."""

    run: int
    ordinal: int
    step: str
    kind: str
    description: str
    digest: str
    source: str
    page: Page | None = None

    @property
    def token(self) -> str:
        """What tells the side tables and triggers of this step, or page, from all others."""
        return f"{self.run}_{self.ordinal}" + (f"_{self.page.number}" if self.page else "")


def installed(connection: Connection) -> bool:
    """Tell whether the history exists, and refuse one that is not ours or newer than we are.

    Raises:
        Refused: somebody else owns the schema, so that its tables cannot be trusted.
        EnvironmentFault: a newer planrun wrote it.
    """
    row = connection.execute(
        # A superuser is a member of every role, and would run what another role planted there with all its rights.
        "SELECT pg_catalog.pg_get_userbyid(n.nspowner), r.oid = n.nspowner"
        " OR NOT r.rolsuper AND pg_catalog.pg_has_role(n.nspowner, 'USAGE'),"
        " EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = 'version')"
        " FROM pg_catalog.pg_namespace n, pg_catalog.pg_roles r"
        " WHERE n.nspname = 'planrun' AND r.rolname = current_user"
    ).fetchone()
    if row is None:
        return False
    owner, ours, complete = row
    if not ours:
        raise Refused(
            f"schema planrun belongs to {owner}",
            hint="connect as that role, or as a member of it; a schema that somebody else made is not trusted",
        )
    if not complete:
        raise Refused("schema planrun exists, but planrun did not make it", hint="rename it away")
    version = _version(connection)
    if version > VERSION:
        raise EnvironmentFault(
            f"the history has version {version}, this planrun knows {VERSION}", hint="update planrun"
        )
    return True


def _version(connection: Connection) -> int:
    (version,) = connection.execute("SELECT pg_catalog.max(version) FROM planrun.version").fetchone() or (0,)
    return int(version)


def install(connection: Connection) -> None:
    """Create the history, or bring an older one up to date, in one transaction; two at once do not harm each other."""
    if installed(connection) and _version(connection) == VERSION:
        return
    with unit(connection):
        connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('planrun', 0))")
        found = _version(connection) if installed(connection) else 0
        for version in range(found + 1, VERSION + 1):
            connection.execute(query("history" if version == 1 else f"history_{version}").encode())


# --- runs --------------------------------------------------------------------------------------


def begin_run(connection: Connection, plan: str, direction: str, transaction: str, reverses: int | None = None) -> int:
    """Open a run and return its id."""
    (run,) = connection.execute(
        "INSERT INTO planrun.run (plan, direction, reverses, status, transaction, tool)"
        " VALUES ($1, $2, $3, 'running', $4, $5) RETURNING id",
        [plan, direction, reverses, transaction, f"planrun {__version__}"],
    ).fetchone() or (0,)
    return int(run)


def resume_run(connection: Connection, run: int) -> None:
    """Set an interrupted or failed run running again."""
    connection.execute(
        "UPDATE planrun.run SET status = 'running', error = NULL, finished_at = NULL WHERE id = $1", [run]
    )


def end_run(connection: Connection, run: int, status: str, error: str | None = None) -> None:
    """Close a run."""
    connection.execute(
        "UPDATE planrun.run SET status = $2, error = $3, finished_at = pg_catalog.clock_timestamp() WHERE id = $1",
        [run, status, error],
    )


def fail_run(connection: Connection, run: int, error: str) -> str | None:
    """Close a run that failed; return why that could not be written, or None.

    It never raises: there is a first error already.
    """
    if connection.closed:
        return "the connection is closed"
    try:
        end_run(connection, run, "failed", error)
    except psycopg.Error as second:
        return str(second).strip()
    return None


def runs(connection: Connection, plan: str | None = None) -> tuple[RunRecord, ...]:
    """Return all runs, or those of one plan, with their steps, oldest first."""
    # In binary: a time then means the same whatever DateStyle says.
    steps: dict[int, list[StepRecord]] = {}
    version = _version(connection)
    moved = _moved(connection) if version >= _REMADE else ()
    columns = _STEP if version >= _BATCHES else _STEP.replace("batch, again_by", "NULL::jsonb, NULL::bigint")
    for row in connection.execute(
        f"SELECT {columns} FROM planrun.step WHERE $1::text IS NULL OR run_id IN"
        " (SELECT id FROM planrun.run WHERE plan = $1) ORDER BY id",
        [plan],
        binary=True,
    ):
        record = _step(row, moved)
        steps.setdefault(record.run, []).append(record)
    query_runs = f"SELECT {_RUN} FROM planrun.run WHERE $1::text IS NULL OR plan = $1 ORDER BY id"
    rows = connection.execute(query_runs, [plan], binary=True)
    by_hand = max((s.id for part in steps.values() for s in part if s.undo and s.undo.by_hand), default=0)
    return tuple(replace(_run(row, steps.get(row[0], ())), by_hand=by_hand) for row in rows)


def _run(row: tuple[Any, ...], steps: Iterable[StepRecord]) -> RunRecord:
    run, plan, direction, status, transaction, started, finished, role, reverses, error, finalized = row
    return RunRecord(
        run, plan, direction, status, transaction, started, finished, role, reverses, error, finalized, tuple(steps)
    )


def _moved(connection: Connection) -> tuple[Moved, ...]:
    """Return what ways back made again, oldest first."""
    rows = connection.execute("SELECT run_id, was::bigint, now::bigint, columns FROM planrun.remade ORDER BY id")
    return tuple(
        Moved(run, was, now, {int(number): column for number, column in columns.items()})
        for run, was, now, columns in rows
    )


def _step(row: tuple[Any, ...], moved: tuple[Moved, ...]) -> StepRecord:
    number, run, step, kind, status, digest, source, started, finished, rows, statements, undo, size, *rest = row
    back, error, batch, again = rest
    return StepRecord(
        id=number,
        run=run,
        step=step,
        kind=kind,
        status=status,
        digest=digest,
        source=source,
        started=started,
        finished=finished,
        rows=rows,
        statements=tuple(StatementRecord(**item) for item in statements or ()),
        undo=recognized(Undo.from_json(undo), [move for move in moved if move.run > run]) if undo else None,
        undo_bytes=size or 0,
        reversed_by=back,
        note=error or "",
        page=Page.from_json(batch) if batch else None,
        again_by=again,
    )


# --- steps -------------------------------------------------------------------------------------


def begin_step(connection: Connection, opening: Opening, started: datetime | None = None) -> tuple[int, str]:
    """Write the record of a step that begins; return its id and the transaction id that its row carries.

    Args:
        connection: in the transaction of the step's effect.
        opening: what the step is.
        started: by the server's clock, when the step had begun before this transaction.
    """
    step, xmin = prepared(
        connection,
        "INSERT INTO planrun.step (run_id, step, kind, description, status, digest, source, started_at, batch)"
        " VALUES ($1, $2, $3, $4, 'running', $5, $6, coalesce($7, pg_catalog.clock_timestamp()), $8)"
        " RETURNING id, xmin::text",
        [
            *(opening.run, opening.step, opening.kind, opening.description, opening.digest, opening.source, started),
            Jsonb(opening.page.to_json()) if opening.page else None,
        ],
    ).fetchone() or (0, "0")
    return step, xmin


def pages(connection: Connection, plan: str, step: str) -> tuple[Page | None, int, int, int]:
    """Return the last page in effect of a batched step, how many rows its pages have and wrote, and how many warned.

    They may be of an earlier run, when that was taken back in part.
    """
    row = connection.execute(
        "SELECT (pg_catalog.array_agg(s.batch ORDER BY s.id DESC))[1],"
        " coalesce(pg_catalog.sum((s.batch -> 'rows')::bigint), 0)::bigint, coalesce(pg_catalog.sum((SELECT"
        " pg_catalog.sum((t -> 'rows')::bigint) FROM pg_catalog.jsonb_array_elements(s.statements) t"
        " WHERE t ->> 'tag' = ANY ($3::pg_catalog.text[]))), 0)::bigint,"
        " pg_catalog.count(*) FILTER (WHERE s.status = 'warned')"
        " FROM planrun.step s JOIN planrun.run r ON r.id = s.run_id WHERE r.plan = $1 AND r.direction = 'execute'"
        " AND s.step = $2 AND s.batch IS NOT NULL AND s.status IN ('done', 'warned') AND s.reversed_by IS NULL",
        [plan, step, sorted(DML)],
    ).fetchone()
    last, passed, written, warned = row or (None, 0, 0, 0)
    return Page.from_json(last) if last else None, passed, written, warned


def finish_step(
    connection: Connection,
    step: int,
    opening: Opening,
    statements: tuple[StatementRecord, ...],
    undo: Undo | None,
    *,
    status: str = "done",
    rows: int | None = None,
    note: str | None = None,
) -> StepRecord:
    """Complete the record of a step, in the transaction of its effect."""
    listed = [{"tag": item.tag, "rows": item.rows, "seconds": round(item.seconds, 6)} for item in statements]
    total = sum(item.rows for item in statements) if rows is None and statements else rows
    sides = list(undo.side_tables) if undo else []
    row = prepared(
        connection,
        "UPDATE planrun.step SET status = $2, finished_at = pg_catalog.clock_timestamp(), rows = $3, statements = $4,"
        " undo = $5, error = $6, undo_bytes = (SELECT coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(s)), 0)"
        " FROM pg_catalog.unnest($7::pg_catalog.regclass[]) s) WHERE id = $1"
        " RETURNING started_at, finished_at, undo_bytes",
        [step, status, total, Jsonb(listed), Jsonb(undo.to_json()) if undo else None, note, sides],
    ).fetchone()
    if row is None:
        raise EnvironmentFault(f"step {opening.step} has lost its record in planrun.step")
    started, finished, size = row
    return StepRecord(
        id=step,
        run=opening.run,
        step=opening.step,
        kind=opening.kind,
        status=status,
        digest=opening.digest,
        source=opening.source,
        started=started,
        finished=finished,
        rows=total,
        statements=statements,
        undo=undo,
        undo_bytes=size,
        note=note or "",
        page=opening.page,
    )


def intend(connection: Connection, step: int, intent: Mapping[str, Any], undo: Undo) -> None:
    """Write what a step is about to send outside of a transaction, and how it comes back, before it is sent."""
    connection.execute(
        "UPDATE planrun.step SET result = $2, undo = $3 WHERE id = $1",
        [step, Jsonb(dict(intent)), Jsonb(undo.to_json())],
    )


def intents(connection: Connection, plan: str) -> tuple[tuple[int, str, Mapping[str, Any], Undo], ...]:
    """Return the steps of a plan that were sent and not concluded: their ids, names, intents and ways back."""
    rows = connection.execute(
        "SELECT s.id, s.step, s.result, s.undo FROM planrun.step s JOIN planrun.run r ON r.id = s.run_id"
        " WHERE r.plan = $1 AND s.status = 'running' AND s.result IS NOT NULL ORDER BY s.id",
        [plan],
    ).fetchall()
    return tuple((number, step, intent, Undo.from_json(undo)) for number, step, intent, undo in rows)


def conclude(connection: Connection, step: int, undo: Undo) -> None:
    """Complete the record of a step that was interrupted after it had taken effect."""
    connection.execute(
        "UPDATE planrun.step SET status = 'done', finished_at = pg_catalog.clock_timestamp(), statements = '[]',"
        " undo = $2, undo_bytes = 0 WHERE id = $1",
        [step, Jsonb(undo.to_json())],
    )


def fail_step(connection: Connection, step: int, error: str) -> None:
    """Write that a step failed that was begun in a transaction of its own."""
    connection.execute(
        "UPDATE planrun.step SET status = 'failed', finished_at = pg_catalog.clock_timestamp(), error = $2"
        " WHERE id = $1",
        [step, error],
    )


def keep_undo(connection: Connection, run: int, undo: Undo, step: str | None = None) -> None:
    """Keep the way back of a rollback with the last of its steps, or that of one step with this one."""
    connection.execute(
        "UPDATE planrun.step SET undo = $2, undo_bytes = (SELECT coalesce(pg_catalog.sum("
        "pg_catalog.pg_total_relation_size(s)), 0) FROM pg_catalog.unnest($3::pg_catalog.regclass[]) s)"
        " WHERE id = (SELECT pg_catalog.max(id) FROM planrun.step WHERE run_id = $1"
        " AND ($4::text IS NULL OR step = $4))",
        [run, Jsonb(undo.to_json()), list(undo.side_tables), step],
    )


def irreversible(connection: Connection, run: int) -> bool:
    """Tell whether a part of a run cannot be taken back."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT FROM planrun.step WHERE run_id = $1 AND (undo ->> 'irreversible')::boolean)", [run]
    ).fetchone() or (False,)
    return bool(found)


def undo_bytes(connection: Connection, run: int) -> int:
    """Return how large the undo logs of a run are."""
    (size,) = connection.execute(
        "SELECT coalesce(pg_catalog.sum(undo_bytes), 0)::bigint FROM planrun.step WHERE run_id = $1", [run]
    ).fetchone() or (0,)
    return int(size)


def taken_back(connection: Connection, run: int, step: str) -> bool:
    """Tell whether a rollback took a step of a run back."""
    (found,) = connection.execute(
        "SELECT EXISTS (SELECT FROM planrun.step WHERE run_id = $1 AND step = $2 AND reversed_by IS NOT NULL)",
        [run, step],
    ).fetchone() or (False,)
    return bool(found)


# --- results, conflicts -------------------------------------------------------------


def save_result(connection: Connection, run: int, name: str, result: Mapping[str, Any]) -> None:
    """Keep the result of a check for later checks of the plan."""
    connection.execute(
        "INSERT INTO planrun.saved_result (run_id, name, result) VALUES ($1, $2, $3)"
        " ON CONFLICT (run_id, name) DO UPDATE SET result = EXCLUDED.result",
        [run, name, Jsonb(dict(result))],
    )


def saved_result(connection: Connection, plan: str, name: str) -> Mapping[str, Any] | None:
    """Return what the plan's latest run that saved `name` kept."""
    row = connection.execute(
        "SELECT s.result FROM planrun.saved_result s JOIN planrun.run r ON r.id = s.run_id"
        " WHERE r.plan = $1 AND s.name = $2 ORDER BY r.id DESC LIMIT 1",
        [plan, name],
    ).fetchone()
    return row[0] if row else None


def conflicts(connection: Connection, run: int, *, unsettled: bool = False) -> ConflictList[ConflictRecord]:
    """Return the conflicts of a reverse run, or those without an outcome, as far as this transaction sees them."""
    # to_jsonb: an older history has no column for the outcome.
    outcome = "pg_catalog.to_jsonb(c) ->> 'outcome'"
    query = (
        f"SELECT step_id, relation, key, column_name, before, after, now, kind, {outcome}"
        f" FROM planrun.conflict c WHERE run_id = {run}{f' AND {outcome} IS NULL' if unsettled else ''} ORDER BY id"
    )
    # COPY: the rows come one by one, and there may be as many as a table has values.
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT".encode()) as copy:
        return conflict_list.of_rows(copy.rows())


def outcomes(connection: Connection, run: int) -> dict[str, int]:
    """Return how many conflicts of a reverse run were kept, and how many restored."""
    rows = connection.execute(
        "SELECT outcome, pg_catalog.count(*) FROM planrun.conflict WHERE run_id = $1 AND outcome IS NOT NULL"
        " GROUP BY outcome",
        [run],
    )
    return {"kept": 0, "restored": 0, **dict(rows.fetchall())}


def keep_conflicts(connection: Connection, run: int, found: Iterable[ConflictRecord]) -> None:
    """Write conflicts with their outcomes: of a rollback that changed nothing because of them, or of a restore."""
    # COPY: there may be as many as a table has values.
    columns = "run_id, step_id, relid, relation, key, column_name, before, after, now, kind, outcome"
    with connection.cursor() as cursor, cursor.copy(f"COPY planrun.conflict ({columns}) FROM STDIN".encode()) as copy:
        for c in found:
            copy.write_row((run, c.step, 0, c.relation, c.key, c.column, c.before, c.after, c.now, c.kind, c.outcome))


def finalize(connection: Connection, runs: Iterable[int], tables: Iterable[str]) -> None:
    """Drop the undo logs of runs; from then on they cannot be taken back."""
    for table in tables:
        connection.execute(f"DROP TABLE {table}".encode())
    numbers = list(runs)
    connection.execute(
        "UPDATE planrun.run SET finalized_at = pg_catalog.clock_timestamp() WHERE id = ANY ($1)", [numbers]
    )
    connection.execute("UPDATE planrun.step SET undo_bytes = 0 WHERE run_id = ANY ($1)", [numbers])
