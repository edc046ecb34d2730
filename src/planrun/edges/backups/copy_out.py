"""COPY ... TO STDOUT read straight from libpq: two fifths of the client's time of psycopg's own loop over the rows.

Nothing else may use the connection meanwhile. Waiting is done on the socket, so that other threads go on.
"""

from __future__ import annotations

import select
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.pq.abc import PGconn, PGresult

_BYTES_AT_ONCE = 1 << 18
_SECONDS_TO_CANCEL = 10.0


class CopyOut:
    """The rows of one COPY; `rows` is their number once all were taken."""

    def __init__(self, connection: psycopg.Connection[Any], statement: bytes) -> None:
        self.rows = 0
        self._connection = connection
        self._statement = statement
        self._is_over = True

    def blocks(self) -> Generator[tuple[int, bytearray], None, None]:
        """Yield rows some at a time: how many, and their text; whoever stops early ends the COPY.

        Raises:
            psycopg.Error: the server refuses the statement, breaks off, or is lost.
        """
        pgconn = self._connection.pgconn
        self._begin(pgconn)
        try:
            yield from self._taken(pgconn)
        finally:
            if not self._is_over:
                self._abandon(pgconn)

    def _begin(self, pgconn: PGconn) -> None:
        pgconn.send_query(self._statement)
        while pgconn.flush():
            _await(pgconn, select.POLLIN | select.POLLOUT)
        result = _result(pgconn)
        if result is None or result.status != ExecStatus.COPY_OUT:
            _finish(pgconn)
            raise _error(result)
        self._is_over = False

    def _taken(self, pgconn: PGconn) -> Generator[tuple[int, bytearray], None, None]:
        take = pgconn.get_copy_data
        length, rows, block = 0, 0, bytearray()
        while length >= 0:
            # What libpq has received, 16 kB or one row. Each row is copied and freed at once: a list of them costs half
            # as much again, for the collector of garbage looks at it time after time.
            for taken in count():
                length, row = take(1)
                if length <= 0:
                    rows += taken
                    break
                block += row
            if len(block) >= _BYTES_AT_ONCE or (length < 0 and rows):
                yield rows, block
                rows, block = 0, bytearray()
            if length == 0:
                _await(pgconn, select.POLLIN)
        self._is_over = True
        result = _result(pgconn)
        _finish(pgconn)
        if result is None or result.status != ExecStatus.COMMAND_OK:
            raise _error(result)
        self.rows = result.command_tuples or 0

    def _abandon(self, pgconn: PGconn) -> None:
        """End the COPY early; the first error is the one to tell."""
        with suppress(psycopg.Error):
            self._connection.cancel_safe(timeout=_SECONDS_TO_CANCEL)
            while (length := pgconn.get_copy_data(1)[0]) >= 0:
                if length == 0:
                    _await(pgconn, select.POLLIN)
            _finish(pgconn)


def _result(pgconn: PGconn) -> PGresult | None:
    while pgconn.is_busy():
        _await(pgconn, select.POLLIN)
    return pgconn.get_result()


def _finish(pgconn: PGconn) -> None:
    """Take what is left of results, so that the connection is ready for another statement."""
    while _result(pgconn) is not None:
        pass


def _await(pgconn: PGconn, events: int) -> None:
    waiting = select.poll()
    waiting.register(pgconn.socket, events)
    waiting.poll()
    pgconn.consume_input()


def _error(result: PGresult | None) -> psycopg.Error:
    if result is None:
        return psycopg.OperationalError("the connection to the server was lost")
    return error_from_result(result, encoding="utf-8")
