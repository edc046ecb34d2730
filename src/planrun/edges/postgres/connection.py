"""Opens connections, and says in people's words why one could not be opened. No message carries a password."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import conninfo
from psycopg.types.json import set_json_dumps

from planrun.edges.postgres import unreached
from planrun.errors import EnvironmentFault, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

Connection = psycopg.Connection[tuple[Any, ...]]


class Params(dict[str, str]):
    """libpq's connection keywords; may hold a password, so never printed.

    Attributes:
        origin: who named the database, such as ``--url``; empty where nobody did.
    """

    def __init__(self, keywords: Mapping[str, str], origin: str = "") -> None:
        super().__init__(keywords)
        self.origin = origin


FIXED = {
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "xmloption": "content",
    "array_nulls": "on",
    "row_security": "off",
    "search_path": "",
    "statement_timeout": "0",
    "default_tablespace": "",
    "default_table_access_method": "heap",
    "jit": "off",
}
"""The settings under which planrun reads and writes values: text then means one thing, and no row is hidden.

What is made again without a word about its storage gets the usual one. Many short expressions over many rows are what
compiling them costs most for.
"""

MEMORY = "maintenance_work_mem"
"""The setting whose value planrun's own sorts and joins get: they are maintenance, of few and large statements."""


_json = partial(json.dumps, ensure_ascii=False)

_TRANSACTION_TIMEOUT = 170_000
"""The first server version that knows the setting."""


def parse(url: str, *, origin: str) -> Params:
    """Read a URL or a keyword string.

    Raises:
        UsageFault: it is none. The text itself is not repeated, since it may hold a password.
    """
    try:
        return Params({str(key): str(value) for key, value in conninfo.conninfo_to_dict(url).items()}, origin)
    except psycopg.ProgrammingError:
        raise UsageFault(
            f"the connection string from {origin} cannot be read",
            hint="write postgresql://user@host:5432/database, or keywords such as host=... dbname=...",
        ) from None


def open_connection(params: Mapping[str, str], *, purpose: str = "planrun") -> Connection:
    """Connect, in autocommit, with parameters written as ``$1``.

    ``client_connection_check_interval`` makes the server notice a killed client in the midst of a long statement.

    Raises:
        EnvironmentFault: the server cannot be reached or does not let us in.
    """
    settings: dict[str, Any] = {"connect_timeout": "10", "application_name": purpose, **params}
    try:
        connection = psycopg.connect(**settings, autocommit=True, cursor_factory=psycopg.RawCursor)
    except psycopg.OperationalError as error:
        message, hint = unreached.told(params, error)
        raise EnvironmentFault(message, hint=hint) from None
    # What is to be prepared says so: see `queries.prepared`.
    connection.prepare_threshold = None
    # As the characters that they are: a database of another encoding than UTF8 knows no escapes of others.
    set_json_dumps(_json, connection)
    settle(connection)
    return connection


def settle(connection: Connection) -> None:
    """Give a fresh session the settings that planrun counts on."""
    fixed = ", ".join(
        f"pg_catalog.set_config('{name}', '{value}', false)"
        for name, value in {
            "client_encoding": "UTF8",
            "standard_conforming_strings": "on",
            "idle_in_transaction_session_timeout": "0",
            # Limits of the role or database are for the application; a plan brings its own.
            "idle_session_timeout": "0",
            "lock_timeout": "0",
            "statement_timeout": "0",
            **({"transaction_timeout": "0"} if connection.info.server_version >= _TRANSACTION_TIMEOUT else {}),
        }.items()
    )
    connection.execute(f"SELECT {fixed}".encode())
    try:
        connection.execute("SET client_connection_check_interval = '2s'")
    except psycopg.errors.InvalidParameterValue:
        # The server's platform cannot watch a socket; a killed client is then noticed when its statement ends.
        return


def fixed_settings(*, local: bool = True) -> str:
    """Return the query that sets FIXED, and the memory of sorts and joins, for the transaction or for the session."""
    kept = str(local).lower()
    fixed = (f"pg_catalog.set_config('{name}', '{value}', {kept})" for name, value in FIXED.items())
    memory = f"pg_catalog.set_config('work_mem', pg_catalog.current_setting('{MEMORY}'), {kept})"
    return f"SELECT {', '.join((*fixed, memory))}"
