"""Opens a target for a run: the connection, and whether this is the database that the plan is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.progress import mismatches
from planrun.edges.postgres import connection as connections
from planrun.edges.postgres import server as servers
from planrun.errors import EnvironmentFault, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.plan import Plan
    from planrun.core.record import Server
    from planrun.edges.postgres.connection import Connection

OLDEST = 15
"""The oldest major version of PostgreSQL that planrun is tested on."""


def open_target(params: Mapping[str, str], plan: Plan) -> tuple[Connection, Server]:
    """Connect, and refuse a database that the plan is not for or that planrun cannot work on.

    Raises:
        EnvironmentFault: no connection, a server too old, a standby, statistics switched off.
        Refused: a pin of the plan's target differs.
    """
    connection = connections.open_connection(params)
    try:
        server = servers.read(connection)
        require_usable(server)
        require_pinned(plan, server)
    except BaseException:
        connection.close()
        raise
    return connection, server


def require_pinned(plan: Plan, server: Server) -> None:
    """Refuse a database that the plan is not for.

    Raises:
        Refused: a pin of the plan's target differs.
    """
    if found := mismatches(plan.target, server):
        raise Refused(
            "this is not the database that the plan is for: " + "; ".join(found),
            hint="give the right --url, or correct target: in the plan",
        )


def require_usable(server: Server) -> None:
    """Refuse a server that planrun cannot work on.

    Raises:
        EnvironmentFault: it is too old, a standby, or does not count what is written.
    """
    if server.major < OLDEST:
        raise EnvironmentFault(f"the server is PostgreSQL {server.version}; planrun needs {OLDEST} or newer")
    if server.recovery:
        raise EnvironmentFault("the server is a standby, which cannot be written", hint="connect to the primary")
    if server.settings.get("track_counts") != "on":
        raise EnvironmentFault(
            "track_counts is off, so that the server does not count what a step writes",
            hint="switch it on for this database: ALTER DATABASE ... SET track_counts = on",
        )
