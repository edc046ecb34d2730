"""Compares a backup set with what comes of it: every table of every dump, every export, every copy of a table."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from planrun.app.scratching import scratch_server
from planrun.core.catalog import quoted
from planrun.core.manifest import ArtifactKind, TableName
from planrun.edges.backups import csv_rows, streams
from planrun.edges.backups.archive import Archive
from planrun.edges.backups.verify import Finding, Severity
from planrun.edges.postgres import content_hash, history, loading
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.trouble import told
from planrun.edges.postgres.unit import tried
from planrun.errors import EnvironmentFault, StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from planrun.app.scratching import ScratchServer
    from planrun.core.manifest import Artifact, Manifest, TableContent
    from planrun.edges.backups.encryption import Identities
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person


@frozen
class Comparison:
    """What a comparison came to.

    Attributes:
        findings: what differs, or could not be compared.
        tables: how many tables, exports and copies were compared.
        rows: how many rows they have.
        server_version: of the server that was restored on.
    """

    findings: tuple[Finding, ...]
    tables: int
    rows: int
    server_version: str

    @property
    def equal(self) -> bool:
        """Whether everything was compared, and nothing differs."""
        return all(finding.level is Severity.NOTE for finding in self.findings)


def compare(
    folder: Path,
    manifest: Manifest,
    on: Mapping[str, str] | None,
    living: Connection | None,
    identities: Identities | None,
    person: Person,
) -> Comparison:
    """Restore a set whose bytes were compared already, and compare its rows.

    Args:
        folder: of the set.
        manifest: what it says.
        on: the server to restore on; None starts one.
        living: to the database that copies of tables stand in; None if it is not known.
        identities: private keys, where the set is encrypted.
        person: who is told.

    Raises:
        EnvironmentFault: no server fits.
    """
    with scratch_server(on, _major(manifest), person) as server:
        work = _Comparing(folder, server, identities, person)
        with told(server.connection, "comparing"):
            work.dumps([a for a in manifest.artifacts if a.kind in (ArtifactKind.DATABASE, ArtifactKind.SCHEMA)])
            work.exports([a for a in manifest.artifacts if a.kind is ArtifactKind.CSV])
        for artifact in manifest.artifacts:
            if artifact.kind is ArtifactKind.TABLE:
                work.copy(manifest.run, artifact, living)
        return Comparison(tuple(work.findings), work.tables, work.rows, server.version)


def _major(manifest: Manifest) -> int | None:
    """Return the major version that dumps want; exports load everywhere."""
    return next((artifact.pg_dump_major for artifact in manifest.artifacts if artifact.pg_dump_version), None)


def differences(wanted: Iterable[TableContent], found: Iterable[TableContent]) -> Iterator[str]:
    """Yield in which tables rows differ, those apart that only `found` has."""
    there = {(table.schema, table.name): table for table in found}
    for table in wanted:
        now = there.get((table.schema, table.name))
        name = f"{table.schema}.{table.name}"
        if now is None:
            yield f"table {name}: wanted {table.rows:,} rows, and there is no such table"
        elif now.rows != table.rows:
            yield f"table {name}: wanted {table.rows:,} rows, found {now.rows:,}"
        elif now.hash != table.hash:
            yield f"table {name}: its {table.rows:,} rows are not those that were saved"


def copy_of(connection: Connection, name: str) -> TableName | None:
    """Return where a copy of a table stands, by the name that the manifest has for it; None if it is gone."""
    row = connection.execute(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.oid = coalesce(pg_catalog.to_regclass($1), pg_catalog.to_regclass($2)) AND c.relkind = 'r'",
        [".".join(quoted(part) for part in name.split(".")), name],
    ).fetchone()
    return TableName(*row) if row else None


class _Comparing:
    def __init__(self, folder: Path, server: ScratchServer, identities: Identities | None, person: Person) -> None:
        self.findings: list[Finding] = []
        self.tables = 0
        self.rows = 0
        self._folder = folder
        self._server = server
        self._identities = identities
        self._person = person
        self._types: ExitStack | None = None
        self._first: Artifact | None = None

    def dumps(self, artifacts: list[Artifact]) -> None:
        for artifact in artifacts:
            if artifact.kind is ArtifactKind.DATABASE and self._first is None:
                self._first = artifact
                continue  # with the exports, whose types it brings along
            with self._restored(artifact):
                pass

    def exports(self, artifacts: list[Artifact]) -> None:
        """Load exports where the types of their columns are: beside the first dump, if there is one."""
        if not artifacts and self._first is None:
            return
        with ExitStack() as stack:
            here = stack.enter_context(self._restored(self._first)) if self._first is not None else None
            if here is None and artifacts:
                here = stack.enter_context(self._server.database("UTF8"))
            for artifact in artifacts:
                if here is not None:
                    self._export(here, artifact)

    @contextmanager
    def _restored(self, artifact: Artifact) -> Iterator[Connection | None]:
        archive = Archive(artifact, self._folder, self._server.tools, self._identities)
        self._person.tells(f"restoring {archive.name}")
        with ExitStack() as stack:
            try:
                with self._person.follows(archive.name, "bytes", lambda: artifact.bytes) as meter:
                    connection = stack.enter_context(self._server.restored(archive, meter.advanced))
            except StepFailed as error:
                self._differs(archive.name, f"it cannot be restored: {error.message}")
                yield None
                return
            with told(connection, f"comparing {archive.name}"):
                self._compared(archive.name, artifact, connection)
                yield connection

    def _compared(self, name: str, artifact: Artifact, connection: Connection) -> None:
        if artifact.kind is ArtifactKind.SCHEMA:
            self.tables += 1
            return
        if artifact.tables is None:
            self._unknown(name, "restored, and not compared: its manifest says nothing of the rows of its tables")
            return
        found = content_hash.tables_of(connection)
        for message in differences(artifact.tables, found):
            self._differs(name, message)
        known = {(table.schema, table.name) for table in artifact.tables}
        for table in found:
            if table.rows and (table.schema, table.name) not in known:
                self._differs(name, f"table {table.schema}.{table.name}: wanted no row, found {table.rows:,}")
        self.tables += len(artifact.tables)
        self.rows += sum(table.rows for table in artifact.tables)

    def _export(self, connection: Connection, artifact: Artifact) -> None:
        name = artifact.files[0].path
        self._person.tells(f"loading {name}")
        columns = artifact.columns or ()
        with told(connection, f"comparing {name}"), tried(connection):
            connection.execute(fixed_settings())
            known = loading.known_types(connection, (column.type for column in columns))
            fields = [
                loading.Field(f"c{number}", column.type if column.type in known else "text")
                for number, column in enumerate(columns)
            ]
            content = streams.reading(self._folder / name, artifact.compression, artifact.encryption, self._identities)
            try:
                with self._person.follows(name, "rows", lambda: artifact.rows) as meter:
                    watched = csv_rows.watched(content, meter.advanced)
                    rows = loading.load(connection, "planrun_export", fields, watched, loading.CSV)
            except (StepFailed, EnvironmentFault) as error:
                self._differs(name, error.message)
                return
            if rows != artifact.rows:
                self._differs(name, f"wanted {artifact.rows or 0:,} rows, found {rows:,}")
            elif artifact.hash is None:
                # Another run of its query may give other rows: there is nothing but the file to compare with.
                self.findings.append(
                    Finding(Severity.NOTE, name, "loaded; its rows were not hashed when they were saved")
                )
            else:
                place = TableName("pg_temp", "planrun_export")
                found = content_hash.table(connection, place, [field.name for field in fields])
                if found.hash != artifact.hash:
                    self._differs(name, f"its {rows:,} rows are not those that were saved")
        self.tables += 1
        self.rows += artifact.rows or 0

    def copy(self, run: int, artifact: Artifact, living: Connection | None) -> None:
        """Compare a copy of a table where it stands."""
        name = artifact.source or ""
        if living is None:
            self._unknown(name, "not compared: it stands in the database, which --url names")
            return
        with told(living, f"comparing {name}"), tried(living):
            place = copy_of(living, name)
            if place is None:
                if history.installed(living) and history.taken_back(living, run, artifact.step):
                    message = "a rollback compared it with what it had restored, and dropped it"
                    self.findings.append(Finding(Severity.NOTE, name, message))
                else:
                    self._differs(name, "the copy is gone")
                return
            now = content_hash.table(living, place, [c.name for c in artifact.columns or ()])
        if now.rows != artifact.rows:
            self._differs(name, f"wanted {artifact.rows or 0:,} rows, found {now.rows:,}")
        elif artifact.hash is None:
            self._unknown(name, "not compared: its manifest says nothing of its rows")
        elif now.hash != artifact.hash:
            self._differs(name, f"its {now.rows:,} rows are not those that were saved")
        self.tables += 1
        self.rows += artifact.rows or 0

    def _differs(self, name: str, message: str) -> None:
        self.findings.append(Finding(Severity.ERROR, name, message))

    def _unknown(self, name: str, message: str) -> None:
        self.findings.append(Finding(Severity.WARNING, name, message))
