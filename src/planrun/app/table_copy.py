"""A copy of a table inside the database: made by a transaction with its record, and named in the manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace  # noqa: TID251  one that changes
from datetime import UTC
from typing import TYPE_CHECKING

from planrun.core.capture import side_column
from planrun.core.catalog import quoted
from planrun.core.content import as_text
from planrun.core.manifest import Artifact, ArtifactKind, Column, TableName
from planrun.core.undo import Copy
from planrun.edges.postgres import describe, sources
from planrun.edges.postgres.server import clock
from planrun.errors import StatementFailed, StepFailed

if TYPE_CHECKING:
    from planrun.core.catalog import Relation
    from planrun.core.schedule import ScheduledStep, TableCopyWork
    from planrun.core.undo import Created, Undo
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.session import Session


@dataclass(slots=True)
class TableCopy:
    """What is said of one copy.

    Attributes:
        artifact: its manifest entry, once `finish` was called; it counts when the transaction was committed.
    """

    connection: Connection
    session: Session
    step: ScheduledStep
    work: TableCopyWork
    artifact: Artifact | None = None

    def finish(self, undo: Undo) -> Undo:
        """Describe the copy, in its transaction, and return its way back: it is compared with its source, then dropped.

        Raises:
            StepFailed: no row was copied.
        """
        (created,) = undo.created
        if created.rows == 0 and not self.work.allow_no_effect:
            raise StepFailed(
                f"step {self.step.id}: no row was copied into {self.work.into}",
                hint="set allow_no_effect: true if that is expected",
            )
        source = self._source()
        self.artifact = self._artifact(source, created)
        columns = tuple(side_column(column) for column in source.columns)
        copy = Copy(
            source=source.oid,
            columns=tuple(column.attnum for column in columns),
            name=created.name,
            table=source.qualified,
            names=tuple(column.before for column in columns),
            types=tuple(column.type for column in columns),
        )
        return replace(undo, copy=copy)

    def refused(self, error: StepFailed) -> StepFailed:
        """Return the error to raise for `error`; a table that is there already is told as such."""
        if isinstance(error, StatementFailed) and error.sqlstate == "42P07":
            return StepFailed(
                f"step {self.step.id}: a table {self.work.into} is there already, from an earlier run or of somebody"
                " else; it would not be today's copy",
                place=self.step.step.place,
                hint="rename or drop it, or give another name in into:",
            )
        return error

    def _artifact(self, source: Relation, copy: Created) -> Artifact:
        columns = describe.relations(self.connection, [copy.oid])[copy.oid].columns
        names = [column.name for column in columns]
        known = sources.source(self.connection, [(source.oid, column.attnum) for column in source.columns])
        return Artifact(
            step=self.step.id,
            kind=ArtifactKind.TABLE,
            format="table",
            files=(),
            finished=clock(self.connection).astimezone(UTC),
            server_version=self.connection.info.parameter_status("server_version") or "",
            source=copy.name,
            columns=tuple(Column(column.name, column.type, column.name) for column in columns),
            rows=copy.rows,
            table=TableName(source.schema, source.name),
            key=tuple(names[place] for place in known.key) if known and known.key else None,
            predicate=self.work.where,
            hash=as_text(copy.first, copy.second),
        )

    def _source(self) -> Relation:
        self.session.users()
        name = ".".join(quoted(part) for part in self.work.table.split("."))
        (oid,) = self.connection.execute("SELECT pg_catalog.to_regclass($1)::oid::bigint", [name]).fetchone() or (0,)
        self.session.own()
        return describe.relations(self.connection, [oid])[oid]
