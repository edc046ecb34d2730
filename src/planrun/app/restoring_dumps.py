"""Restores a dump into a database, and compares every row of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.comparing import differences
from planrun.app.reports import RestoreReport
from planrun.app.restore_words import confirm, origin
from planrun.edges.backups import libpq
from planrun.edges.backups import tools as programs
from planrun.edges.backups.archive import Archive
from planrun.edges.postgres import content_hash, occupancy
from planrun.errors import EnvironmentFault, Refused, StepFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from planrun.app.restore_words import Wanted
    from planrun.core.manifest import Artifact, Manifest, TableContent
    from planrun.core.record import Server
    from planrun.edges.backups.encryption import Identities
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person


class DumpRestore:
    """The restore of one dump.

    Args:
        folder: of the set, whose bytes were compared.
        artifact: the dump.
        identities: private keys, where it is encrypted.
        connection: to the database that it is restored into.
        server: what that is.
        person: who is asked and told.
    """

    def __init__(
        self,
        folder: Path,
        artifact: Artifact,
        identities: Identities | None,
        connection: Connection,
        server: Server,
        person: Person,
    ) -> None:
        self._folder = folder
        self._artifact = artifact
        self._identities = identities
        self._connection = connection
        self._server = server
        self._person = person

    def run(self, wanted: Wanted, manifest: Manifest) -> RestoreReport:
        """Restore the dump, and compare every table; see `restoring.restore`."""
        settings = libpq.settings_of(self._connection)
        archive = Archive(self._artifact, self._folder, self._tools(settings), self._identities)
        self._require_free(wanted)
        if wanted.clean and self._artifact.format == "plain":
            raise Refused(
                f"{archive.name} is a plain dump, which drops nothing",
                hint="restore it into an empty database, or a dump of another format",
            )
        if not archive.is_one_transaction():
            raise Refused(
                f"{archive.name} is a plain dump with large objects, which cannot be restored in one transaction",
                hint="restore a dump of another format; psql alone can run this one, and an error leaves a part of it",
            )
        archive.listing()
        if wanted.dry_run:
            return self._report((), wanted)
        how = ", after dropping what is there of it," if wanted.clean else ""
        confirm(
            f"About to restore {archive.name} ({origin(manifest)}){how} into {self._server.address}. Go on?",
            wanted,
            self._person,
        )
        self._require_free(wanted)
        options = ["--single-transaction", *(("--clean", "--if-exists") if wanted.clean else ())]
        self._person.tells(f"restoring {archive.name}")
        with self._person.follows(archive.name, "bytes", lambda: self._artifact.bytes) as meter:
            archive.restore(settings, options, meter.advanced)
        return self._compared(wanted)

    def _tools(self, settings: Mapping[str, str]) -> programs.Tools:
        """Return the client programs of the server's own major version.

        Raises:
            EnvironmentFault: there are none, or the dump is of a newer server.
        """
        major = self._artifact.pg_dump_major or 0
        if self._server.major < major:
            raise EnvironmentFault(
                f"the dump was made by pg_dump {self._artifact.pg_dump_version}, and the server is PostgreSQL"
                f" {self._server.version}, which may not understand it",
                hint=f"restore it on PostgreSQL {major} or newer",
            )
        return programs.tools(self._server.major, settings)

    def _require_free(self, wanted: Wanted) -> None:
        """Refuse a database that others use, or that holds something.

        Raises:
            Refused: it is so, and it was not said that it may be.
        """
        others = occupancy.sessions(self._connection)
        if others and not wanted.in_use:
            raise Refused(
                f"{self._server.address} is in use: {', '.join(others)}",
                hint="stop what uses it, or restore into another database; --in-use restores all the same",
            )
        there = occupancy.objects(self._connection)
        if there and not wanted.clean:
            raise Refused(
                f"{self._server.address} is not empty: it holds {', '.join(there)}",
                hint="restore into a new database, or let --clean drop first what is in the dump",
            )

    def _compared(self, wanted: Wanted) -> RestoreReport:
        """Compare every table with what was saved of it.

        Raises:
            StepFailed: rows differ.
        """
        saved = self._artifact.tables
        if saved is None:
            return self._report((), wanted)
        self._person.tells(f"comparing {len(saved)} tables")
        found = content_hash.tables_of(self._connection)
        if wrong := tuple(differences(saved, found)):
            raise StepFailed(
                "the dump was restored, and its rows are not those that were saved: " + "; ".join(wrong),
                hint="look at triggers and rules of the target, and restore into a new database",
            )
        known = {(table.schema, table.name) for table in saved}
        besides = tuple(f"{table.schema}.{table.name}" for table in found if (table.schema, table.name) not in known)
        return self._report(saved, wanted, besides)

    def _report(self, tables: tuple[TableContent, ...], wanted: Wanted, besides: tuple[str, ...] = ()) -> RestoreReport:
        return RestoreReport(
            target=self._server.address,
            step=self._artifact.step,
            dry_run=wanted.dry_run,
            compared=self._artifact.tables is not None and not wanted.dry_run,
            tables=tables,
            besides=besides,
        )
