"""Brings rows of exports, copies and dumps back to the tables that they came from."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from planrun.app.comparing import copy_of
from planrun.app.reports import RowsRestoreReport
from planrun.app.restore_words import confirm, origin
from planrun.core.manifest import ArtifactKind, TableName
from planrun.core.plan import Plan
from planrun.core.policy import parts
from planrun.edges.backups import csv_rows, libpq, streams
from planrun.edges.backups import tools as programs
from planrun.edges.backups.archive import Archive
from planrun.edges.postgres import history, loading
from planrun.edges.postgres.lease import Lease
from planrun.edges.postgres.rows_back import RowsBack
from planrun.edges.postgres.saved_rows import SavedColumn, SavedRows
from planrun.edges.postgres.session import Session
from planrun.edges.postgres.sweep import sweep
from planrun.edges.postgres.trouble import retried
from planrun.edges.postgres.unit import tried
from planrun.errors import Refused, UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from planrun.app.restore_words import Wanted
    from planrun.core.manifest import Artifact, Manifest, TableContent
    from planrun.core.record import Server
    from planrun.edges.backups.encryption import Identities
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.rows_back import RowsReport
    from planrun.edges.postgres.witness import Witness
    from planrun.ports import Person


class RowsRestore:
    """The restore of rows into tables that live on.

    Args:
        folder: of the set, whose bytes were compared.
        manifest: of the set.
        identities: private keys, where it is encrypted.
        params: how to reach the database; the lease has a connection of its own.
        connection: to it.
        server: what it is.
        person: who is asked and told.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        identities: Identities | None,
        params: Mapping[str, str],
        connection: Connection,
        server: Server,
        person: Person,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._identities = identities
        self._params = params
        self._connection = connection
        self._server = server
        self._person = person

    def run(self, chosen: Sequence[Artifact], wanted: Wanted) -> RowsRestoreReport:
        """Bring the rows of some artifacts back; see `restoring.restore`."""
        saved = self._saved(chosen, wanted)
        plan = Plan(name=self._manifest.plan, file="", project=".", steps=())
        session = Session(self._connection, plan)
        if wanted.dry_run:
            with tried(self._connection):
                found = self._rows_back(session.own, session.own, wanted, None).preview(saved)
            return self._report(found, wanted)
        tables = ", ".join(f"{rows.table.schema}.{rows.table.name}" for rows in saved)
        confirm(
            f"About to bring rows of {tables} back ({origin(self._manifest)}) on {self._server.address};"
            f" on conflict: {wanted.on_conflict}. Go on?",
            wanted,
            self._person,
        )
        history.install(self._connection)
        with Lease(self._params, f"restore by {self._server.address}", self._person.tells) as lease:
            lease.await_orphan(self._connection)
            sweep(self._connection, plan.defaults, self._person.tells)
            work = self._rows_back(session.own, lambda: lease.check(self._connection), wanted, lease.witness)
            done = retried(partial(work.run, saved), plan.defaults.retries, self._person.tells, "restore")
        return self._report(done, wanted)

    def _rows_back(
        self, own: Callable[[], None], inside: Callable[[], None], wanted: Wanted, witness: Witness | None
    ) -> RowsBack:
        plan, policy = self._manifest.plan, wanted.on_conflict
        return RowsBack(self._connection, own, inside, plan, policy, self._person, witness)

    def _report(self, found: RowsReport, wanted: Wanted) -> RowsRestoreReport:
        return RowsRestoreReport(
            target=self._server.address,
            run=found.run,
            dry_run=wanted.dry_run,
            on_conflict=wanted.on_conflict,
            tables=found.tables,
            conflicts=found.conflicts,
        )

    # --- where they stand ------------------------------------------------------------------------

    def _saved(self, chosen: Sequence[Artifact], wanted: Wanted) -> tuple[SavedRows, ...]:
        found: list[SavedRows] = []
        for artifact in chosen:
            match artifact.kind:
                case ArtifactKind.CSV:
                    found.append(self._export(artifact))
                case ArtifactKind.TABLE:
                    found.append(self._copy(artifact))
                case _:
                    found += self._of_dump(artifact, wanted.tables)
        names = [(rows.table.schema, rows.table.name) for rows in found]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise UsageFault(
                f"the rows of {'.'.join(twice)} were saved more than once", hint="name one step that saved them"
            )
        return tuple(found)

    def _export(self, artifact: Artifact) -> SavedRows:
        table = _table_of(artifact)

        def open_(progress: Callable[[int], None]) -> tuple[Sequence[SavedColumn | None], Iterable[bytes]]:
            content = streams.reading(
                self._folder / artifact.files[0].path, artifact.compression, artifact.encryption, self._identities
            )
            return _columns(artifact), csv_rows.watched(content, progress)

        return SavedRows(artifact.step, table, _key_of(artifact), open_, loading.CSV, artifact.rows)

    def _copy(self, artifact: Artifact) -> SavedRows:
        table = _table_of(artifact)
        place = copy_of(self._connection, artifact.source or "")
        if place is None:
            raise Refused(
                f"the copy {artifact.source} of {table.schema}.{table.name} is not in {self._server.address}",
                hint="it may be another database, or the copy was dropped; restore from an export or a dump",
            )
        return SavedRows(
            artifact.step,
            table,
            _key_of(artifact),
            lambda _: (_columns(artifact), ()),
            rows=artifact.rows,
            hash=artifact.hash,
            copy=place,
        )

    def _of_dump(self, artifact: Artifact, names: Sequence[str]) -> Iterator[SavedRows]:
        if artifact.kind is ArtifactKind.SCHEMA:
            raise UsageFault(f"step {artifact.step} saved no rows", hint="name the step of a dump with rows")
        settings = libpq.settings_of(self._connection)
        found = programs.readers(artifact.pg_dump_major or 0) or programs.tools(self._server.major, settings)
        archive = Archive(artifact, self._folder, found, self._identities)
        for table in (_named(name, artifact) for name in dict.fromkeys(names)):
            yield SavedRows(
                artifact.step,
                TableName(table.schema, table.name),
                None,
                partial(_from_dump, archive, table),
                loading.TEXT,
                table.rows,
                table.hash,
            )


