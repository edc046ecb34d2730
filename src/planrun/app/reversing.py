"""Takes a run back: `planrun rollback`, its dry run, its preview, and `planrun finalize`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from planrun.app.opening import open_target
from planrun.app.reports import FinalizeReport, RollbackReport
from planrun.core import reverse as reversal
from planrun.core.schedule import ReverseWork
from planrun.edges.postgres import history, reverse
from planrun.edges.postgres.lease import Lease
from planrun.edges.postgres.session import Session
from planrun.edges.postgres.sweep import sweep
from planrun.edges.postgres.trouble import retried, told
from planrun.edges.postgres.unit import unit
from planrun.errors import Conflict, Refused, UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.record import ConflictRecord, RunRecord, Server
    from planrun.core.reverse import ReversePlan
    from planrun.core.schedule import Schedule
    from planrun.core.script import Statement
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person


def rollback(
    schedule: Schedule, params: Mapping[str, str], person: Person, *, run: int | None = None, yes: bool = False
) -> RollbackReport:
    """Take the last run of a plan back, or the run that is named.

    Raises:
        Conflict: the application changed what it would overwrite; nothing was changed.
        Refused: another run is under way, or a later run has to go back first.
        UsageFault: there is no such run, or nothing to take back.
    """
    connection, server = open_target(params, schedule.plan)
    with connection, told(connection, f"rollback {schedule.plan.name}"):
        record = _chosen(connection, schedule, run)
        question = (
            f"About to take run {record.id} of plan {schedule.plan.name} back,"
            f" {sum(step.in_effect for step in record.steps)} steps, on {server.address}. Go on?"
        )
        if not yes and not person.asks(question, option="--yes"):
            raise Refused("not confirmed; nothing was done")
        lease = Lease(params, f"rollback {schedule.plan.name} by {server.address}", person.tells)
        try:
            lease.await_orphan(connection)
            sweep(connection, schedule.plan.defaults, person.tells)
            # Chosen again: another run may have ended while this one waited for its lease.
            record = _chosen(connection, schedule, record.id)
            history.abandon(connection, record.id)
            return take_back(schedule, connection, server, lease, record.id, person)
        finally:
            lease.release()


def take_back(
    schedule: Schedule, connection: Connection, server: Server, lease: Lease, run: int, person: Person
) -> RollbackReport:
    """Take a run back under a lease that is held already.

    Raises:
        Conflict: the conflicts are kept in the history, under a rollback that failed.
        StepFailed: a lock was not free in time, each time it was tried; or a hand-written way back failed.
    """
    record = _run(history.runs(connection, schedule.plan.name), run)
    plan = _reverse_plan(connection, schedule, record)
    session = Session(connection, schedule.plan)

    def inside() -> None:
        session.own()
        lease.check(connection)

    what = f"the way back of run {run}"
    try:
        with told(connection, what):
            number, rows = retried(
                lambda: reverse.execute(connection, plan, inside), schedule.plan.defaults.retries, person.tells, what
            )
    except Conflict as error:
        _keep(connection, record, error)
        raise
    return RollbackReport(
        plan=schedule.plan.name,
        target=server.address,
        reverses=record.id,
        run=number,
        preview=False,
        steps=tuple(step.step for step in plan.steps),
        rows=rows,
    )


def preview(schedule: Schedule, params: Mapping[str, str], *, run: int | None = None) -> RollbackReport:
    """Run the way back and roll it back: how many rows it would restore, and which conflicts it would meet."""
    connection, server = open_target(params, schedule.plan)
    with connection, told(connection, f"preview of the way back of {schedule.plan.name}"):
        record = _chosen(connection, schedule, run)
        plan = _reverse_plan(connection, schedule, record)
        session = Session(connection, schedule.plan)
        conflicts: tuple[ConflictRecord, ...] = ()
        rows: tuple[tuple[str, int], ...] = ()
        try:
            with _tried(connection):
                _, rows = reverse.execute(connection, plan, session.own)
        except Conflict as error:
            conflicts = error.conflicts
            if not conflicts:
                raise
        return RollbackReport(
            plan=schedule.plan.name,
            target=server.address,
            reverses=record.id,
            run=None,
            preview=True,
            steps=tuple(step.step for step in plan.steps),
            rows=rows,
            conflicts=conflicts,
        )


@contextmanager
def _tried(connection: Connection) -> Iterator[None]:
    """Hold what runs inside in a transaction that is rolled back in any case."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")


