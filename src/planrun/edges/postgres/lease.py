"""One run at a time on one database: a lease row with heartbeat, expiry and fencing token.

The lease lives in a row, not in a session, so that a pooler in transaction mode may stand between. Every step's
transaction takes a transaction-level advisory lock and checks the token: a holder that was declared dead and woke up
again is refused before it writes.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psycopg

from planrun.edges.postgres.connection import open_connection
from planrun.errors import EnvironmentFault, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from planrun.edges.postgres.connection import Connection

LIFETIME = 30.0
"""Seconds after its last heartbeat until a lease expires."""

HEARTBEAT = 5.0
"""Seconds between heartbeats."""

ADVISORY_LOCK = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('planrun.run', 0))"
"""The lock that every transaction of a run holds; an orphaned backend still holds it until its statement ends."""

_TAKE = """
UPDATE planrun.lease SET token = token + 1, holder = $1, backend = $2, backend_start = $3,
  expires_at = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $4)
WHERE expires_at IS NULL OR expires_at < pg_catalog.clock_timestamp()
  OR NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = lease.backend
                 AND (a.backend_start IS NULL OR a.backend_start = lease.backend_start))
RETURNING token
"""


class Lease:
    """The right to run, kept alive by a heartbeat on a connection of its own.

    Args:
        params: how to connect.
        holder: who we are, for the message to others.
        report: called with a sentence while we wait for a holder that may be dead.
        wait: whether to wait for a holder that does not answer; a living one is never waited for.
    """

    def __init__(self, params: Mapping[str, str], holder: str, report: Callable[[str], None]) -> None:
        self._connection = open_connection(params, purpose="planrun lease")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        try:
            self.token = self._take(holder, report)
        except BaseException:
            self._connection.close()
            raise
        self._thread = threading.Thread(target=self._beat, name="planrun-lease", daemon=True)
        self._thread.start()

    def _take(self, holder: str, report: Callable[[str], None]) -> int:
        backend = self._connection.info.backend_pid
        (started,) = self._connection.execute(
            "SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()"
        ).fetchone() or (None,)
        waited = False
        while True:
            row = self._connection.execute(_TAKE, [holder, backend, started, LIFETIME]).fetchone()
            if row is not None:
                return int(row[0])
            who, left, alive = self._holder()
            if alive or waited:
                raise Refused(
                    f"another run holds this database: {who}",
                    hint=f"wait for it to end; if it was killed, its lease expires in {left:.0f} s",
                )
            report(f"waiting {left:.0f} s for the lease of {who} to expire")
            time.sleep(left + 0.5)
            waited = True

    def _holder(self) -> tuple[str, float, bool]:
        row = self._connection.execute(
            "SELECT l.holder, pg_catalog.date_part('epoch', l.expires_at - pg_catalog.clock_timestamp()), EXISTS ("
            "SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.backend) FROM planrun.lease l"
        ).fetchone()
        who, left, alive = row or ("nobody", 0.0, False)
        return who, max(float(left or 0), 0.0), bool(alive)

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT):
            try:
                self._connection.execute(
                    "UPDATE planrun.lease SET expires_at = pg_catalog.clock_timestamp()"
                    " + pg_catalog.make_interval(secs => $2) WHERE token = $1",
                    [self.token, LIFETIME],
                )
            except psycopg.Error:
                # The next step's transaction finds the lease expired or taken and says so.
                return

    def check(self, connection: Connection) -> None:
        """Take the advisory lock and make sure, in the step's own transaction, that the lease is still ours.

        Raises:
            Refused: another run took the lease over.
        """
        try:
            connection.execute(ADVISORY_LOCK, prepare=True)
        except psycopg.errors.LockNotAvailable as error:
            raise EnvironmentFault(
                "the backend of an earlier, killed run still works on its statement",
                hint="wait until it ends, or end it with pg_terminate_backend",
            ) from error
        # Read by the lease's own connection: the step's transaction may look at an old snapshot.
        row = self._connection.execute("SELECT token FROM planrun.lease").fetchone()
        if row is None or row[0] != self.token:
            raise Refused("another run took this database over while this one was stalled; nothing was changed")

    def release(self) -> None:
        """Give the lease back and end the heartbeat."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self._connection.execute(
                "UPDATE planrun.lease SET holder = NULL, expires_at = NULL WHERE token = $1", [self.token]
            )
        except psycopg.Error:
            # The server is gone; the lease expires by itself.
            return
        finally:
            self._connection.close()


def holder(connection: Connection) -> str | None:
    """Return who holds the lease now, or None."""
    row = connection.execute(
        "SELECT holder FROM planrun.lease WHERE expires_at > pg_catalog.clock_timestamp() AND EXISTS (SELECT FROM"
        " pg_catalog.pg_stat_activity a WHERE a.pid = lease.backend)"
    ).fetchone()
    return str(row[0]) if row else None
