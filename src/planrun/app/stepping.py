"""Carries out the steps of one run on a database: the implementation of `StepRunner`."""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from planrun.app.naming import named
from planrun.core import batches, progress
from planrun.core.check import SavedResult, report
from planrun.core.plan import ExpectEqualsSaved, Severity
from planrun.core.schedule import (
    CheckWork,
    ConfirmWork,
    CsvWork,
    DumpWork,
    FilesWork,
    FileWork,
    MigrateWork,
    ReverseWork,
    TableCopyWork,
)
from planrun.core.script import DML
from planrun.core.undo import Undo
from planrun.edges.postgres import checks, history, monitoring
from planrun.edges.postgres.batches import Pages
from planrun.edges.postgres.migrate import Derivation, Migration
from planrun.edges.postgres.outside import OutsideStep
from planrun.edges.postgres.server import clock
from planrun.edges.postgres.trouble import retried, told
from planrun.edges.postgres.unit import unit
from planrun.errors import CheckFailed, StepFailed
from planrun.ports import StepReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from planrun.app.backing import Backups, Taken
    from planrun.core.batches import Page
    from planrun.core.check import Verdict
    from planrun.core.manifest import Artifact
    from planrun.core.outside import Outside
    from planrun.core.plan import Batch
    from planrun.core.record import StepRecord
    from planrun.core.schedule import Schedule, ScheduledStep, Work
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.lease import Lease
    from planrun.edges.postgres.session import Session
    from planrun.ports import Person

_T = TypeVar("_T")

_MAY_SET = frozenset({"call", "do", "select"})
"""Statements in which a function may have changed the role of the session."""


_ASIDE = 40
"""A note up to so long stands beside its step, a longer one beneath it."""


