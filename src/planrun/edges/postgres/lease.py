"""One run at a time on one database: a lease row with heartbeat, expiry and fencing token.

The lease lives in a row, not in a session, so that a pooler in transaction mode may stand between. Every step's
transaction takes a transaction-level advisory lock and checks the token: a holder that was declared dead and woke up
again is refused before it writes.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

import psycopg

from planrun.edges.postgres import orphans
from planrun.edges.postgres.connection import open_connection
from planrun.edges.postgres.queries import prepared
from planrun.edges.postgres.trouble import told
from planrun.edges.postgres.witness import sight
from planrun.errors import EnvironmentFault, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.witness import Sight

LIFETIME = 30.0
"""Seconds after its last heartbeat until a lease expires."""

HEARTBEAT = 5.0
"""Seconds between heartbeats."""

_ANSWERS = LIFETIME - 2 * HEARTBEAT
"""A lease with more seconds left than this had a heartbeat just now: its holder is alive."""

_KEY = "pg_catalog.hashtextextended('planrun.run', 0)"

ADVISORY_LOCK = f"SELECT pg_catalog.pg_advisory_xact_lock({_KEY})"
"""The lock that every transaction of a run holds; an orphaned backend still holds it until its statement ends."""

_AT_WORK = f"""
SELECT l.pid FROM pg_catalog.pg_locks l
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND l.classid::bigint << 32 | l.objid::bigint = {_KEY}
"""

# The backend is asked for anew each time: behind a pooler it is another one with each transaction.
_BACKEND = """
  backend = pg_catalog.pg_backend_pid(),
  backend_start = (SELECT a.backend_start FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a),
  expires_at = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $2)"""

_LIVES = """EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = lease.backend
  AND (a.backend_start IS NULL OR a.backend_start = lease.backend_start))"""
"""Whether the backend of the last heartbeat is there; whose start the role may not read passes for the same."""

_TAKE = f"""
UPDATE planrun.lease SET token = token + 1, holder = $1, {_BACKEND}
WHERE expires_at IS NULL OR expires_at < pg_catalog.clock_timestamp()
  OR NOT {_LIVES}
RETURNING token
"""
_BEAT = f"UPDATE planrun.lease SET {_BACKEND} WHERE token = $1"
_HOLDER = """
SELECT l.holder, pg_catalog.date_part('epoch', l.expires_at - pg_catalog.clock_timestamp()) FROM planrun.lease l
"""


class Lease:
    """The right to run, kept alive by a heartbeat on a connection of its own; as a context, given back at its end.

    Args:
        params: how to connect.
        holder: who we are, for the message to others.
        report: called with a sentence while we wait for a holder that may be dead.

    Raises:
        Refused: somebody who is alive holds it.
    """

    def __init__(self, params: Mapping[str, str], holder: str, report: Callable[[str], None]) -> None:
        self._connection = open_connection(params, purpose="planrun lease")
        # What is asked of it for each step reads many catalogs: planning it costs ten times what running it does.
        self._connection.execute(b"SET plan_cache_mode = force_generic_plan")
        self._report = report
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        try:
            with told(self._connection, "taking the lease"):
                self.token = self._take(holder)
        except BaseException:
            self._connection.close()
            raise
        self._thread = threading.Thread(target=self._beat, name="planrun-lease", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self, holder: str) -> int:
        waiting = False
        while True:
            row = self._connection.execute(_TAKE, [holder, LIFETIME]).fetchone()
            if row is not None:
                return int(row[0])
            found = self._connection.execute(_HOLDER).fetchone()
            if found is None:
                raise EnvironmentFault(
                    "planrun.lease has lost its row", hint="INSERT INTO planrun.lease DEFAULT VALUES"
                )
            who, left = found
            if left is not None and left > _ANSWERS:
                raise Refused(
                    f"another run holds this database: {who}",
                    hint=f"wait for it to end; if it was killed, its lease expires in {left:.0f} s",
                )
            if left is not None and not waiting:
                self._report(f"waiting {max(left, 0):.0f} s for the lease of {who} to expire: it shows no sign of life")
                waiting = True
            time.sleep(orphans.BETWEEN_LOOKS)

    def _beat(self) -> None:
        while not self._stop.wait(HEARTBEAT):
            try:
                self._connection.execute(_BEAT, [self.token, LIFETIME])
            except psycopg.Error:
                # The next step's transaction cannot read the lease, or finds it taken, and says so.
                return

    def await_orphan(self, connection: Connection) -> None:
        """Wait until no backend is at work any more for a holder that was killed: it may be committing just now.

        What the history says is settled only after that.

        Raises:
            EnvironmentFault: it works on for longer than a lease lives.
        """
        orphans.awaited(connection, "works", _AT_WORK, (), LIFETIME, self._report)

    def check(self, connection: Connection, before: str = "") -> None:
        """Take the advisory lock and make sure, in the step's own transaction, that the lease is still ours.

        Args:
            connection: of the step.
            before: statements to send before that in the same message, such as BEGIN; they wait for no lock.

        Raises:
            EnvironmentFault: a backend of another run is at work, or the lease cannot be read.
            Refused: another run took the lease over.
        """
        try:
            connection.execute(f"{before};{ADVISORY_LOCK}".encode())
        except psycopg.errors.LockNotAvailable as error:
            raise EnvironmentFault(
                "the backend of another run of planrun is still at work on its statement",
                hint="wait until it ends, or end it with pg_terminate_backend",
            ) from error
        # Read by the lease's own connection: the step's transaction may look at an old snapshot.
        with told(self._connection, "reading the lease; nothing of the step stays"):
            row = prepared(self._connection, "SELECT token FROM planrun.lease").fetchone()
        if row is None or row[0] != self.token:
            raise Refused(
                "another run took this database over while this one was stalled; nothing was changed",
                hint="planrun status shows the runs",
            )

    def witness(self, relations: AbstractSet[int]) -> Sight:
        """Tell what stands committed of relations while a step is under way, in a session that sees nothing of it."""
        with told(self._connection, "looking at what others changed; nothing of the step stays"):
            return sight(self._connection, relations)

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
        f"SELECT holder FROM planrun.lease WHERE expires_at > pg_catalog.clock_timestamp() AND {_LIVES}".encode()
    ).fetchone()
    return str(row[0]) if row else None
