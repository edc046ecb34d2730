"""One unit of work: a transaction of its own, or a savepoint inside the transaction of the whole plan."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from planrun.core.script import BEGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planrun.edges.postgres.connection import Connection

_T = TypeVar("_T")


@contextmanager
def unit(
    connection: Connection,
    *,
    snapshot: str | None = None,
    opening: Callable[[str], object] | None = None,
    durable: bool = True,
) -> Iterator[None]:
    """Commit what runs inside, or take it back when it raises; the first error is never hidden.

    Inside an open transaction it is a savepoint.

    Args:
        connection: in autocommit, or inside a transaction.
        snapshot: an exported snapshot that a transaction of its own reads from.
        opening: sends the statements by which the unit begins, and more of its own in the same message.
        durable: whether COMMIT waits for the disk. What need not may be undone by a crash of the server, unless a
            transaction that waited was committed after it.
    """
    nested = connection.info.transaction_status is TransactionStatus.INTRANS
    begin, end, back = (
        ("SAVEPOINT planrun_step", b"RELEASE SAVEPOINT planrun_step", b"ROLLBACK TO SAVEPOINT planrun_step")
        if nested
        else (BEGIN, b"COMMIT", b"ROLLBACK")
    )
    if snapshot is not None and not nested:
        begin = f"BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{snapshot}'"
    if not (durable or nested):
        begin += "; SET LOCAL synchronous_commit = off"
    try:
        if opening is None:
            connection.execute(begin.encode())
        else:
            opening(begin)
        yield
    except BaseException as first:
        try:
            connection.execute(back)
            if nested:
                connection.execute(end)
        except psycopg.Error as second:
            # The connection is gone, and with it the transaction; what matters is why.
            first.add_note(f"{str(second).strip()}: the server rolls back by itself")
        raise
    connection.execute(end)


def answered(connection: Connection, action: Callable[[], _T], otherwise: _T) -> _T:
    """Return what an action gives, of which nothing stays when the server refuses it: then `otherwise`.

    Raises:
        psycopg.OperationalError: the server could not do it, such as for a lock that was not free in time.
    """
    try:
        with unit(connection):
            return action()
    except psycopg.OperationalError:
        raise
    except psycopg.DatabaseError:
        # Types of extensions and functions of the users' end with errors of any class.
        return otherwise


@contextmanager
def tried(connection: Connection) -> Iterator[None]:
    """Hold what runs inside in a transaction that is rolled back in any case."""
    connection.execute(BEGIN.encode())
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")
