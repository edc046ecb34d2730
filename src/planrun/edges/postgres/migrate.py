"""Runs one migrate step: captured, accounted for and proved, or not committed at all.

The step is run with what its text suggests to watch. Where the accounting finds that it did more, it is rolled back
and run again with a wider view, a bounded number of times.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from planrun.core import accounting, capture, images
from planrun.core.accounting import Again, Proved, Scope, Unproved
from planrun.core.catalog import quoted
from planrun.core.inverse import Inverse, Phase, derive, ordered
from planrun.core.record import StatementRecord, StepRecord
from planrun.core.restore import FINGERPRINT
from planrun.core.undo import Captured, Created, SideColumn, Tracked, Undo
from planrun.edges.postgres import describe, evidence, history
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.unit import unit
from planrun.errors import NotReversible, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Relation
    from planrun.core.schedule import MigrateWork
    from planrun.core.script import Name, Statement
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.session import Session

_T = TypeVar("_T", Captured, Tracked)

_PURE_DML = frozenset({"insert", "update", "delete", "merge", "select", "copy"})
"""Statements by which a column rarely changes its name; a function that they call may do it all the same."""

_CLEARINGS = 5
"""How often the capture triggers are tried to be dropped; they are shut, and the next run sweeps them."""

_LARGE = 64 * 2**20
"""From how many bytes on a coming undo log is announced."""

_ATTEMPTS = 6
"""How often a step may be run again with a wider view; each time something new was found."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How the way back of a step is had: derived and proved, or not (hand-written, or given up by the plan)."""

    derived: bool
    irreversible: bool = False


@dataclass(frozen=True, slots=True)
class _Wider:
    """The step has to run again."""

    scope: Scope