def script(schedule: Schedule, params: Mapping[str, str], *, run: int | None = None) -> str:
    """Return the complete SQL of the way back, which psql alone can run."""
    connection, _ = open_target(params, schedule.plan)
    with connection, told(connection, f"the way back of {schedule.plan.name}"):
        record = _chosen(connection, schedule, run)
        return reversal.script(_reverse_plan(connection, schedule, record))


def _reverse_plan(connection: Connection, schedule: Schedule, record: RunRecord) -> ReversePlan:
    return reverse.make(connection, record, _by_hand(schedule), schedule.plan.search_path)


def _by_hand(schedule: Schedule) -> dict[str, tuple[Statement, ...]]:
    return {step.work.of: step.work.statements for step in schedule.steps if isinstance(step.work, ReverseWork)}


# --- which run -----------------------------------------------------------------------------------


def _chosen(connection: Connection, schedule: Schedule, run: int | None) -> RunRecord:
    """Return the run to take back.

    Raises:
        UsageFault: there is none.
        Refused: its undo log was dropped, or a later run of the plan is still in effect.
    """
    runs = history.runs(connection, schedule.plan.name) if history.installed(connection) else ()
    open_runs = [
        record for record in runs if record.direction == "execute" and any(step.in_effect for step in record.steps)
    ]
    if run is not None:
        _run(runs, run)
    if not open_runs or (run is not None and run not in {record.id for record in open_runs}):
        what = f"run {run}" if run is not None else f"plan {schedule.plan.name}"
        raise UsageFault(f"{what} has nothing that could be taken back", hint="planrun status shows what ran")
    record = open_runs[-1] if run is None else _run(runs, run)
    if record.id != open_runs[-1].id:
        raise Refused(
            f"run {open_runs[-1].id} came after run {record.id} and is in effect", hint="take the later run back first"
        )
    if record.finalized is not None:
        raise Refused(f"run {record.id} was finalized: its undo log is gone")
    return record


def _run(runs: tuple[RunRecord, ...], run: int) -> RunRecord:
    found = next((record for record in runs if record.id == run and record.direction == "execute"), None)
    if found is None:
        raise UsageFault(f"there is no run {run} of this plan", hint="planrun status shows the runs")
    return found


def _keep(connection: Connection, record: RunRecord, error: Conflict) -> None:
    """Keep the conflicts of a rollback that changed nothing."""
    with unit(connection):
        number = history.begin_run(connection, record.plan, "rollback", "plan", record.id)
        history.keep_conflicts(connection, number, error.conflicts)
        history.end_run(connection, number, "failed", error.message)


# --- finalize ------------------------------------------------------------------------------------


def finalize(schedule: Schedule, params: Mapping[str, str], person: Person, *, yes: bool = False) -> FinalizeReport:
    """Give the way back of all finished runs of a plan up: drop their undo logs.

    Raises:
        UsageFault: there is nothing to drop.
        Refused: not confirmed, or another run is under way.
    """
    connection, server = open_target(params, schedule.plan)
    with connection, told(connection, f"finalize {schedule.plan.name}"):
        runs = history.runs(connection, schedule.plan.name) if history.installed(connection) else ()
        finished = [
            record
            for record in runs
            if record.direction == "execute" and record.status == "done" and record.finalized is None
        ]
        if not finished:
            raise UsageFault(f"plan {schedule.plan.name} has no finished run whose undo log could be dropped")
        tables = [
            table
            for record in finished
            for step in record.steps
            if step.in_effect and step.undo
            for table in step.undo.side_tables
        ]
        size = sum(step.undo_bytes for record in finished for step in record.steps if step.in_effect)
        numbers = ", ".join(str(record.id) for record in finished)
        question = (
            f"About to drop the undo log of run {numbers} of plan {schedule.plan.name} on {server.address}"
            f" ({len(tables)} tables, {size:,} bytes). It cannot be rolled back after that. Go on?"
        )
        if not yes and not person.asks(question, option="--yes"):
            raise Refused("not confirmed; nothing was done")
        lease = Lease(params, f"finalize {schedule.plan.name} by {server.address}", person.tells)
        try:
            with unit(connection):
                lease.check(connection)
                history.finalize(connection, [record.id for record in finished], tables)
        finally:
            lease.release()
        return FinalizeReport(
            schedule.plan.name, server.address, tuple(record.id for record in finished), tuple(tables), size
        )
