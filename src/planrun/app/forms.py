"""Makes the file of a backup step, in any thread: a dump, an export, or copies of files, with its manifest entry."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from planrun.core.manifest import Artifact, ArtifactKind, StoredFile
from planrun.core.plan import DumpFormat
from planrun.core.schedule import CsvWork, DumpWork, FilesWork
from planrun.edges.backups import csv_export, dump, encryption, files, libpq, streams
from planrun.edges.backups.folder import relative
from planrun.edges.backups.tools import tools
from planrun.edges.parse.exported import exported
from planrun.edges.postgres import content_hash, sources
from planrun.edges.postgres.faults import told_at
from planrun.edges.postgres.server import clock
from planrun.edges.postgres.snapshot import cancel
from planrun.edges.postgres.trouble import told
from planrun.errors import StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from planrun.core.manifest import Column, TableContent
    from planrun.core.plan import Compression, Plan
    from planrun.core.record import Server
    from planrun.core.schedule import FileWork
    from planrun.core.script import Name
    from planrun.edges.backups.course import Course
    from planrun.edges.backups.disk import NewFile
    from planrun.edges.backups.folder import BackupSet
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.content_hash import Content
    from planrun.edges.postgres.snapshot import Snapshot
    from planrun.ports import Person

_T = TypeVar("_T")
_SUFFIXES = {DumpFormat.CUSTOM: ".dump", DumpFormat.PLAIN: ".sql"}


class Forms:
    """Makes the files of one set, from one snapshot."""

    def __init__(self, snapshot: Snapshot, backup_set: BackupSet, plan: Plan, server: Server, person: Person) -> None:
        self._snapshot = snapshot
        self._set = backup_set
        self._plan = plan
        self._server = server
        self._person = person

    def make(self, step: str, work: FileWork, course: Course) -> tuple[Artifact, ...]:
        """Make what a step backs up, complete but not yet named in the manifest.

        Args:
            step: its id.
            work: what it does.
            course: the course that ends it from another thread.
        """
        with self._snapshot.reader() as reader, told(reader, f"step {step}"), course.ended_by(partial(cancel, reader)):
            match work:
                case DumpWork():
                    return (self._dump(step, work, reader, course),)
                case CsvWork():
                    return (self._csv(step, work, reader, course),)
                case FilesWork():
                    return self._files(step, work, reader, course)

    def _dump(self, step: str, work: DumpWork, reader: Connection, course: Course) -> Artifact:
        kind = ArtifactKind.SCHEMA if work.schema_only else ArtifactKind.DATABASE
        settings = libpq.settings_of(reader)
        program = tools(self._server.major, settings)
        request = self._request(work, reader)
        with (
            self._beside(partial(_contents, request), course) as contents,
            self._person.follows(step, "bytes") as meter,
        ):
            course.counts = meter.advanced
            if work.format is DumpFormat.DIRECTORY:
                with self._set.new_folder(kind, step) as made:
                    dump.dump_directory(settings, request, program, made, course=course)
                    tables = contents.result()
                stored = tuple(replace(file, path=relative(kind, f"{made.name}/{file.path}")) for file in made.files)
            else:
                with self._set.new_file(kind, step, _SUFFIXES[work.format] + self._suffix()) as target:
                    dump.dump(settings, request, program, target, recipients=self._plan.recipients, course=course)
                    tables = contents.result()
                stored = (_stored(kind, target),)
        return self._artifact(
            *(step, kind, work.format.value, stored, reader), pg_dump_version=program.version, tables=tables
        )

    def _request(self, work: DumpWork, reader: Connection) -> dump.Request:
        sources.require_schemas(reader, work.schemas)
        return dump.Request(
            format=work.format,
            schema_only=work.schema_only,
            jobs=work.jobs,
            tables=sources.chosen_tables(reader, work.tables),
            schemas=work.schemas,
            snapshot=self._snapshot.id,
            lock_timeout=self._plan.defaults.lock_timeout,
        )

    def _csv(self, step: str, work: CsvWork, reader: Connection, course: Course) -> Artifact:
        query = work.query.text
        hashing = partial(_same_rows, query, work.query.names)
        with (
            self._beside(hashing, course) as content,
            self._person.follows(step, "rows", partial(csv_export.estimate, reader, query)) as meter,
            self._set.new_file(ArtifactKind.CSV, step, f".csv{self._suffix(work.compress)}") as target,
        ):
            course.counts = meter.advanced
            with told_at(work.query, work.script, csv_export.QUERY_OFFSET):
                result = csv_export.export(
                    reader, query, target, compression=work.compress, recipients=self._plan.recipients, course=course
                )
            if result.rows == 0 and not work.allow_no_effect:
                raise StepFailed(
                    f"step {step}: its query returned no row, so nothing was exported",
                    hint="set allow_no_effect: true if that is expected",
                )
            same = content.result()
        source = sources.source(reader, result.origins) if exported(query).reads_once else None
        columns = tuple(map(_from, result.columns, source.columns)) if source else result.columns
        return self._artifact(
            *(step, ArtifactKind.CSV, "csv", (_stored(ArtifactKind.CSV, target),), reader),
            source=query,
            columns=columns,
            rows=result.rows,
            null_marker=csv_export.NULL_MARKER,
            compression=work.compress.value if work.compress else None,
            table=source.table if source else None,
            key=_key(columns, source.key) if source else None,
            hash=same.hash if same and same.rows == result.rows else None,
        )

    def _files(self, step: str, work: FilesWork, reader: Connection, course: Course) -> tuple[Artifact, ...]:
        with self._person.follows(step, "bytes") as meter:
            course.counts = meter.advanced
            project, recipients = Path(self._plan.project), self._plan.recipients
            copied = files.copy(step, work.patterns, project, self._set, recipients=recipients, course=course)
        return tuple(
            self._artifact(
                *(step, ArtifactKind.FILES, "raw", (result.stored,), reader),
                source=result.pattern,
                original=result.original,
            )
            for result in copied
        )

    # --- what they share ---------------------------------------------------------------------------

    @contextmanager
    def _beside(self, work: Callable[[Connection], _T], course: Course) -> Iterator[Future[_T]]:
        """Let another connection of the snapshot work while the block runs; it ends with the block, if that fails."""
        with (
            self._snapshot.reader() as other,
            ThreadPoolExecutor(1, "planrun beside") as pool,
            course.ended_by(partial(cancel, other)),
        ):
            future = pool.submit(work, other)
            try:
                yield future
            except BaseException:
                cancel(other)
                raise

    def _suffix(self, compression: Compression | None = None) -> str:
        return streams.suffix(compression, self._plan.recipients)

    def _artifact(
        self,
        step: str,
        kind: ArtifactKind,
        written: str,
        stored: tuple[StoredFile, ...],
        reader: Connection,
        **more: Any,
    ) -> Artifact:
        return Artifact(
            step=step,
            kind=kind,
            format=written,
            files=stored,
            finished=clock(reader).astimezone(UTC),
            server_version=self._server.version,
            encryption=encryption.WORD if self._plan.recipients else None,
            **more,
        )


def _contents(request: dump.Request, connection: Connection) -> tuple[TableContent, ...] | None:
    """Return the content of every table whose rows a dump will hold."""
    if request.schema_only:
        return None
    tables, schemas = frozenset(request.tables), frozenset(request.schemas)
    return content_hash.tables_of(
        connection, lambda table: (table in tables or not tables) and (table.schema in schemas or not schemas)
    )


def _same_rows(query: str, relations: tuple[Name, ...], connection: Connection) -> Content | None:
    """Return the content of a query's rows; None where another run of it may give others."""
    calls = exported(query).calls
    if calls is None or not sources.always_the_same(connection, calls, relations):
        return None
    return content_hash.query(connection, query)


def _from(column: Column, source: str | None) -> Column:
    return replace(column, source=source)


def _key(columns: Sequence[Column], places: Sequence[int] | None) -> tuple[str, ...] | None:
    """Return the names of the columns of a key; None where there is none, or another column has such a name."""
    names = [column.name for column in columns]
    key = tuple(names[place] for place in places or ())
    return key if key and all(names.count(name) == 1 for name in key) else None


def _stored(kind: ArtifactKind, file: NewFile) -> StoredFile:
    return StoredFile(relative(kind, file.name), file.bytes, file.sha256)
