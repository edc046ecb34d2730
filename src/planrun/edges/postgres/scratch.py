"""Databases that a verification makes for itself, fills, compares and drops.

Each has a name of its own and is locked by its maker, on the connection that made it. What a killed verification left
behind has no such lock any more: the next one drops it.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from planrun.core.catalog import quoted
from planrun.core.quoting import literal
from planrun.edges.postgres.trouble import told
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.edges.postgres.connection import Connection

PREFIX = "planrun_verify_"

_KEY = "pg_catalog.hashtextextended($1, 7)"
_TAKE = f"SELECT pg_catalog.pg_try_advisory_lock({_KEY})"
_GIVE = f"SELECT pg_catalog.pg_advisory_unlock({_KEY})"
_LEFT = f"""
SELECT d.datname::text FROM pg_catalog.pg_database d
WHERE d.datname ~ '^{PREFIX}[0-9a-f]{{12}}$' AND d.datdba = (SELECT r.oid FROM pg_catalog.pg_roles r
  WHERE r.rolname = current_user)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
ORDER BY 1
"""


@contextmanager
def database(connection: Connection, encoding: str) -> Iterator[str]:
    """Make an empty database, give its name, and drop it in any case.

    Args:
        connection: in autocommit, to another database of the server.
        encoding: of the new one; that which its content comes from, since hashes are those of encoded texts.

    Raises:
        EnvironmentFault: the role may not create a database, or the server does not know the encoding.
    """
    name = PREFIX + secrets.token_hex(6)
    with told(connection, "making a scratch database"):
        connection.execute(_TAKE, [name])
        _create(connection, name, encoding)
    try:
        yield name
    finally:
        if not connection.closed:
            connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)".encode())
            connection.execute(_GIVE, [name])


def _create(connection: Connection, name: str, encoding: str) -> None:
    (usual,) = connection.execute(
        "SELECT pg_catalog.pg_encoding_to_char(encoding) FROM pg_catalog.pg_database WHERE datname = 'template0'"
    ).fetchone() or ("",)
    # Locale C goes with every encoding, that of the template perhaps not.
    locale = "" if usual == encoding else " LOCALE 'C' LOCALE_PROVIDER libc"
    try:
        connection.execute(
            f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING {literal(encoding)}{locale}".encode()
        )
    except psycopg.errors.InsufficientPrivilege as error:
        raise EnvironmentFault(
            "the role may not create a database to restore into",
            hint="name a server with --on whose role has CREATEDB, or leave --on out and let planrun start one",
        ) from error


def sweep(connection: Connection) -> tuple[str, ...]:
    """Drop the databases that killed verifications left behind, and return their names."""
    dropped = []
    for (name,) in connection.execute(_LEFT.encode()).fetchall():
        (free,) = connection.execute(_TAKE, [name]).fetchone() or (False,)
        if not free:
            continue
        try:
            connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)}".encode())
            dropped.append(name)
        except psycopg.errors.ObjectInUse:
            # Somebody looks at it; the next verification tries again.
            continue
        finally:
            connection.execute(_GIVE, [name])
    return tuple(dropped)
