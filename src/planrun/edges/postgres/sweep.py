"""Finds and removes what a killed run left behind: capture triggers, their functions, side tables without a step.

Called under the lease, so that what is found cannot belong to a living run.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from planrun.core.gate import CAPTURES
from planrun.edges.postgres.trouble import retried
from planrun.edges.postgres.unit import unit
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from planrun.core.plan import Defaults
    from planrun.edges.postgres.connection import Connection

_TRIGGERS = f"""
SELECT pg_catalog.format('%I', g.tgname), g.tgrelid::pg_catalog.regclass::text
FROM pg_catalog.pg_trigger g WHERE {CAPTURES} AND NOT g.tgisinternal
ORDER BY 2, 1
"""
_FUNCTIONS = """
SELECT pg_catalog.format('planrun.%I', p.proname) FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'planrun' AND p.proname LIKE 'capture\\_%'
ORDER BY 1
"""
_TABLES = """
SELECT pg_catalog.format('planrun.%I', c.relname) FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'planrun' AND c.relkind = 'r' AND c.relname ~ '^(image|saved|added|whole|net|triggers)_[0-9]'
  AND NOT EXISTS (
    -- What a way back of several transactions compares copies with, until it is through.
    SELECT FROM planrun.step s JOIN planrun.step o ON o.run_id = s.run_id
    WHERE c.relname ~ pg_catalog.format('^net_%s_', s.id) AND s.reversed_by IS NOT NULL
      AND o.status IN ('done', 'warned') AND o.reversed_by IS NULL)
  AND NOT EXISTS (
    SELECT FROM planrun.step s, pg_catalog.jsonb_path_query(s.undo, '$.*[*].side') p(side)
    WHERE p.side #>> '{}' = pg_catalog.format('planrun."%s"', c.relname))
ORDER BY 1
"""


def leftovers(connection: Connection) -> tuple[str, ...]:
    """Return what a killed run left behind, as the statements that remove it."""
    triggers = [f"DROP TRIGGER {name} ON {table}" for name, table in connection.execute(_TRIGGERS)]
    functions = [f"DROP FUNCTION {name}()" for (name,) in connection.execute(_FUNCTIONS)]
    tables = [f"DROP TABLE {name}" for (name,) in connection.execute(_TABLES)]
    return (*triggers, *functions, *tables)


def sweep(connection: Connection, limits: Defaults, tell: Callable[[str], None]) -> None:
    """Remove what a killed run left behind.

    Args:
        connection: in autocommit.
        limits: how long to wait for each table's lock, and how often.
        tell: called with each statement that removed something.

    Raises:
        StepFailed: a table was not free in time.
    """
    for statement in leftovers(connection):
        retried(partial(_remove, connection, statement, limits.lock_timeout), limits.retries, tell, statement)
        tell(f"     left behind, removed now: {statement}")


def sweep_what_is_free(connection: Connection, limits: Defaults, tell: Callable[[str], None]) -> None:
    """Do the same at the end of a run; what is not free then stays, harmless, until the next run, and that is said."""
    try:
        sweep(connection, limits, tell)
    except StepFailed as error:
        tell(f"     left behind until the next run: {error.message}")


def _remove(connection: Connection, statement: str, lock_timeout: int) -> None:
    with unit(connection):
        connection.execute("SELECT pg_catalog.set_config('lock_timeout', $1, true)", [f"{lock_timeout}ms"])
        connection.execute(statement.encode())