class Stepping:
    """Runs the steps of one run.

    Args:
        schedule: the whole plan.
        connection: the connection of the run, in autocommit.
        session: its settings.
        lease: the right to run.
        backups: where backup steps go.
        run: the number of the run.
        person: who answers and watches.
        confirmed: ids of confirm checks that were answered on the command line.
    """

    def __init__(
        self,
        schedule: Schedule,
        connection: Connection,
        session: Session,
        lease: Lease,
        backups: Backups,
        run: int,
        person: Person,
        confirmed: frozenset[str],
    ) -> None:
        self._schedule = schedule
        self._connection = connection
        self._session = session
        self._lease = lease
        self._backups = backups
        self._run = run
        self._person = person
        self._confirmed = confirmed
        self._together = False
        self._copies: list[Artifact] = []
        self._started: datetime | None = None
        self._by_hand = {step.work.of: step.id for step in schedule.steps if isinstance(step.work, ReverseWork)}
        self._widest = max(len(step.id) for step in schedule.steps)
        self._ordinals = {step.id: number for number, step in enumerate(schedule.steps, 1)}

    def run(self, step: ScheduledStep) -> StepReport:
        """Carry out one step and commit it with its record; see `StepRunner`."""
        if isinstance(step.work, FileWork):
            (result,) = self.side_by_side((step,))
            return result
        began = time.perf_counter()
        with named(step), told(self._connection, f"step {step.id}"):
            # A migrate step begins with its transaction; a backup or a check is recorded when it is over.
            self._started = None if _is_one_transaction(step.work) else clock(self._connection)
            result = self._work(step)
        result = replace(result, seconds=time.perf_counter() - began)
        self._person.tells(self._line(step, result))
        return result

    def side_by_side(self, steps: tuple[ScheduledStep, ...]) -> Iterator[StepReport]:
        """Make backup files, several at once if the run may; see `StepRunner`."""
        names = ", ".join(step.id for step in steps)
        with told(self._connection, f"step {names}"), closing(self._backups.take(steps)) as takings:
            for taken in takings:
                self._started = taken.began
                result = replace(self._backed_up(taken), seconds=taken.seconds)
                self._person.tells(self._line(taken.step, result))
                yield result

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold all steps that run inside in one transaction; see `StepRunner`."""
        self._backups.finish()
        with unit(self._connection):
            self._lease.check(self._connection)
            self._together = True
            try:
                yield
            finally:
                self._together = False
        self._backups.close()  # the copies are not of its snapshot
        self._name_copies()

    def _line(self, step: ScheduledStep, result: StepReport) -> str:
        rows = f"{result.rows:,} rows" if result.rows is not None else ""
        first, *more = [*result.note.removeprefix(f"{step.id}: ").splitlines(), ""]
        aside = f"way back: {result.reversible}" if result.reversible else first if len(first) <= _ASIDE else ""
        parts = [
            f"{self._ordinals[step.id]:>3}  {step.id:<{self._widest}}  {step.step.kind:<8} {result.status:<7}",
            f"{rows:>16} {result.seconds or 0:>7.2f} s  {aside}",
        ]
        lines = more if aside == first else [first, *more]
        return "\n".join([" ".join(parts).rstrip(), *(f"       {line}".rstrip() for line in lines if line)])

    def _work(self, step: ScheduledStep) -> StepReport:
        match step.work:
            case MigrateWork():
                return self._migrate(step, step.work)
            case CheckWork() as check:
                return self._again(step, lambda: self._check(step, check))
            case ConfirmWork():
                return self._confirm(step, step.work)
            case TableCopyWork():
                return self._copy(step, step.work)
            case DumpWork() | CsvWork() | FilesWork():
                raise AssertionError("a step that makes files runs in a group")
            case ReverseWork():
                raise AssertionError("a rollback step does not run forward")

    def _opening(self, step: ScheduledStep, page: Page | None = None) -> history.Opening:
        return history.Opening(
            run=self._run,
            ordinal=self._ordinals[step.id],
            step=step.id,
            kind=step.step.kind,
            description=step.step.description,
            digest=step.digest,
            source=progress.source(step.work),
            page=page,
        )

    def _inside(self, before: str = "") -> None:
        """Make sure of the lease, unless the transaction of all steps did; send other statements before that."""
        if not self._together:
            self._lease.check(self._connection, before)
        elif before:
            self._connection.execute(before.encode())

    # --- migrate ---------------------------------------------------------------------------------

    def _migrate(self, step: ScheduledStep, work: MigrateWork) -> StepReport:
        self._backups.finish()
        if work.outside is not None:
            return self._outside(step, work, work.outside)
        if work.batch is not None:
            return self._batched(step, work, work.batch)
        record = self._sent(step, work, None)
        rows = record.rows if any(statement.is_dml for statement in work.statements) else None
        how = _reversible(record.undo, self._by_hand.get(step.id))
        notes = "\n".join((*record.caveats, *record.note.splitlines()))
        return StepReport(step.id, step.step.kind, record.status, rows, None, notes, how)

    def _outside(self, step: ScheduledStep, work: MigrateWork, said: Outside) -> StepReport:
        way = OutsideStep(
            self._connection,
            self._session,
            self._schedule.plan,
            self._opening(step),
            work,
            said,
            self._derivation(step, work),
            self._inside,
        )
        record = self._again(step, way.run)
        how = _reversible(record.undo, self._by_hand.get(step.id))
        return StepReport(step.id, step.step.kind, record.status, None, None, "", how)

    def _sent(self, step: ScheduledStep, work: MigrateWork, page: Page | None) -> StepRecord:
        """Run a step, or a page of it, in its own transaction, and commit it with its record."""

        def judge() -> tuple[str, ...]:
            warnings = []
            for number, check in enumerate(work.asserts, 1):
                verdict = self._verdict(check)
                if verdict.ok:
                    continue
                found = report(f"{step.id}, assert {number}", verdict)
                if check.severity is Severity.ERROR:
                    raise CheckFailed(found, place=check.query.place)
                warnings.append(found)
            return tuple(warnings)

        migration = Migration(
            self._connection,
            self._session,
            self._opening(step, page),
            work,
            self._derivation(step, work),
            self._inside,
            judge,
            tells=self._person.tells,
            witness=self._lease.witness,
        )
        record = self._again(step, migration.run)
        if any(statement.tag in _MAY_SET for statement in work.statements):
            self._session.forget()
        return record

    def _derivation(self, step: ScheduledStep, work: MigrateWork) -> Derivation:
        by_hand = self._by_hand.get(step.id)
        return Derivation(
            derived=not work.irreversible and by_hand is None,
            irreversible=work.irreversible and by_hand is None,
            by_hand=by_hand or "",
        )

    def _batched(self, step: ScheduledStep, work: MigrateWork, batch: Batch) -> StepReport:
        """Run a step page by page, from where it stopped; it is done when no key is left behind the last page."""
        pages = Pages(self._connection, self._session, step.id, batch)
        page, passed, written, warned = history.pages(self._connection, self._schedule.plan.name, step.id)
        caveats: dict[str, None] = {}
        while (page := self._again(step, partial(pages.after, page))) is not None:
            began = time.perf_counter()
            # A page without a row to write is no failure; a step of such pages is.
            record = self._sent(step, replace(work, bounds=pages.bounds(page), allow_no_effect=True), page)
            passed += page.rows
            written += sum(item.rows for item in record.statements if item.tag in DML)
            caveats |= dict.fromkeys(record.undo.caveats if record.undo else ())
            seconds = time.perf_counter() - began
            self._person.tells(batches.told(step.id, page, passed, pages.table.rows, seconds))
            if record.status == "warned":
                warned += 1
                self._person.tells(record.note)
        has_dml = any(statement.is_dml for statement in work.statements)
        if has_dml and not work.allow_no_effect and not written:
            raise StepFailed(
                f"step {step.id}: none of its pages wrote a row", hint="set allow_no_effect: true if that is expected"
            )
        how = self._derivation(step, work)
        undo = Undo(caveats=tuple(caveats), irreversible=how.irreversible, by_hand=how.by_hand, objects=())
        status, note = ("warned", batches.warned(warned)) if warned else ("done", "")
        self._record(step, written, undo, status=status, note=note)
        rows = written if has_dml else None
        return StepReport(step.id, step.step.kind, status, rows, None, note, _reversible(undo, how.by_hand))

    def _again(self, step: ScheduledStep, action: Callable[[], _T]) -> _T:
        return retried(action, self._schedule.plan.defaults.retries, self._person.tells, f"step {step.id}")

    # --- checks ----------------------------------------------------------------------------------

    def _verdict(self, work: CheckWork) -> Verdict:
        saved = None
        if isinstance(work.expect, ExpectEqualsSaved):
            found = history.saved_result(self._connection, self._schedule.plan.name, work.expect.name)
            if found is None:
                raise StepFailed(f"no result was saved under the name {work.expect.name}")
            saved = SavedResult.from_json(found)
        return checks.run(self._connection, work, saved)

    def _check(self, step: ScheduledStep, work: CheckWork) -> StepReport:
        if self._together:
            with unit(self._connection):
                self._session.users(fixed_output=True)
                verdict, kept = self._judged(work)
        else:
            verdict, kept = self._judged_alone(work)
        if not verdict.ok and work.severity is Severity.ERROR:
            raise CheckFailed(report(step.id, verdict), place=work.query.place)
        note = verdict.note if verdict.ok else report(step.id, verdict)
        status = "done" if verdict.ok else "warned"
        with unit(self._connection):
            self._session.own()
            self._inside()
            number, _ = history.begin_step(self._connection, self._opening(step), self._started)
            if work.save_as is not None and kept is not None:
                history.save_result(self._connection, self._run, work.save_as, kept.to_json())
            history.finish_step(self._connection, number, self._opening(step), (), None, status=status, note=note)
        return StepReport(step.id, step.step.kind, status, None, None, note)

    def _judged_alone(self, work: CheckWork) -> tuple[Verdict, SavedResult | None]:
        """Judge a check in a transaction of its own, which sees one state and cannot write."""
        self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            self._session.users(fixed_output=True)
            return self._judged(work)
        finally:
            if not self._connection.closed:
                self._connection.execute("ROLLBACK")

    def _judged(self, work: CheckWork) -> tuple[Verdict, SavedResult | None]:
        verdict = self._verdict(work)
        kept = checks.save(self._connection, work) if work.save_as is not None else None
        return verdict, kept

    def _confirm(self, step: ScheduledStep, work: ConfirmWork) -> StepReport:
        option = f"--confirm {step.id}"
        if step.id not in self._confirmed and not self._person.asks(work.text, option=option):
            raise CheckFailed(f"step {step.id}: it was not confirmed: {work.text}", hint=f"{option} confirms it")
        self._record(step, None)
        return StepReport(step.id, step.step.kind, "done", None, None, "confirmed")

    # --- backups ---------------------------------------------------------------------------------

    def _backed_up(self, taken: Taken) -> StepReport:
        step, artifacts = taken.step, taken.artifacts
        several = isinstance(step.work, FilesWork)
        rows = None if several else artifacts[0].rows
        self._record(step, rows)
        note = f"{len(artifacts)} files" if several else f"{artifacts[0].bytes:,} bytes"
        return StepReport(step.id, step.step.kind, "done", rows, None, note)

    def _record(
        self, step: ScheduledStep, rows: int | None, undo: Undo | None = None, *, status: str = "done", note: str = ""
    ) -> None:
        with unit(self._connection):
            self._session.own()
            self._inside()
            number, _ = history.begin_step(self._connection, self._opening(step), self._started)
            opening = self._opening(step)
            history.finish_step(
                self._connection, number, opening, (), undo, status=status, rows=rows, note=note or None
            )

    def _copy(self, step: ScheduledStep, work: TableCopyWork) -> StepReport:
        snapshot = None if self._together else self._backups.snapshot().id
        artifact = monitoring.begin(self._connection, self._run, step.id, "table", work.into)
        as_step = MigrateWork((work.statement,), work.script, (), irreversible=False, allow_no_effect=True)
        from planrun.app.table_copy import TableCopy  # noqa: PLC0415  many plans copy no table

        copy = TableCopy(self._connection, self._session, step, work)
        migration = Migration(
            self._connection,
            self._session,
            self._opening(step),
            as_step,
            Derivation(derived=True),
            self._inside,
            lambda: (),
            snapshot=snapshot,
            finish=copy.finish,
        )
        try:
            record = self._again(step, migration.run)
        except StepFailed as error:
            if not self._together:
                monitoring.fail(self._connection, artifact, error)
            raise copy.refused(error) from error
        if record.undo is None or copy.artifact is None:
            raise AssertionError("a copy always has a way back, and an entry of the manifest")
        (created,) = record.undo.created
        # Not in the copy's own transaction: its snapshot may be older than the row.
        size = monitoring.size_of(self._connection, created.oid)
        monitoring.finish(self._connection, artifact, path=created.name, size=size, sha256=None, rows=created.rows)
        self._copies.append(copy.artifact)
        if not self._together:
            self._name_copies()
        return StepReport(step.id, step.step.kind, record.status, created.rows, None, "", "dropped last")

    def _name_copies(self) -> None:
        """Name the copies that were committed in the manifest."""
        for artifact in self._copies:
            self._backups.keep(artifact)
        self._copies.clear()


def _is_one_transaction(work: Work) -> bool:
    return isinstance(work, MigrateWork) and work.batch is None and work.outside is None


def _reversible(undo: Undo | None, by_hand: str | None) -> str:
    if by_hand:
        return f"by step {by_hand}"
    if undo is None or undo.irreversible:
        return "irreversible"
    return "exact, with a caveat" if undo.caveats else "exact"
