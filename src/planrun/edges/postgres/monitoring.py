"""The monitoring of backups, in table ``planrun.artifact``: a row for each backup in each store.

A row is written when a backup begins, so that one that was killed is seen; only what is complete is called so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg.types.json import Jsonb

from planrun.core.record import ArtifactRecord
from planrun.errors import EnvironmentFault, PlanrunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from planrun.edges.postgres.connection import Connection


def begin(
    connection: Connection,
    run: int,
    step: str,
    kind: str,
    path: str,
    *,
    set_name: str | None = None,
    store: str | None = None,
) -> int:
    """Write that a backup begins; committed at once for one that makes a file, so that a killed one is seen.

    Args:
        connection: in autocommit, unless all of the plan is one transaction.
        run: the number of the run that makes it.
        step: the step that makes it.
        kind: the word of the manifest for it.
        path: where it will be; what is known of that so far.
        set_name: the name of its set; None for a table in the database.
        store: the address of the store that holds the set; None for a table.
    """
    (artifact,) = connection.execute(
        "INSERT INTO planrun.artifact (run_id, step, backup_type, backup_path, backup_status, set_name, store)"
        " VALUES ($1, $2, $3, $4, 'running', $5, $6) RETURNING id",
        [run, step, kind, path, set_name, store],
    ).fetchone() or (0,)
    return int(artifact)


def unfinished_sets(connection: Connection, store: str) -> tuple[str, ...]:
    """Return the names of the sets in a store in which a backup failed or was interrupted, oldest first."""
    rows = connection.execute(
        "SELECT set_name FROM planrun.artifact WHERE store = $1 AND backup_status IN ('running', 'failed')"
        " GROUP BY set_name ORDER BY pg_catalog.min(id)",
        [store],
    )
    return tuple(name for (name,) in rows)


def finish(
    connection: Connection, artifact: int, *, path: str, size: int, sha256: str | None, rows: int | None
) -> None:
    """Write that a backup is complete.

    Raises:
        EnvironmentFault: its row is not to be seen, so that the monitoring would not be true.
    """
    done = connection.execute(
        "UPDATE planrun.artifact SET backup_status = 'completed', backup_path = $2, backup_size = $3, sha256 = $4,"
        " rows = $5, completed_at = pg_catalog.clock_timestamp() WHERE id = $1",
        [artifact, path, size, sha256, rows],
    )
    if done.rowcount != 1:
        raise EnvironmentFault(f"the monitoring row {artifact} of {path} is gone")


def size_of(connection: Connection, relation: int) -> int:
    """Return the bytes that a relation takes, with its indexes and its TOAST table."""
    (size,) = connection.execute("SELECT pg_catalog.pg_total_relation_size($1)", [relation]).fetchone() or (0,)
    return int(size)


def fail(connection: Connection, artifact: int, first: BaseException) -> None:
    """Write that a backup failed, and why; where that cannot be written, the first error says so in a note."""
    _fail(connection, "id = $2", [artifact], first)


def _fail(connection: Connection, which: str, parameters: list[object], first: BaseException) -> None:
    reason = first.message if isinstance(first, PlanrunError) else type(first).__name__
    try:
        connection.execute(
            "UPDATE planrun.artifact SET backup_status = 'failed', error_message = $1,"
            f" completed_at = pg_catalog.clock_timestamp() WHERE {which}",
            [reason, *parameters],
        )
    except psycopg.Error as second:
        first.add_note(f"planrun.artifact could not be told: {str(second).strip()}")


# Each of the following concerns a whole set in one store; `store` is its address, as `begin` was given it.


def begin_copy(connection: Connection, set_name: str, source: str, store: str) -> int:
    """Write that a finished set is being copied from one store to another; return how many backups it has."""
    return connection.execute(
        "INSERT INTO planrun.artifact (run_id, step, backup_type, backup_path, backup_size, backup_status, sha256,"
        " rows, set_name, store) SELECT run_id, step, backup_type, CASE WHEN pg_catalog.starts_with(backup_path, $2)"
        " THEN $3 || pg_catalog.substr(backup_path, pg_catalog.length($2) + 1) ELSE backup_path END, backup_size,"
        " 'running', sha256, rows, set_name, $3 FROM planrun.artifact"
        " WHERE set_name = $1 AND store = $2 AND backup_status = 'completed' ORDER BY id",
        [set_name, source, store],
    ).rowcount


def finish_copy(connection: Connection, set_name: str, store: str) -> None:
    """Write that the copy of a set is whole: its manifest is there."""
    # The last try of each step: another run may have taken this one for one that was killed.
    connection.execute(
        "UPDATE planrun.artifact SET backup_status = 'completed', error_message = NULL,"
        " completed_at = pg_catalog.clock_timestamp() WHERE id IN (SELECT pg_catalog.max(id) FROM planrun.artifact"
        " WHERE set_name = $1 AND store = $2 GROUP BY step) AND backup_status IN ('running', 'failed')",
        [set_name, store],
    )


def fail_copy(connection: Connection, set_name: str, store: str, first: BaseException) -> None:
    """Write that copying a set failed, and why; where that cannot be written, the first error says so in a note."""
    _fail(connection, "set_name = $2 AND store = $3 AND backup_status = 'running'", [set_name, store], first)


def verified(connection: Connection, set_name: str, store: str, at: datetime, level: str) -> int:
    """Write that a set was found to be what its manifest says; return of how many backups that was written.

    Args:
        connection: in autocommit.
        set_name: the name of the set.
        store: the address of its store.
        at: when.
        level: ``bytes``, or ``restored`` when the rows of a restored copy were compared as well.
    """
    return connection.execute(
        "UPDATE planrun.artifact SET backup_status = 'completed', error_message = NULL, verified_at = $3,"
        " verified_level = $4 WHERE set_name = $1 AND store = $2 AND backup_status IN ('completed', 'missing')",
        [set_name, store, at, level],
    ).rowcount


def missing(connection: Connection, set_name: str, store: str, faults: Mapping[str, str]) -> int:
    """Write that complete backups of a set are not there whole; `verified` takes it back.

    Args:
        connection: in autocommit.
        set_name: the name of the set.
        store: the address of its store.
        faults: what is wrong with which file, by its path in the set; ``.`` or the manifest concerns all of the set.

    Returns:
        Of how many backups it was written.
    """
    return connection.execute(
        "UPDATE planrun.artifact a SET backup_status = 'missing', error_message = f.reason"
        " FROM pg_catalog.jsonb_each_text($3) f (path, reason)"
        " WHERE a.set_name = $1 AND a.store = $2 AND a.backup_status = 'completed'"
        " AND (f.path IN ('.', 'manifest.json') OR"
        " pg_catalog.starts_with($2 || '/' || $1 || '/' || f.path || '/', a.backup_path || '/'))",
        [set_name, store, Jsonb(dict(faults))],
    ).rowcount


def pruned(connection: Connection, set_name: str, store: str) -> int:
    """Write that retention removed a set from a store; return how many backups it had."""
    return connection.execute(
        "UPDATE planrun.artifact SET backup_status = 'pruned', pruned_at = pg_catalog.clock_timestamp()"
        " WHERE set_name = $1 AND store = $2 AND backup_status <> 'pruned'",
        [set_name, store],
    ).rowcount


def artifacts(connection: Connection, plan: str | None = None) -> tuple[ArtifactRecord, ...]:
    """Return all backups, or those of one plan, oldest first."""
    # to_jsonb: an older history has no columns for sets and stores; its times are ISO 8601 whatever DateStyle says.
    rows = connection.execute(
        "SELECT a.id, a.run_id, a.step, a.backup_type, a.backup_path, a.backup_size, m.backup_status, a.created_at,"
        " a.completed_at, a.error_message, j ->> 'set_name', j ->> 'store', (j ->> 'verified_at')::timestamptz,"
        " j ->> 'verified_level', (j ->> 'pruned_at')::timestamptz"
        " FROM planrun.artifact a JOIN planrun.backup_monitoring m USING (id) JOIN planrun.run r ON r.id = a.run_id,"
        " pg_catalog.to_jsonb(a) j"
        " WHERE $1::text IS NULL OR r.plan = $1 ORDER BY a.id",
        [plan],
        binary=True,
    )
    return tuple(ArtifactRecord(*row) for row in rows)


def abandon(connection: Connection) -> None:
    """Settle, under the lease, the backups that killed runs left under way.

    A copy in the database that took effect is complete, all else has failed.
    """
    connection.execute(
        "UPDATE planrun.artifact a SET completed_at = pg_catalog.clock_timestamp(),"
        " backup_path = coalesce(e.copy, backup_path),"
        " backup_status = CASE WHEN e.copy IS NULL THEN 'failed' ELSE 'completed' END,"
        " error_message = CASE WHEN e.copy IS NULL THEN 'the run was interrupted' END"
        " FROM (SELECT i.id, (SELECT s.undo #>> '{created,0,name}' FROM planrun.step s WHERE i.backup_type = 'table'"
        " AND s.run_id = i.run_id AND s.step = i.step AND s.status = 'done' AND s.reversed_by IS NULL) AS copy"
        " FROM planrun.artifact i) e WHERE a.id = e.id AND a.backup_status IN ('pending', 'running')"
    )
