"""Brings saved rows back to living tables in one transaction, captured like a step, so that it can be taken back."""

from __future__ import annotations

import secrets
from dataclasses import field, replace
from typing import TYPE_CHECKING

import psycopg

from planrun.core import restore, rows_back
from planrun.core.accounting import Scope
from planrun.core.catalog import quoted
from planrun.core.console import plural
from planrun.core.gate import GATE
from planrun.core.manifest import TableName
from planrun.core.policy import OnConflict
from planrun.core.record import RESTORE
from planrun.core.rows_back import Coming, Written
from planrun.core.script import BEGIN, Name, Statement
from planrun.edges.postgres import content_hash, describe, evidence, history, loading, saved_rows
from planrun.edges.postgres.capturing import Capturing
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.unit import unit
from planrun.edges.postgres.watch import own_tables
from planrun.errors import Conflict, ConflictRecord, Place, Refused, StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planrun.core.catalog import Relation
    from planrun.core.undo import SideColumn
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.saved_rows import SavedRows
    from planrun.edges.postgres.watch import Watch
    from planrun.edges.postgres.witness import Witness
    from planrun.ports import Meter, Person

_HINTS: dict[type[psycopg.Error], str] = {
    psycopg.errors.ForeignKeyViolation: (
        "restore what they refer to as well, in one command: --step or --table may be given several times"
    ),
    psycopg.errors.NotNullViolation: (
        "the backup has no value for it: give the column a default, or take the step back that made it NOT NULL"
    ),
    psycopg.errors.UniqueViolation: "another row has this value now: see which of the two should have it",
    psycopg.errors.CheckViolation: (
        "such a row was allowed when it was saved: take the step back that made the constraint, or restore other rows"
    ),
}
"""What to do where the server does not take rows of a backup."""

_WAYS_OUT = (
    "settle them with --on-conflict keep or --on-conflict restore; planrun rollback takes such a restore back, and"
    " brings again what it overwrote"
)


@frozen
class TableReport:
    """What became, or would become, of one table.

    Attributes:
        table: its name, quoted and qualified.
        step: the backup step.
        saved: rows in the backup.
        equal: of those the ones that are there and equal.
        back: rows that were missing and come back.
        changed: rows of which values come back.
        besides: rows of the table that are not in the backup, and stay as they are.
        unsaved: columns of the table that are not in the backup; a row that comes back has their defaults.
    """

    table: str
    step: str
    saved: int
    equal: int
    back: int
    changed: int
    besides: int
    unsaved: tuple[str, ...] = ()


@frozen
class RowsReport:
    """What a restore of rows did, or would do; `run` is None where nothing was written."""

    tables: tuple[TableReport, ...]
    conflicts: tuple[ConflictRecord, ...] = ()
    run: int | None = None


