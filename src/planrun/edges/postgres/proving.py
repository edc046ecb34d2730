"""What is proved of a step before its COMMIT: here that stored generated values come back by being computed anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from planrun.core import computed, images
from planrun.core.calling import TO_USERS, under_users
from planrun.core.capture import side_column
from planrun.core.catalog import quoted
from planrun.edges.postgres.queries import asks
from planrun.errors import NotReversible
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Column, Relation
    from planrun.core.undo import Captured, SideColumn
    from planrun.edges.postgres.connection import Connection


@frozen
class OfStep:
    """What is worked out of one step before its COMMIT.

    Attributes:
        connection: in the transaction of the step, under planrun's own settings.
        step: the id of the step, for messages.
        found: what was read of the step.
    """

    connection: Connection
    step: str
    found: Evidence


def not_reversible(step: str, what: str, reason: str) -> NotReversible:
    """Return the refusal of a step: the object, and why it cannot come back."""
    return NotReversible(
        f"step {step} was not committed, for its way back cannot be proved:\n    {what}: {reason}",
        hint="write a rollback step for it, or set irreversible: true",
    )


def require_columns(step: str, table: Captured) -> None:
    """Make sure that there is something by which the rows of a table are told.

    Raises:
        NotReversible: it has no column, or none that stays.
    """
    if not table.columns:
        raise not_reversible(step, f"table {table.before}", "no column is left by which its rows could be told")


def require_computed(step: str, connection: Connection, table: Relation, column: Column) -> None:
    """Make sure that the expression of a generated column gives what is stored.

    Args:
        step: the step, for messages.
        connection: in its transaction.
        table: the table.
        column: the column.

    Raises:
        NotReversible: it does not, or fails.
    """
    if _stale(connection, [], computed.stale(table, column, side_column(column))):
        raise _refusal(step, table, column)


def require_images(
    step: str,
    connection: Connection,
    table: Captured,
    generated: tuple[Relation, Column, SideColumn],
    first: Sequence[str],
) -> None:
    """Make sure that a generated column gets the values of before in the rows that are put back.

    Args:
        step: the step, for messages.
        connection: in its transaction.
        table: the images.
        generated: the table and the column as they were, and its images.
        first: what the way back does before the rows: the expression is computed as it will be then.

    Raises:
        NotReversible: it does not, or that cannot be told.
    """
    relation, column, side = generated
    query = computed.stale_images(table, side, column.default or "NULL", images.net(table))
    if _stale(connection, first, query):
        raise _refusal(step, relation, column)
    changeable = table.key and table.staying and not side.kept and not computed.recomputed(table)
    if changeable and asks(connection, images.differing(table, [side])):
        raise _refusal(step, relation, column)


def _stale(connection: Connection, first: Sequence[str], query: str) -> bool:
    """Answer a query in the state that some statements would make, which is taken back; true where that fails."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(
                ";\n".join(("SET LOCAL check_function_bodies = off", *map(under_users, first), TO_USERS)).encode()
            )
            return asks(connection, query)
    except psycopg.OperationalError:
        raise
    except psycopg.DatabaseError:
        return True


def _refusal(step: str, table: Relation, column: Column) -> NotReversible:
    return not_reversible(
        step,
        f"column {table.qualified}.{quoted(column.name)}",
        "some of its generated values are not what its expression gives, as when a function that it calls was replaced"
        " or reads a table: they would not come back",
    )
