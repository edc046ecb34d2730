"""A place to restore into and to throw away: a server that planrun starts, or a database of its own on another one.

What a dump holds runs when it is restored. So it runs as a role that is no superuser, in a database that holds
nothing else.
"""

from __future__ import annotations

import re
import tempfile
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.edges import embedded
from planrun.edges.backups import libpq
from planrun.edges.backups import tools as programs
from planrun.edges.postgres import scratch
from planrun.edges.postgres.connection import open_connection
from planrun.edges.postgres.trouble import told
from planrun.errors import EnvironmentFault, StepFailed
from planrun.frozen import frozen
from planrun.ports import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from planrun.edges.backups.archive import Archive
    from planrun.edges.backups.tools import Tools
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person

_ROLE = "planrun_verify"
_ELSEWHERE = "restore it on a server that has it: --on URL, as a role that may create a database"

# What needs other roles or a superuser, and holds no rows.
_LEFT_OUT = re.compile(
    r"^\d+; \d+ \d+ (POLICY|ROW SECURITY|EVENT TRIGGER|USER MAPPING|PUBLICATION|PUBLICATION TABLE"
    r"|PUBLICATION TABLES IN SCHEMA|SUBSCRIPTION) "
)
_EXTENSION = re.compile(r"^\d+; \d+ \d+ EXTENSION - (.*?) ?$", re.MULTILINE)
_OPTIONS = (
    *("--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions", "--no-security-labels"),
    "--no-tablespaces",
)
_UNSUITABLE = re.compile(
    r'role ".*" does not exist|permission denied|must be (?:superuser|owner|member of role|able to SET ROLE)'
    r"|is not available"
)
_ROLE_MISSING = re.compile(r'role "(.*)" does not exist')
_MOST_ROLES = 50
_EXTENSIONS = """
SELECT e.name FROM pg_catalog.unnest($1::text[]) e(name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions v JOIN pg_catalog.pg_roles r
  ON r.rolname = current_user WHERE v.name = e.name AND (v.trusted OR r.rolsuper))
"""


@frozen
class ScratchServer:
    """A server on which databases are made and dropped.

    Attributes:
        connection: to one of its databases, as the role that restores.
        params: how that was reached.
        tools: client programs of its major version.
        superuser: a connection of a superuser, on a server that is planrun's own.
    """

    connection: Connection
    params: Mapping[str, str]
    tools: Tools
    superuser: Connection | None = None

    @property
    def version(self) -> str:
        """The version of the server."""
        return self.connection.info.parameter_status("server_version") or ""

    @contextmanager
    def database(self, encoding: str) -> Iterator[Connection]:
        """Give a connection to an empty database, which goes afterwards."""
        with (
            scratch.database(self.connection, encoding) as name,
            open_connection({**self.params, "dbname": name}, purpose="planrun verify") as connection,
        ):
            yield connection

    @contextmanager
    def restored(self, archive: Archive, progress: Callable[[int], None] = unseen) -> Iterator[Connection]:
        """Give a connection to a database that holds what a dump holds.

        Args:
            archive: the dump.
            progress: told the bytes of it as they are read.

        Raises:
            StepFailed: the dump cannot be restored.
            EnvironmentFault: this server is not fit for it: an extension is missing, or a privilege.
        """
        if archive.artifact.format == "plain":
            yield from self._by_psql(archive, progress)
            return
        listing = archive.listing()
        self._require_extensions(_EXTENSION.findall(listing))
        chosen = "".join(line for line in listing.splitlines(keepends=True) if not _LEFT_OUT.match(line))
        with self.database(archive.encoding()) as connection, tempfile.NamedTemporaryFile("w") as listed:
            listed.write(chosen)
            listed.flush()
            options = [*_OPTIONS, f"--use-list={listed.name}"]
            _suited(partial(archive.restore, libpq.settings_of(connection), options, progress))
            yield connection

    def _by_psql(self, archive: Archive, progress: Callable[[int], None]) -> Iterator[Connection]:
        """Restore a plain dump, which gives objects to their owners: roles that are missing are made, if we may."""
        encoding = archive.encoding()
        for _ in range(_MOST_ROLES):
            with self.database(encoding) as connection:
                _open(connection)
                try:
                    _suited(partial(archive.restore, libpq.settings_of(connection), (), progress))
                except EnvironmentFault as error:
                    missing = _ROLE_MISSING.search(error.message)
                    if self.superuser is None or missing is None:
                        raise
                    name = quoted(missing[1])
                    self.superuser.execute(f"CREATE ROLE {name}; GRANT {name} TO {_ROLE}".encode())
                    continue
                yield connection
                return
        raise EnvironmentFault(f"{archive.name} names more than {_MOST_ROLES} roles", hint=_ELSEWHERE)

    def _require_extensions(self, names: list[str]) -> None:
        missing = [name for (name,) in self.connection.execute(_EXTENSIONS, [names])]
        if missing:
            where = "the server that planrun started" if self.superuser is not None else "the server"
            raise EnvironmentFault(
                f"the dump needs {', '.join(missing)}, and {where} (PostgreSQL {self.version}) does not have it,"
                " or only for a superuser",
                hint=_ELSEWHERE,
            )


