"""Runs one migrate step: captured, accounted for and proved, or not committed at all.

The step is run with what its text suggests to watch. Where the accounting finds that it did more, it is rolled back
and run again with a wider view, a bounded number of times.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import TransactionStatus

from planrun.core import accounting, capture, whole
from planrun.core.accounting import Again, Proved, Scope, Unproved
from planrun.core.inverse import derive, ordered
from planrun.core.record import StatementRecord, StepRecord
from planrun.core.undo import Undo
from planrun.edges.postgres import describe, evidence, history
from planrun.edges.postgres.faults import statement_failed
from planrun.edges.postgres.undo_log import UndoLog
from planrun.edges.postgres.unit import unit
from planrun.edges.postgres.watch import Watch
from planrun.errors import NotReversible, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planrun.core.accounting import Evidence
    from planrun.core.schedule import MigrateWork
    from planrun.core.script import Name, Statement
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.session import Session

_PURE_DML = frozenset({"insert", "update", "delete", "merge", "select", "copy"})
"""Statements by which a column rarely changes its name; a function that they call may do it all the same."""

_CAPTURE = re.compile(r"planrun\.capture_[0-9_]*_([0-9]+)\(\)")
"""How a capture trigger shows in the context of an error, with the OID of its table."""

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
    by_hand: str = ""


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
        self._token = opening.token

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
    def _prepared(self, scope: Scope) -> Iterator[Watch]:
        """Set up side tables and triggers, and take the triggers away again whatever happens."""
        if not (scope.capture or scope.saved or scope.whole):
            yield Watch((), (), (), frozenset())
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

    def _watch(self, scope: Scope) -> Watch:
        found = describe.relations(self._connection, scope.capture | scope.whole | {oid for oid, _ in scope.saved})
        captured = tuple(
            capture.captured(
                relation,
                self._token,
                frozenset(attnum for table, attnum in scope.saved if table == oid),
            )
            for oid, relation in found.items()
            if oid in scope.capture - scope.whole and accounting.uncapturable(relation) is None
        )
        saved = tuple(
            capture.saved(
                relation,
                tuple(column for column in relation.columns if (oid, column.attnum) in scope.saved),
                self._token,
            )
            for oid, relation in found.items()
            if oid not in scope.whole and any(table == oid for table, _ in scope.saved)
        )
        compared = tuple(
            whole.watched(relation, self._token)
            for oid, relation in found.items()
            if oid in scope.whole and accounting.uncapturable(relation) is None
        )
        return Watch(captured, saved, compared, scope.exclusive)

    def _announce(self, watch: Watch) -> None:
        """Say how large the undo log may become: two images of every captured row, one of every saved value."""
        twice = (*watch.captured, *watch.compared)
        sizes = history.table_sizes(self._connection, [table.oid for table in (*twice, *watch.saved)])
        most = 2 * sum(sizes[table.oid] for table in twice) + sum(sizes[table.oid] for table in watch.saved)
        if most >= _LARGE:
            names = ", ".join(table.before.replace('"', "") for table in (*twice, *watch.saved))
            self._tells(
                f"     {self._opening.step}: its undo log takes up to {most / 2**20:,.0f} MiB,"
                f" if it writes every row of {names}"
            )

    def _clear(self, watch: Watch, *, keep_sides: bool) -> None:
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

    def _inside_transaction(self, scope: Scope, watch: Watch) -> StepRecord:
        self._session.own()
        self._inside()
        step, xmin = history.begin_step(self._connection, self._opening)
        side = watch.side_oids(self._connection)
        watch.save(self._connection)
        start = evidence.mark(self._connection, scope, xmin) if self._derivation.derived else None
        self._session.users(gate=self._token)
        records = tuple(self._statement(statement, scope) for statement in self._work.statements)
        self._settle_constraints()
        if self._work.asserts:
            self._session.users(fixed_output=True)
            self._judge()
        self._session.own()
        undo = Undo(irreversible=self._derivation.irreversible, by_hand=self._derivation.by_hand)
        if start is not None:
            found = evidence.collect(self._connection, start, watch.captured, side)
            self._require_effect(found)
            undo = self._finish(self._proved(scope, watch, found))
        note = "\n".join(self._work.notes) or None
        return history.finish_step(self._connection, step, self._opening, records, undo, note=note)

    def _statement(self, statement: Statement, scope: Scope) -> StatementRecord:
        began = time.perf_counter()
        try:
            bounds = self._work.bounds if statement.paged else None
            cursor = self._connection.execute(statement.text.encode(), bounds, prepare=False)
        except psycopg.Error as error:
            if oid := _met_in_capture(error):
                raise _RunAgain(scope.merged(Scope(relations=frozenset({oid}), whole=frozenset({oid})))) from error
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

    def _proved(self, scope: Scope, watch: Watch, found: Evidence) -> Undo:
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
                return UndoLog(self._connection, self._opening.step, self._token).keep(watch, found, inverse)


class _RunAgain(Exception):  # noqa: N818  # a signal, not an error: it takes the transaction back on its way
    """Leaves the transaction so that the step can be run again with a wider scope."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope


def _met_in_capture(error: psycopg.Error) -> int | None:
    """Return the table whose capture trigger, not the statement itself, met an error of types or names."""
    found = _CAPTURE.search(error.diag.context or "")
    return int(found[1]) if found and (error.sqlstate or "")[:2] in {"22", "42"} else None