def _from_dump(
    archive: Archive, table: TableContent, progress: Callable[[int], None]
) -> tuple[Sequence[SavedColumn], Iterable[bytes]]:
    names: list[str] = []
    rows = archive.rows(TableName(table.schema, table.name), names.extend)
    first = next(rows, b"")
    return [SavedColumn(name, None) for name in names], _watched(chain((first,), rows), progress)


def _watched(rows: Iterable[bytes], progress: Callable[[int], None]) -> Iterator[bytes]:
    """Yield rows as a dump has them, one a line, and tell how many were taken."""
    for block in rows:
        yield block
        progress(block.count(b"\n"))


def _named(name: str, artifact: Artifact) -> TableContent:
    """Return the table of a dump that a name means.

    Raises:
        UsageFault: there is none, or there are several.
    """
    tables = artifact.tables or ()
    read = parts(name)
    found = [table for table in tables if read and (table.schema, table.name)[-len(read) :] == read]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{table.schema}.{table.name}" for table in found)
        raise UsageFault(f"--table {name}: the dump holds {several}", hint="name the schema, too")
    raise UsageFault(
        f"--table {name}: the dump holds no rows of such a table",
        hint="of a partitioned table name the partitions, which have the rows; planrun backup list shows the set",
    )


def _table_of(artifact: Artifact) -> TableName:
    if artifact.table is None:
        raise Refused(
            f"the rows of step {artifact.step} come from no one table, so that they cannot come back to one",
            hint="export the columns of one table, its primary key among them",
        )
    return artifact.table


def _key_of(artifact: Artifact) -> tuple[str, ...]:
    """Return the key by the names that its columns have in the table.

    Raises:
        Refused: none was saved.
    """
    sources = {column.name: column.source for column in artifact.columns or ()}
    key = tuple(source for name in artifact.key or () if (source := sources.get(name)))
    if not key or len(key) != len(artifact.key or ()):
        raise Refused(
            f"the rows of step {artifact.step} were saved without a key that tells them apart",
            hint="export the columns of the primary key, too; a dump can be restored into a database of its own",
        )
    return key


def _columns(artifact: Artifact) -> list[SavedColumn | None]:
    return [
        None if column.source is None else SavedColumn(column.source, column.type) for column in artifact.columns or ()
    ]
