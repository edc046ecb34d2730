"""Runs one migrate step: captured, accounted for and proved, or not committed at all.

The step is run with what its text suggests to watch. Where the accounting finds that it did more, it is rolled back
and run again with a wider view, a bounded number of times.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

from planrun.core import accounting
from planrun.core.accounting import Scope
from planrun.core.record import StatementRecord, StepRecord
from planrun.core.script import DML
from planrun.core.undo import Undo
from planrun.edges.postgres import describe, evidence, history
from planrun.edges.postgres.capturing import Capturing, again_if_in_capture
from planrun.edges.postgres.faults import statement_failed
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from planrun.core.schedule import MigrateWork
    from planrun.core.script import Name, Statement
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.session import Session
    from planrun.edges.postgres.watch import Watch
    from planrun.edges.postgres.witness import Witness

_PURE_DML = frozenset({"insert", "update", "delete", "merge", "select", "copy"})
"""Statements by which a column rarely changes its name; a function that they call may do it all the same."""


@frozen
class Derivation:
    """How the way back of a step is had: derived and proved, or not (hand-written, or given up by the plan)."""

    derived: bool
    irreversible: bool = False
    by_hand: str = ""


class Migration:
    """One migrate step on one connection.

    Args:
        connection: in autocommit; inside a transaction when the whole plan is one.
        session: its settings.
        opening: what the history is told when the step begins.
        work: the statements.
        derivation: how its way back is had.
        inside: sends the statements by which the step's transaction begins, and makes sure of the lease in it.
        judge: called in the step's transaction, before COMMIT, to judge the asserts; returns those that warn, in words.
        snapshot: the exported snapshot that the step reads from, for a copy made by a backup step.
        finish: called in the step's transaction with its proved way back; returns what the history is told.
        tells: shown how large the undo log may become, before a step that may make a large one.
        witness: tells what others have committed of relations that the step alters.
    """

    def __init__(  # noqa: PLR0913  what a step is given, named by its caller
        self,
        connection: Connection,
        session: Session,
        opening: history.Opening,
        work: MigrateWork,
        derivation: Derivation,
        inside: Callable[[str], None],
        judge: Callable[[], tuple[str, ...]],
        *,
        snapshot: str | None = None,
        finish: Callable[[Undo], Undo] = lambda undo: undo,
        tells: Callable[[str], None] = lambda _: None,
        witness: Witness | None = None,
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
        self._capturing = Capturing(connection, session.own, opening.step, opening.token, tells, witness)

    def run(self) -> StepRecord:
        """Run the step and commit it (or release its savepoint).

        Raises:
            StatementFailed: the server refused a statement.
            NotReversible: its way back could not be proved; nothing of it stays.
            StepFailed: it had no effect, or an assert failed.
        """
        scope = self._first_scope() if self._derivation.derived else Scope()
        return self._capturing.run(scope, self._inside_transaction, snapshot=self._snapshot, opening=self._begin)

    # --- what to watch ---------------------------------------------------------------------------

    def _first_scope(self) -> Scope:
        statements = self._work.statements
        named: set[Name] = {name for statement in statements for name in statement.names}
        written: set[Name] = {name for statement in statements for name in statement.writes}
        if not named and not written:
            return Scope()
        tags = {statement.tag for statement in statements}
        relations, reached = describe.resolve(
            self._connection,
            self._session.search_path,
            named,
            written,
            on_delete=bool(tags & {"delete", "merge"}),
            on_update=bool(tags & {"update", "merge", "insert"}),
        )
        alters = not tags <= _PURE_DML
        return Scope(relations=relations | reached, capture=reached, by_number=alters, witnessed=alters)

    # --- one attempt -----------------------------------------------------------------------------

    def _begin(self, begin: str) -> None:
        self._inside(f"{begin};{self._session.to_own}")

    def _inside_transaction(self, scope: Scope, watch: Watch) -> StepRecord:
        step, xmin = history.begin_step(self._connection, self._opening)
        side = watch.side_oids(self._connection)
        watch.save(self._connection)
        start = seen = None
        if self._derivation.derived:
            seen = self._capturing.sight(scope)
            settings = self._session.to_users(evidence.BESIDE)
            start = evidence.mark(self._connection, scope, xmin, settings, self._opening.token, alone=True)
        else:
            self._session.users(gate=self._opening.token)
        records = tuple(self._statement(statement, scope) for statement in self._work.statements)
        self._settle_constraints()
        warnings: tuple[str, ...] = ()
        if self._work.asserts:
            self._session.users(fixed_output=True)
            warnings = self._judge()
            self._session.own()
        undo = Undo(irreversible=self._derivation.irreversible, by_hand=self._derivation.by_hand)
        if start is None:
            # Nothing was counted by the server: what the statements say of themselves is all that is known.
            self._require_effect(nothing=not any(record.rows or record.tag not in DML for record in records))
        else:
            found = evidence.collect(self._connection, start, watch.captured, side)
            self._require_effect(nothing=accounting.wrote_nothing(found))
            undo = self._finish(self._capturing.proved(scope, watch, found, seen))
        note = "\n".join((*warnings, *self._work.notes)) or None
        status = "warned" if warnings else "done"
        return history.finish_step(self._connection, step, self._opening, records, undo, status=status, note=note)

    def _statement(self, statement: Statement, scope: Scope) -> StatementRecord:
        began = time.perf_counter()
        try:
            bounds = self._work.bounds if statement.paged else None
            cursor = self._connection.execute(statement.text.encode(), bounds, prepare=False)
        except psycopg.Error as error:
            again_if_in_capture(error, scope)
            raise statement_failed(error, statement, self._work.script) from error
        return StatementRecord(statement.tag, max(cursor.rowcount, 0), time.perf_counter() - began)

    def _settle_constraints(self) -> None:
        """Let deferred constraints and constraint triggers do their work now: what they write is accounted for.

        After that planrun's own settings hold.
        """
        try:
            self._connection.execute(f"SET CONSTRAINTS ALL IMMEDIATE;{self._session.to_own}".encode(), prepare=False)
        except psycopg.Error as error:
            message = error.diag.message_primary or str(error)
            raise StepFailed(
                f"step {self._opening.step}: a deferred constraint is violated at its end: {message}",
                hint=error.diag.message_detail,
            ) from error

    def _require_effect(self, *, nothing: bool) -> None:
        has_dml = any(statement.is_dml for statement in self._work.statements)
        if nothing and has_dml and not self._work.allow_no_effect:
            raise StepFailed(
                f"step {self._opening.step}: it wrote no row at all",
                hint="set allow_no_effect: true if that is expected",
            )