class Migration:
    """One migrate step on one connection.

    Args:
        connection: in autocommit; inside a transaction when the whole plan is one.
        session: its settings.
        opening: what the history is told when the step begins.
        work: the statements.
        derivation: how its way back is had.
        inside: called in the step's transaction when it has begun (the lease is checked there).
        judge: called in the step's transaction, before COMMIT, to judge the asserts.
        snapshot: the exported snapshot that the step reads from, for a copy made by a backup step.
        finish: called in the step's transaction with its proved way back; returns what the history is told.
        tells: shown how large the undo log may become, before a step that may make a large one.
    """

    def __init__(  # noqa: PLR0913  what a step is given, named by its caller
        self,
        connection: Connection,
        session: Session,
        opening: history.Opening,
        work: MigrateWork,
        derivation: Derivation,
        inside: Callable[[], None],
        judge: Callable[[], None],
        *,
        snapshot: str | None = None,
        finish: Callable[[Undo], Undo] = lambda undo: undo,
        tells: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._connection = connection
        self._session = session
        self._opening = opening
        self._work = work
        self._derivation = derivation
        self._inside = inside
        self._judge = judge
        self._snapshot = snapshot
        self._finish = finish
        self._tells = tells
        self._token = f"{opening.run}_{opening.ordinal}"

    def run(self) -> StepRecord:
        """Run the step and commit it (or release its savepoint).

        Raises:
            StatementFailed: the server refused a statement.
            NotReversible: its way back could not be proved; nothing of it stays.
            StepFailed: it had no effect, or an assert failed.
        """
        scope = self._first_scope() if self._derivation.derived else Scope()
        for _ in range(_ATTEMPTS):
            outcome = self._attempt(scope)
            if isinstance(outcome, StepRecord):
                return outcome
            scope = outcome.scope
        raise NotReversible(
            f"step {self._opening.step}: it wrote to other tables each time it was run",
            hint="split it, write a rollback step for it, or set irreversible: true",
        )

    # --- what to watch ---------------------------------------------------------------------------

    def _first_scope(self) -> Scope:
        statements = self._work.statements
        named: set[Name] = {name for statement in statements for name in statement.names}
        written: set[Name] = {name for statement in statements for name in statement.writes}
        if not named and not written:
            return Scope()
        with unit(self._connection):
            self._session.users()
            relations = describe.resolve(self._connection, named | written)
            targets = describe.resolve(self._connection, written)
            tags = {statement.tag for statement in statements}
            reached = describe.reach(
                self._connection,
                targets,
                on_delete=bool(tags & {"delete", "merge"}),
                on_update=bool(tags & {"update", "merge", "insert"}),
            )
        return Scope(relations=relations | reached, capture=reached, by_number=not tags <= _PURE_DML)

    @contextmanager
    def _prepared(self, scope: Scope) -> Iterator[_Watch]:
        """Set up side tables and triggers, and take the triggers away again whatever happens."""
        if not (scope.capture or scope.saved):
            yield _Watch((), ())
            return
        with unit(self._connection):
            self._session.own()
            watch = self._watch(scope)
            self._announce(watch)
            watch.create(self._connection, self._token, by_number=scope.by_number)
        try:
            yield watch
        except BaseException:
            self._clear(watch, keep_sides=False)
            raise
        self._clear(watch, keep_sides=True)

    def _watch(self, scope: Scope) -> _Watch:
        found = describe.relations(self._connection, scope.capture | {oid for oid, _ in scope.saved})
        captured = tuple(
            capture.captured(
                relation,
                self._token,
                frozenset(attnum for table, attnum in scope.saved if table == oid),
            )
            for oid, relation in found.items()
            if oid in scope.capture and accounting.uncapturable(relation) is None
        )
        saved = tuple(
            capture.saved(
                relation,
                tuple(column for column in relation.columns if (oid, column.attnum) in scope.saved),
                self._token,
            )
            for oid, relation in found.items()
            if any(table == oid for table, _ in scope.saved)
        )
        return _Watch(captured, saved)

    def _announce(self, watch: _Watch) -> None:
        """Say how large the undo log may become: two images of every captured row, one of every saved value."""
        sizes = history.table_sizes(self._connection, [table.oid for table in (*watch.captured, *watch.saved)])
        most = 2 * sum(sizes[table.oid] for table in watch.captured) + sum(sizes[table.oid] for table in watch.saved)
        if most >= _LARGE:
            names = ", ".join(table.before.replace('"', "") for table in (*watch.captured, *watch.saved))
            self._tells(
                f"     {self._opening.step}: its undo log takes up to {most / 2**20:,.0f} MiB,"
                f" if it writes every row of {names}"
            )

    def _clear(self, watch: _Watch, *, keep_sides: bool) -> None:
        """Take the triggers away, unless something is in the way: then the end of the run sweeps them, or the next run.

        Whether the step was committed is decided by now. An error here must not make it look otherwise, or hide why it
        failed; and nobody shall queue for long behind us, who wait for a reader.
        """
        if self._connection.closed or self._connection.info.transaction_status is TransactionStatus.INERROR:
            return
        for _ in range(_CLEARINGS):
            with suppress(psycopg.Error), unit(self._connection):
                self._session.own()
                watch.drop(self._connection, keep_sides=keep_sides)
                return

    # --- one attempt -----------------------------------------------------------------------------

    def _attempt(self, scope: Scope) -> StepRecord | _Wider:
        try:
            with self._prepared(scope) as watch, unit(self._connection, snapshot=self._snapshot):
                return self._inside_transaction(scope, watch)
        except _RunAgain as again:
            return _Wider(again.scope)

    def _inside_transaction(self, scope: Scope, watch: _Watch) -> StepRecord:
        self._session.own()
        self._inside()
        step, xmin = history.begin_step(self._connection, self._opening)
        side = watch.side_oids(self._connection)
        watch.save(self._connection)
        start = evidence.mark(self._connection, scope, xmin) if self._derivation.derived else None
        self._session.users(gate=self._token)
        records = tuple(self._statement(statement) for statement in self._work.statements)
        self._settle_constraints()
        if self._work.asserts:
            self._session.users(fixed_output=True)
            self._judge()
        self._session.own()
        undo = Undo(irreversible=self._derivation.irreversible)
        if start is not None:
            found = evidence.collect(self._connection, start, watch.captured, side)
            self._require_effect(found)
            undo = self._finish(self._proved(scope, watch, found))
        return history.finish_step(self._connection, step, self._opening, records, undo)

    def _statement(self, statement: Statement) -> StatementRecord:
        began = time.perf_counter()
        try:
            cursor = self._connection.execute(statement.text.encode(), prepare=False)
        except psycopg.Error as error:
            if _met_in_capture(error):
                what = f"statement at {statement.place}"
                reason = f"the rows that it wrote could not be captured: {error.diag.message_primary}"
                raise _not_reversible(self._opening.step, what, reason) from error
            raise statement_failed(error, statement, self._work.script) from error
        return StatementRecord(statement.tag, max(cursor.rowcount, 0), time.perf_counter() - began)

    def _settle_constraints(self) -> None:
        """Let deferred constraints and constraint triggers do their work now: what they write is accounted for."""
        try:
            self._connection.execute(b"SET CONSTRAINTS ALL IMMEDIATE", prepare=False)
        except psycopg.Error as error:
            message = error.diag.message_primary or str(error)
            raise StepFailed(
                f"step {self._opening.step}: a deferred constraint is violated at its end: {message}",
                hint=error.diag.message_detail,
            ) from error

    def _require_effect(self, found: Evidence) -> None:
        has_dml = any(statement.is_dml for statement in self._work.statements)
        if has_dml and not self._work.allow_no_effect and accounting.wrote_nothing(found):
            raise StepFailed(
                f"step {self._opening.step}: it wrote no row at all",
                hint="set allow_no_effect: true if that is expected",
            )

    def _proved(self, scope: Scope, watch: _Watch, found: Evidence) -> Undo:
        inverse = derive(found.before, found.after)
        inverse = ordered(inverse, describe.dependencies(self._connection, inverse.drops))
        if any(found.before.relations[table.oid].qualified != table.before for table in watch.captured):
            raise _RunAgain(scope)
        match accounting.judge(scope, found, inverse):
            case Again(wider):
                raise _RunAgain(wider)
            case Unproved(refusals):
                listed = "\n".join(f"    {refusal.object}: {refusal.reason}" for refusal in refusals)
                raise NotReversible(
                    f"step {self._opening.step} was not committed, for its way back cannot be proved:\n{listed}",
                    hint=refusals[0].cure,
                )
            case Proved():
                return self._undo(watch, found, inverse)

    # --- what is kept for the way back -----------------------------------------------------------

    def _undo(self, watch: _Watch, found: Evidence, inverse: Inverse) -> Undo:
        captured = tuple(
            self._captured(table, found)
            for table in watch.captured
            if any(found.images[table.oid]) and table.oid in found.after.relations
        )
        kept = {table.oid for table in captured}
        for table in watch.captured:
            if table.oid not in kept:
                self._connection.execute(f"DROP TABLE {table.side}".encode())
        return Undo(
            before_data=tuple(action.sql for action in inverse.actions if action.phase < Phase.DATA),
            after_data=tuple(action.sql for action in inverse.actions if action.phase > Phase.DATA),
            captured=captured,
            saved=tuple(_renamed(table, found.after.relations[table.oid]) for table in watch.saved),
            added=tuple(
                self._added(found.before.relations[relation.oid].qualified, relation, columns)
                for relation, columns in inverse.added
            ),
            created=tuple(self._created(relation, found) for relation in inverse.created),
            caveats=tuple(caveat.text for caveat in inverse.caveats),
        )

    def _captured(self, table: Captured, found: Evidence) -> Captured:
        inserted, before, _, deleted = found.images[table.oid]
        counted = replace(
            _renamed(table, found.after.relations[table.oid]),
            inserted=inserted,
            updated=before,
            deleted=deleted,
        )
        repeated = replace(counted, repeated=self._asks(images.has_repeats(counted)))
        name = f"table {table.before}"
        if repeated.repeated and self._asks(images.ambiguous(repeated)):
            raise _not_reversible(self._opening.step, name, "the net effect on a row could not be told from its images")
        always = [column for column in repeated.columns if column.always and column not in repeated.key]
        if always and before and self._asks(images.differing(repeated, always)):
            names = ", ".join(column.before for column in always)
            raise _not_reversible(
                self._opening.step, name, f"values of {names} were changed, which is GENERATED ALWAYS AS IDENTITY"
            )
        unique = {column for columns in _other_keys(found.before.relations[table.oid], repeated) for column in columns}
        loose = [column for column in repeated.columns if not column.exact and column in {*repeated.key, *unique}]
        if loose and before and self._asks(images.relabelled(repeated, loose)) and self._passes_updates_on(table.oid):
            reason = "values that foreign keys refer to changed while they stayed equal (1.10 and 1.1)"
            raise _not_reversible(self._opening.step, name, reason)
        for columns in _other_keys(found.before.relations[table.oid], repeated):
            if before and self._asks(images.crossing(repeated, columns)):
                names = ", ".join(column.before for column in columns)
                raise _not_reversible(
                    self._opening.step, name, f"rows passed values of the unique columns ({names}) to one another"
                )
        return repeated

    def _passes_updates_on(self, oid: int) -> bool:
        return self._asks(
            f"SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
            " AND confupdtype IN ('c', 'n', 'd'))"
        )

    def _added(self, before: str, relation: Relation, columns: Iterable[object]) -> Tracked:
        table = capture.added(before, relation, tuple(columns), self._token)  # type: ignore[arg-type]  # columns of it
        differs = images.some(
            f"NOT ({images.identical(f't.{quoted(column.after)}', column.baseline, column)})"
            for column in table.columns
        )
        if not self._asks(f"SELECT EXISTS (SELECT FROM {table.after} t WHERE {differs})"):
            return replace(table, side="")
        if not table.key:
            names = ", ".join(column.after for column in table.columns)
            raise _not_reversible(
                self._opening.step,
                f"column {names} of {table.after}",
                "it was added and filled, and the table has no key",
            )
        self._connection.execute(capture.create_saved(table).encode())
        values = ", ".join(f"t.{quoted(column.after)}" for column in (*table.key, *table.columns))
        self._connection.execute(
            f"INSERT INTO {table.side} SELECT {values} FROM {table.after} t WHERE {differs}".encode()
        )
        return table

    def _created(self, relation: Relation, found: Evidence) -> Created:
        if not any(locked.rows[0] for locked in found.locked if locked.oid == relation.oid):
            return Created(relation.oid, relation.qualified, 0, "0")  # the server counted no row inserted
        rows, digest = self._connection.execute(
            f"SELECT pg_catalog.count(*), {FINGERPRINT} FROM {relation.qualified} t".encode()
        ).fetchone() or (0, "0")
        return Created(relation.oid, relation.qualified, rows, digest)

    def _asks(self, sql: str) -> bool:
        (answer,) = self._connection.execute(sql.encode()).fetchone() or (False,)
        return bool(answer)


class _RunAgain(Exception):  # noqa: N818  # a signal, not an error: it takes the transaction back on its way
    """Leaves the transaction so that the step can be run again with a wider scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope


@dataclass(frozen=True, slots=True)
class _Watch:
    """The side tables of a step."""

    captured: tuple[Captured, ...]
    saved: tuple[Tracked, ...]

    @property
    def _tables(self) -> tuple[Tracked, ...]:
        return (*self.captured, *self.saved)

    def create(self, connection: Connection, token: str, *, by_number: bool) -> None:
        """Create side tables, functions and triggers."""
        for table in self.captured:
            for sql in capture.create(table, token, by_number=by_number):
                connection.execute(sql.encode())
        for kept in self.saved:
            connection.execute(capture.create_saved(kept).encode())

    def drop(self, connection: Connection, *, keep_sides: bool) -> None:
        """Drop triggers and functions, and the side tables too unless they are kept."""
        for sql in capture.drop(self.captured):
            connection.execute(sql.encode())
        for table in () if keep_sides else self._tables:
            connection.execute(f"DROP TABLE IF EXISTS {table.side}".encode())

    def save(self, connection: Connection) -> None:
        """Lock the tables that lose columns, as the step will, and save the values: nobody writes in between."""
        for table in sorted(self.saved, key=lambda table: table.oid):
            connection.execute(f"LOCK TABLE {table.before} IN ACCESS EXCLUSIVE MODE".encode())
            connection.execute(capture.fill_saved(table).encode())

    def side_oids(self, connection: Connection) -> frozenset[int]:
        """Return the OIDs of the side tables."""
        names = [table.side for table in self._tables]
        if not names:
            return frozenset()
        rows = connection.execute(
            "SELECT pg_catalog.to_regclass(n)::oid::bigint FROM pg_catalog.unnest($1::text[]) n", [names]
        )
        return frozenset(oid for (oid,) in rows)


def _renamed(table: _T, after: Relation) -> _T:
    """Return a table's description with the names that it and its columns have after the step."""

    def now(column: SideColumn) -> SideColumn:
        found = after.column(column.attnum)
        return column if found is None else replace(column, after=found.name)

    return replace(
        table,
        after=after.qualified,
        key=tuple(now(column) for column in table.key),
        columns=tuple(now(column) for column in table.columns),
    )


def _other_keys(relation: Relation, table: Captured) -> Iterator[tuple[SideColumn, ...]]:
    """Yield the columns of every unique index but the one that the rows are found by."""
    by_number = {column.attnum: column for column in table.columns}
    for index in relation.indexes:
        if index.unique and index.columns != relation.key:
            columns = tuple(by_number[number] for number in index.columns if number in by_number)
            if columns:
                yield columns


def _met_in_capture(error: psycopg.Error) -> bool:
    """Whether a capture trigger, not the statement itself, met an error of types or names."""
    return (error.sqlstate or "")[:2] in {"22", "42"} and "planrun.capture_" in (error.diag.context or "")


def _not_reversible(step: str, what: str, reason: str) -> NotReversible:
    return NotReversible(
        f"step {step} was not committed, for its way back cannot be proved:\n    {what}: {reason}",
        hint="write a rollback step for it, or set irreversible: true",
    )
