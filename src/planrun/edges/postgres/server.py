"""What the server and the database behind a connection are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from planrun.core.record import Server
from planrun.edges.postgres.unit import unit
from planrun.edges.postgres.unreached import LOCAL

if TYPE_CHECKING:
    from datetime import datetime

    from planrun.edges.postgres.connection import Connection


def read(connection: Connection) -> Server:
    """Return who and what we are connected to."""
    row = connection.execute(
        "SELECT pg_catalog.current_database(), current_user::text, pg_catalog.current_setting('server_version'),"
        " pg_catalog.pg_is_in_recovery(), r.rolsuper, pg_catalog.current_setting('track_counts')"
        " FROM pg_catalog.pg_roles r WHERE r.rolname = current_user"
    ).fetchone()
    database, role, version, recovery, superuser, counts = row or ("", "", "", False, False, "on")
    host = connection.info.host or LOCAL
    return Server(
        database=database,
        role=role,
        major=connection.info.server_version // 10_000,
        version=version,
        system_identifier=_system_identifier(connection),
        superuser=bool(superuser),
        recovery=bool(recovery),
        address=f"{role}@{host}:{connection.info.port}/{database}",
        host=connection.info.host,
        port=connection.info.port,
        settings={"track_counts": counts},
    )


def _system_identifier(connection: Connection) -> str | None:
    try:
        with unit(connection):
            row = connection.execute("SELECT system_identifier::text FROM pg_catalog.pg_control_system()").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None
    return str(row[0]) if row else None


def clock(connection: Connection) -> datetime:
    """Return the server's time."""
    (now,) = connection.execute("SELECT pg_catalog.clock_timestamp()", binary=True).fetchone() or (None,)
    if now is None:
        raise AssertionError("clock_timestamp() returned no row")
    return now  # type: ignore[no-any-return]  # a timestamp of the driver