@frozen
class RowsBack:
    """One restore of rows.

    Attributes:
        connection: in autocommit.
        own: switches to planrun's own settings.
        inside: called when the transaction has begun (the lease is checked there).
        plan: the plan whose history it belongs to.
        policy: what becomes of conflicts.
        person: shown what is worth knowing meanwhile, and how far the loading of rows has come.
        witness: tells what others have committed of relations; nobody is asked for a preview.
    """

    connection: Connection
    own: Callable[[], None]
    inside: Callable[[], None]
    plan: str
    policy: OnConflict
    person: Person
    witness: Witness | None = None
    word: str = field(default_factory=lambda: f"restore_{secrets.token_hex(4)}")

    def preview(self, saved: Sequence[SavedRows]) -> RowsReport:
        """Compare, and write nothing; the caller's transaction is to be rolled back."""
        self.own()
        tables, _ = self._compared(saved)
        return self._report(tables, self._conflicts(tables))

    def run(self, saved: Sequence[SavedRows]) -> RowsReport:
        """Bring the rows back and commit.

        Raises:
            Conflict: the application wrote since; nothing was changed.
            Refused: the rows do not fit the table, or what is overwritten could not be saved.
            StepFailed: the rows cannot be loaded, or are not those that were saved.
        """
        capturing = Capturing(
            self.connection,
            self.own,
            f"restore of {self._name(saved)}",
            self.word,
            self.person.tells,
            self.witness,
        )
        return capturing.run(
            self._first_scope(saved), lambda scope, watch: self._written(saved, scope, watch, capturing)
        )

    @staticmethod
    def _name(saved: Sequence[SavedRows]) -> str:
        return ", ".join(dict.fromkeys(rows.step for rows in saved))

    def _first_scope(self, saved: Sequence[SavedRows]) -> Scope:
        self.connection.execute(BEGIN.encode())
        try:
            self.own()
            relations = [saved_rows.relation_of(self.connection, rows.table) for rows in saved]
            leaves = {relation.oid: saved_rows.leaves(self.connection, relation) for relation in relations}
            written = describe.relations(self.connection, {oid for parts in leaves.values() for oid in parts})
            names = [Name(relation.schema, relation.name) for relation in written.values()]
            _, reach = describe.resolve(self.connection, "", names, names, on_delete=False, on_update=True)
        finally:
            self.connection.execute(b"ROLLBACK")
        # The triggers of a partition do not see what is written through its root.
        whole = frozenset(oid for relation in relations if relation.kind == "p" for oid in leaves[relation.oid])
        return Scope(relations=reach | leaves.keys(), capture=reach - whole, whole=whole)

    def _written(self, saved: Sequence[SavedRows], scope: Scope, watch: Watch, capturing: Capturing) -> RowsReport:
        self.own()
        self.inside()
        seen = capturing.sight(scope)
        watch.save(self.connection)
        tables, relations = self._compared(saved)
        found = self._conflicts(tables)
        if found and self.policy is OnConflict.ABORT:
            raise Conflict(
                f"{len(found)} {plural('conflict', len(found))}: the application changed what the backup would"
                " overwrite; nothing was changed",
                hint=_WAYS_OUT,
                conflicts=found,
                of_backup=True,
            )
        report = self._report(tables, found)
        # In a savepoint: what is accounted for is what was done since, not the temporary tables of before.
        with unit(self.connection):
            run = history.begin_run(self.connection, self.plan, "execute", "step")
            name = f"{RESTORE}{self._name(saved)}"
            opening = history.Opening(run, 1, name, "migrate", "rows of a backup", self.word, "")
            step, xmin = history.begin_step(self.connection, opening)
            side = watch.side_oids(self.connection) | own_tables(self.connection)
            start = evidence.mark(self.connection, scope, xmin)
            self._write(step, tables, relations, report)
            collected = evidence.collect(self.connection, start, watch.captured, side)
            undo = capturing.proved(scope, watch, collected, seen)
            history.keep_conflicts(self.connection, run, report.conflicts)
            rows = sum(table.back + table.changed for table in report.tables)
            history.finish_step(self.connection, step, opening, (), undo, rows=rows)
            history.end_run(self.connection, run, "done")
        return replace(report, run=run)

    def _write(
        self, step: int, tables: tuple[Coming, ...], relations: tuple[Relation, ...], report: RowsReport
    ) -> None:
        self.connection.execute("SELECT pg_catalog.set_config($1, $2, true)", [GATE, self.word])
        families = [saved_rows.family(self.connection, relation) for relation in relations]
        touched = [(oid, relation.qualified) for family in families for oid, relation in family.items()]
        for sql in restore.triggers_off(step, touched):
            self._send(sql)
        counted = [
            (coming, table.changed > 0, table.back > 0) for coming, table in zip(tables, report.tables, strict=True)
        ]
        if sql := rows_back.write(counted, self.policy):
            self._send(sql)
        for coming in tables:
            (wrong,) = self.connection.execute(rows_back.wrong(coming, self.policy).encode()).fetchone() or (0,)
            if wrong:
                raise Refused(
                    f"nothing was changed: {wrong:,} rows of {coming.name} would not come back as they were saved",
                    hint="a column that is GENERATED ALWAYS AS IDENTITY takes no value of an existing row",
                )
        for sql in restore.triggers_on(step):
            self._send(sql)

    def _send(self, sql: str) -> None:
        try:
            self.connection.execute(sql.encode(), prepare=False)
        except psycopg.errors.IntegrityError as error:
            said = "; ".join(filter(None, (error.diag.message_primary, error.diag.message_detail)))
            raise Refused(
                f"nothing was changed: the rows of the backup do not go with those that are there: {said}",
                hint=_HINTS.get(type(error)),
            ) from error
        except psycopg.Error as error:
            raise statement_failed(error, Statement(sql, Place("restore"), "rollback"), None) from error

    # --- what comes back to what -----------------------------------------------------------------

    def _compared(self, saved: Sequence[SavedRows]) -> tuple[tuple[Coming, ...], tuple[Relation, ...]]:
        connection = self.connection
        relations = tuple(saved_rows.relation_of(connection, rows.table) for rows in saved)
        locked = [(relation.oid, relation.qualified) for relation in relations]
        self._send(restore.lock_tables(locked))
        tables = []
        for number, (rows, relation) in enumerate(zip(saved, relations, strict=True), 1):
            coming = self._staged(number, rows, relation)
            for sql in rows_back.compare(coming):
                self._send(sql)
            tables.append(coming)
        return tuple(tables), relations

    def _staged(self, number: int, rows: SavedRows, relation: Relation) -> Coming:
        """Load the rows into a temporary table of exact types, or find the copy that they stand in."""
        with self.person.follows(rows.step, "rows", lambda: rows.rows) as meter:
            return self._loaded(number, rows, relation, meter)

    def _loaded(self, number: int, rows: SavedRows, relation: Relation, meter: Meter) -> Coming:
        saved, content = rows.open(meter.advanced)
        columns, fields = saved_rows.matched(self.connection, rows, relation, saved)
        key = saved_rows.key(rows, relation, columns)
        if rows.copy is not None:
            listed = ", ".join(f"{quoted(column.before)} AS c{column.attnum}" for column in columns)
            staged = f"(SELECT {listed} FROM ONLY {rows.copy.qualified})"
            self._same(rows, rows.copy, [column.name for column in saved if column is not None])
        else:
            name = f"planrun_rows_{number}"
            found = loading.load(self.connection, name, fields, content, rows.options)
            if rows.rows is not None and found != rows.rows:
                raise StepFailed(f"{rows.step}: wanted {rows.rows:,} rows, found {found:,}; nothing was changed")
            staged = f'pg_temp."{name}"'
            if rows.hash is not None:
                self._same(rows, TableName("pg_temp", name), [field.name for field in fields])
            self.connection.execute(f"ANALYZE {staged}".encode())
        return Coming(
            number=number,
            step=rows.step,
            oid=relation.oid,
            name=relation.qualified,
            only=relation.kind == "r",
            staged=staged,
            key=key,
            columns=tuple(column for column in columns if column not in key),
            written=tuple(self._images(relation, key)),
        )

    def _same(self, rows: SavedRows, place: TableName, columns: list[str]) -> None:
        found = content_hash.table(self.connection, place, columns)
        if found.hash != rows.hash or (rows.rows is not None and found.rows != rows.rows):
            raise StepFailed(
                f"{rows.step}: the {found.rows:,} rows are not those that were saved; nothing was changed",
                hint="planrun backup verify says more",
            )

    def _images(self, relation: Relation, key: tuple[SideColumn, ...]) -> Iterable[Written]:
        """Yield what runs wrote to the table, as far as the undo log tells its rows by the same key."""
        if not history.installed(self.connection):
            return
        leaves = set(saved_rows.leaves(self.connection, relation))
        known = {column.name: column for column in relation.columns}
        for run in history.runs(self.connection):
            if run.direction != "execute" or run.finalized is not None:
                continue
            for step in run.steps:
                for images in step.undo.captured if step.in_effect and step.undo else ():
                    if images.oid in leaves and not images.lost:
                        columns = tuple(saved_rows.pairs(images, relation, known))
                        told = {living.attnum for living, image in columns if image in images.key}
                        if images.key and told == {column.attnum for column in key} and len(told) == len(images.key):
                            yield Written(step.id, images, columns)

    # --- what it comes to ------------------------------------------------------------------------

    def _conflicts(self, tables: Iterable[Coming]) -> tuple[ConflictRecord, ...]:
        outcome = {OnConflict.KEEP: "kept", OnConflict.RESTORE: "restored"}.get(self.policy)
        return tuple(
            ConflictRecord(coming.step, coming.name, key, column, before, after, now, kind, outcome)
            for coming in tables
            for key, column, before, after, now, kind in self.connection.execute(rows_back.conflicts(coming).encode())
        )

    def _report(self, tables: Iterable[Coming], found: tuple[ConflictRecord, ...]) -> RowsReport:
        return RowsReport(tuple(self._counted(coming) for coming in tables), found)

    def _counted(self, coming: Coming) -> TableReport:
        row = self.connection.execute(rows_back.counts(coming, self.policy).encode()).fetchone()
        saved, differing, missing, back, changed, there = row or (0, 0, 0, 0, 0, 0)
        relation = describe.relations(self.connection, [coming.oid])[coming.oid]
        known = {column.attnum for column in (*coming.key, *coming.columns)}
        return TableReport(
            table=coming.name,
            step=coming.step,
            saved=saved,
            equal=saved - differing,
            back=back,
            changed=changed,
            besides=there - (saved - missing),
            unsaved=tuple(c.name for c in relation.columns if c.attnum not in known and not c.generated),
        )
