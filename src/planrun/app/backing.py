"""Backup steps of one run: the shared snapshot, the set of files, and the monitoring rows."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from planrun import __version__
from planrun.app.copying import copy_sets, require_stores
from planrun.core.manifest import Artifact, ArtifactKind, Origin, StoredFile
from planrun.core.plan import DumpFormat
from planrun.edges.backups import csv_export, dump, files, folder, libpq
from planrun.edges.backups.tools import tools
from planrun.edges.postgres import history
from planrun.edges.postgres.connection import open_connection
from planrun.edges.postgres.faults import told_at
from planrun.edges.postgres.server import clock
from planrun.edges.postgres.session import Session
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from planrun.core.plan import Plan
    from planrun.core.record import Server
    from planrun.core.schedule import CsvWork, DumpWork, FilesWork
    from planrun.edges.backups.folder import BackupSet
    from planrun.edges.postgres.connection import Connection


class Backups:
    """What a run backs up until its next migrate step: one snapshot, one set.

    Args:
        params: how to connect; the snapshot has a connection of its own.
        connection: where the history is written.
        plan: the plan.
        server: the server that is backed up.
        run: the number of the run.
        tells: told what is worth knowing.
    """

    def __init__(
        self,
        params: Mapping[str, str],
        connection: Connection,
        plan: Plan,
        server: Server,
        run: int,
        tells: Callable[[str], None],
    ) -> None:
        self._params = params
        self._connection = connection
        self._plan = plan
        self._server = server
        self._run = run
        self._holder: Connection | None = None
        self._snapshot: str | None = None
        self._set: BackupSet | None = None
        self._tells = tells
        self._uncopied = True  # what an earlier attempt at this run left, for all we know
        self.path: Path | None = None

    def snapshot(self) -> str:
        """Return the exported snapshot, taking it first if there is none."""
        self._reader()
        if self._snapshot is None:
            raise AssertionError("a reader always has a snapshot")
        return self._snapshot

    def finish(self) -> None:
        """Close the set, and give every other store of the plan a copy of it; of those that it lacks so far as well.

        Raises:
            EnvironmentFault: a store cannot take it: then no step may go on as if there were a copy.
            Refused: a store holds another set of that name.
        """
        self._uncopied = self._uncopied or self._set is not None
        self.close()
        if self._uncopied:
            copy_sets(self._plan, self._connection, self._tells, run=self._run)
            self._uncopied = False

    def close(self) -> None:
        """Give the snapshot up and close the set: what is backed up later belongs to another one.

        A snapshot that stayed open would make CREATE INDEX CONCURRENTLY wait for ever.
        """
        if self._holder is not None:
            self._holder.close()
            self._holder = None
            self._snapshot = None
        if self._set is not None:
            self._set.close()
            self._set = None

    def dump(self, step: str, work: DumpWork) -> Artifact:
        """Dump the database from the shared snapshot."""
        kind = ArtifactKind.SCHEMA if work.schema_only else ArtifactKind.DATABASE
        suffix = ".dump" if work.format is DumpFormat.CUSTOM else ".sql"
        with self._monitored(step, kind.value) as artifact:
            reader = self._reader()
            settings = libpq.settings_of(reader)
            program = tools(self._server.major, settings)
            with self._folder().new_file(kind, step, suffix) as target:
                result = dump.dump(
                    settings,
                    snapshot=self.snapshot(),
                    format=work.format,
                    schema_only=work.schema_only,
                    target=target,
                    tools=program,
                    lock_timeout=self._plan.defaults.lock_timeout,
                )
            if work.format is DumpFormat.CUSTOM:
                dump.require_contents(program, self._folder().path / folder.relative(kind, target.name))
            made = self._artifact(
                step,
                kind,
                folder.relative(kind, target.name),
                work.format.value,
                result.bytes,
                result.sha256,
                pg_dump_version=result.version,
            )
            self._keep(artifact, made, None)
            return made

    def csv(self, step: str, work: CsvWork) -> Artifact:
        """Export the rows of a query from the shared snapshot."""
        kind = ArtifactKind.CSV
        with self._monitored(step, kind.value) as artifact:
            reader = self._reader()
            with self._folder().new_file(kind, step, ".csv") as target:
                with told_at(work.query, work.script, csv_export.QUERY_OFFSET):
                    result = csv_export.export(reader, work.query.text, target)
                if result.rows == 0 and not work.allow_no_effect:
                    raise StepFailed(
                        f"step {step}: its query returned no row, so nothing was exported",
                        hint="set allow_no_effect: true if that is expected",
                    )
            made = self._artifact(
                step,
                kind,
                folder.relative(kind, target.name),
                "csv",
                result.bytes,
                result.sha256,
                source=work.query.text,
                columns=result.columns,
                rows=result.rows,
                null_marker=csv_export.NULL_MARKER,
            )
            self._keep(artifact, made, result.rows)
            return made

    def files(self, step: str, work: FilesWork) -> int:
        """Copy files; return how many."""
        kind = ArtifactKind.FILES
        with self._monitored(step, kind.value) as artifact:
            copied = files.copy(step, work.patterns, Path(self._plan.project), self._folder())
            for result in copied:
                self._folder().add(
                    self._artifact(
                        step,
                        kind,
                        result.path,
                        "raw",
                        result.bytes,
                        result.sha256,
                        source=result.pattern,
                        original=result.original,
                    )
                )
            history.finish_artifact(
                self._connection,
                artifact,
                path=str(self._folder().path.absolute() / kind.folder),
                size=sum(result.bytes for result in copied),
                sha256=None,
                rows=len(copied),
            )
            return len(copied)

    # --- what they share ---------------------------------------------------------------------------

    @contextmanager
    def _monitored(self, step: str, kind: str) -> Iterator[int]:
        """Keep the monitoring row true: running, then completed by the caller, or failed with the reason."""
        here = self._folder().path.absolute()
        artifact = history.begin_artifact(
            self._connection, self._run, step, kind, str(here), set_name=here.name, store=str(here.parent)
        )
        try:
            yield artifact
        except BaseException as error:
            history.fail_artifact(self._connection, artifact, error)
            raise

    def _keep(self, artifact: int, made: Artifact, rows: int | None) -> None:
        self._folder().add(made)
        (file,) = made.files
        path = str(self._folder().path.absolute() / file.path)
        history.finish_artifact(self._connection, artifact, path=path, size=file.bytes, sha256=file.sha256, rows=rows)

    def _artifact(
        self, step: str, kind: ArtifactKind, path: str, written: str, size: int, sha256: str, **more: object
    ) -> Artifact:
        return Artifact(
            step=step,
            kind=kind,
            format=written,
            files=(StoredFile(path, size, sha256),),
            finished=clock(self._connection).astimezone(UTC),
            server_version=self._server.version,
            **more,  # type: ignore[arg-type]  # named by the callers above
        )

    def _reader(self) -> Connection:
        if self._holder is None:
            holder = open_connection(self._params, purpose="planrun backup")
            holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (self._snapshot,) = holder.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone() or (None,)
            Session(holder, self._plan).users()
            self._holder = holder
        return self._holder

    def _folder(self) -> BackupSet:
        if self._set is None:
            require_stores(self._plan)
            origin = Origin(
                database=self._server.database,
                server_version=self._server.version,
                tool_version=__version__,
                system_identifier=self._server.system_identifier,
                snapshot=self.snapshot(),
            )
            self._set = folder.BackupSet.create(
                Path(self._plan.project) / self._plan.folder.path,
                clock(self._connection).astimezone(UTC),
                self._plan.name,
                self._run,
                origin=origin,
            )
            self.path = self._set.path
        return self._set
