"""One instant of the database, exported, and the connections that read it."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import TransactionStatus

from planrun.edges.postgres.connection import open_connection
from planrun.edges.postgres.session import Session
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.plan import Plan
    from planrun.edges.postgres.connection import Connection

_SECONDS_TO_CANCEL = 10.0


class Snapshot:
    """An exported snapshot; it lasts as long as the connection that exported it.

    Args:
        params: how to connect.
        plan: its search_path and time limits are those of the readers.

    Attributes:
        id: what other sessions import it by.
    """

    def __init__(self, params: Mapping[str, str], plan: Plan) -> None:
        self._params = params
        self._plan = plan
        self._lock = threading.Lock()
        self._all: list[Connection] = []
        self._idle: list[Connection] = []
        first = self._open()
        (self.id,) = first.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone() or ("",)
        Session(first, plan).users()
        self._idle.append(first)

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """Give a connection of one's own, in a transaction of this snapshot; any thread may ask for one.

        Raises:
            EnvironmentFault: the server cannot be reached, or the snapshot is gone.
        """
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._imported()
        try:
            yield connection
        finally:
            if connection.info.transaction_status is TransactionStatus.INTRANS:
                with self._lock:
                    self._idle.append(connection)

    def close(self) -> None:
        """Give the snapshot up. No reader may be in use."""
        for connection in self._all:
            connection.close()

    def _imported(self) -> Connection:
        connection = self._open()
        try:
            connection.execute(f"SET TRANSACTION SNAPSHOT '{self.id}'".encode())
        except psycopg.DatabaseError as error:
            raise EnvironmentFault(
                f"the snapshot that the backups share is gone: {error.diag.message_primary or error}",
                hint="its connection was lost; run it again to go on with another snapshot",
            ) from error
        Session(connection, self._plan).users()
        return connection

    def _open(self) -> Connection:
        connection = open_connection(self._params, purpose="planrun backup")
        with self._lock:
            self._all.append(connection)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return connection


def cancel(connection: Connection) -> None:
    """End the statement that is running on a connection, from another thread; it raises there. Never raises here."""
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=_SECONDS_TO_CANCEL)