def _open(connection: Connection) -> None:
    """Let every role make objects: whoever gets one has to be allowed to make one there."""
    connection.execute(b"GRANT CREATE ON SCHEMA public TO PUBLIC")
    connection.execute(f"GRANT CREATE ON DATABASE {quoted(connection.info.dbname)} TO PUBLIC".encode())


def _suited(restore: Callable[[], None]) -> None:
    """Let a restore that failed for want of a role or a privilege be told as a matter of the server."""
    try:
        restore()
    except StepFailed as error:
        if _UNSUITABLE.search(error.message):
            raise EnvironmentFault(f"this server is not fit to restore it: {error.message}", hint=_ELSEWHERE) from error
        raise


@contextmanager
def scratch_server(on: Mapping[str, str] | None, major: int | None, person: Person) -> Iterator[ScratchServer]:
    """Give a server to restore on; what killed verifications left there is dropped first.

    Args:
        on: how to reach one; None starts one.
        major: the major version of the server that was dumped; None where there is no dump.
        person: who is told.

    Raises:
        EnvironmentFault: it cannot be reached or started, or is older than what was dumped.
    """
    with ExitStack() as stack:
        server = stack.enter_context(_at(on, major) if on is not None else _started(major, person))
        with told(server.connection, "dropping what a killed verification left"):
            for name in scratch.sweep(server.connection):
                person.tells(f"dropped database {name}, which a killed verification had left")
        yield server


@contextmanager
def _at(on: Mapping[str, str], major: int | None) -> Iterator[ScratchServer]:
    with open_connection(on, purpose="planrun verify") as connection:
        here = connection.info.server_version // 10_000
        if major is not None and here < major:
            raise EnvironmentFault(
                f"the dump is of PostgreSQL {major}, and the server is PostgreSQL {here}",
                hint="name a server of the same major version, or a newer one, with --on",
            )
        yield ScratchServer(connection, on, programs.tools(here, libpq.settings_of(connection)))


@contextmanager
def _started(major: int | None, person: Person) -> Iterator[ScratchServer]:
    try:
        installation = embedded.choose(major)
    except EnvironmentFault as error:
        raise EnvironmentFault(error.message, hint=f"{error.hint}; or name a server with --on URL") from error
    found = programs.inspect(installation.bindir)
    if found is None:
        raise EnvironmentFault(
            f"PostgreSQL {installation.version} in {installation.bindir} lacks pg_restore", hint=_ELSEWHERE
        )
    person.tells(f"starting PostgreSQL {installation.version} to restore into")
    with embedded.start(installation) as server, open_connection(server.params(), purpose="planrun") as superuser:
        superuser.execute(f"CREATE ROLE {_ROLE} LOGIN CREATEDB".encode())
        params = server.params(user=_ROLE)
        with open_connection(params, purpose="planrun verify") as connection:
            yield ScratchServer(connection, params, found, superuser)
