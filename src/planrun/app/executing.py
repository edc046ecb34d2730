"""Carries a plan out: `planrun execute`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app import reversing
from planrun.app.backing import Backups
from planrun.app.notifying import told_to_others
from planrun.app.opening import open_target
from planrun.app.reports import RunReport
from planrun.app.stepping import Stepping, require_answers
from planrun.core import requirement
from planrun.core.plan import OnFailure
from planrun.core.progress import progress
from planrun.core.schedule import MigrateWork
from planrun.edges.postgres import history
from planrun.edges.postgres import lease as leases
from planrun.edges.postgres.lease import Lease
from planrun.edges.postgres.outside import settle
from planrun.edges.postgres.server import clock
from planrun.edges.postgres.session import Session
from planrun.edges.postgres.sweep import leftovers, sweep, sweep_what_is_free
from planrun.edges.postgres.trouble import told
from planrun.errors import PlanrunError, Refused
from planrun.executor import walk
from planrun.ports import StepReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.progress import Progress
    from planrun.core.record import Server
    from planrun.core.schedule import Schedule
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person


def execute(
    schedule: Schedule,
    params: Mapping[str, str],
    person: Person,
    *,
    until: str | None = None,
    confirmed: frozenset[str] = frozenset(),
    yes: bool = False,
) -> RunReport:
    """Run what has not run yet.

    Args:
        schedule: the plan, ordered and rendered.
        params: how to connect.
        person: who is asked and told.
        until: the last step to run.
        confirmed: ids of confirm checks that are answered already.
        yes: do not ask whether to go on.

    Raises:
        StepFailed: a step failed; nothing of it stays, and with ``on_failure: rollback`` nothing of the run.
        Refused: another database, a changed step, another run under way, a way back that could not be proved, or a
            backup that the plan requires and that was not verified; the steps before the first migrate step are done.
        EnvironmentFault: the server cannot be reached or used.
    """
    with told_to_others(schedule.plan, "execute", params, person) as ending:
        report = _executed(schedule, params, person, until, confirmed, yes=yes)
        if report.run is not None:
            ending.well(f"run {report.run}: {len(report.steps)} steps", f"backups: {report.backup_set or 'none'}")
    return report


def _executed(
    schedule: Schedule,
    params: Mapping[str, str],
    person: Person,
    until: str | None,
    confirmed: frozenset[str],
    *,
    yes: bool,
) -> RunReport:
    connection, server = open_target(params, schedule.plan)
    with connection, told(connection, f"execute {schedule.plan.name}"):
        plan, why = _standing(schedule, connection, until)
        if why and not plan.todo:
            raise _shut(schedule, why)
        if not plan.todo and (plan.resumes is None or plan.waiting):
            _tidy(schedule, params, connection, server, person)
            return _nothing(schedule, plan, server)
        require_answers(plan.todo, confirmed, person)
        if not yes:
            _ask(schedule, plan, server, person)
        history.install(connection)
        lease = Lease(params, f"execute {schedule.plan.name} by {server.address}", person.tells)
        try:
            lease.await_orphan(connection)
            sweep(connection, schedule.plan.defaults, person.tells)
            history.abandon(connection)
            settle(connection, Session(connection, schedule.plan), schedule.plan, person.tells)
            return _Run(schedule, params, connection, server, lease, person).go(until, confirmed)
        finally:
            lease.release()


def _standing(schedule: Schedule, connection: Connection, until: str | None) -> tuple[Progress, str | None]:
    """Return what is to run now, and why the migrate steps have to wait where they do."""
    plan = schedule.plan
    known = history.installed(connection)
    state = progress(schedule, history.runs(connection, plan.name) if known else (), until)
    if plan.require is None:
        return state, None
    backups = history.artifacts(connection, plan.name) if known else ()
    why = requirement.unmet(plan.require, state.todo, backups, clock(connection))
    return (requirement.held(state), why) if why else (state, None)


def _shut(schedule: Schedule, why: str) -> Refused:
    return Refused(
        f"plan {schedule.plan.name} requires a verified backup before it migrates: {why}",
        hint=f"planrun backup verify {schedule.plan.file} --restore, then execute again",
    )


def _tidy(
    schedule: Schedule, params: Mapping[str, str], connection: Connection, server: Server, person: Person
) -> None:
    """Remove what a killed run left behind, also where there is nothing to run; a living one's tools are left alone."""
    if leases.holder(connection) is not None or not leftovers(connection):
        return
    lease = Lease(params, f"execute {schedule.plan.name} by {server.address}", person.tells)
    try:
        lease.await_orphan(connection)
        sweep_what_is_free(connection, schedule.plan.defaults, person.tells)
    finally:
        lease.release()


def _nothing(schedule: Schedule, plan: Progress, server: Server) -> RunReport:
    return RunReport(schedule.plan.name, server.address, None, "nothing to do", _skipped(schedule, plan))


def _ask(schedule: Schedule, plan: Progress, server: Server, person: Person) -> None:
    lost = [step.id for step in plan.todo if isinstance(step.work, MigrateWork) and step.work.irreversible]
    warning = f" There is no way back from: {', '.join(lost)}." if lost else ""
    verb = f"go on with run {plan.resumes} of" if plan.resumes else "run"
    question = (
        f"About to {verb} plan {schedule.plan.name}, {len(plan.todo)} steps, on {server.address}.{warning} Go on?"
    )
    if not person.asks(question, option="--yes"):
        raise Refused("not confirmed; nothing was done")


def _skipped(schedule: Schedule, plan: Progress) -> tuple[StepReport, ...]:
    return tuple(StepReport(step.id, step.step.kind, "skipped") for step in schedule.steps if step.id in plan.done)


class _Run:
    """One run under its lease."""

    def __init__(
        self,
        schedule: Schedule,
        params: Mapping[str, str],
        connection: Connection,
        server: Server,
        lease: Lease,
        person: Person,
    ) -> None:
        self._schedule = schedule
        self._params = params
        self._connection = connection
        self._server = server
        self._lease = lease
        self._person = person

    def go(self, until: str | None, confirmed: frozenset[str]) -> RunReport:
        plan = self._schedule.plan
        # Read again: another run may have ended while this one waited for its lease.
        state, why = _standing(self._schedule, self._connection, until)
        if why and not state.todo:
            raise _shut(self._schedule, why)
        if not state.todo and state.resumes is None:
            return _nothing(self._schedule, state, self._server)
        run = self._begin(state)
        backups = Backups(self._params, self._connection, plan, self._server, run, self._person.tells)
        session = Session(self._connection, plan)
        runner = Stepping(self._schedule, self._connection, session, self._lease, backups, run, self._person, confirmed)
        reports = list(_skipped(self._schedule, state))
        try:
            reports.extend(walk(self._schedule, state.todo, runner))
            backups.finish()
        except BaseException as error:
            self._failed(run, error)
            raise
        finally:
            backups.close()
        # A reader that was long in the way of one of our triggers may be gone by now.
        sweep_what_is_free(self._connection, plan.defaults, self._person.tells)
        history.end_run(self._connection, run, "done")
        if why:
            raise _shut(self._schedule, why)
        reports.extend(StepReport(step.id, step.step.kind, "waiting") for step in state.waiting)
        return self._report(run, tuple(reports), backups)

    def _begin(self, state: Progress) -> int:
        if state.resumes is not None:
            history.resume_run(self._connection, state.resumes)
            return state.resumes
        return history.begin_run(
            self._connection, self._schedule.plan.name, "execute", self._schedule.plan.transaction.value
        )

    def _report(self, run: int, reports: tuple[StepReport, ...], backups: Backups) -> RunReport:
        record = next(item for item in history.runs(self._connection, self._schedule.plan.name) if item.id == run)
        return RunReport(
            plan=self._schedule.plan.name,
            target=self._server.address,
            run=run,
            status="done",
            steps=reports,
            undo_bytes=sum(step.undo_bytes for step in record.steps),
            backup_set=str(backups.path) if backups.path else None,
        )

    # --- when a step failed ------------------------------------------------------------------------

    def _failed(self, run: int, error: BaseException) -> None:
        """Write that the run failed and, if the plan says so, take it back; the first error is never hidden."""
        reason = error.message if isinstance(error, PlanrunError) else type(error).__name__
        if trouble := history.fail_run(self._connection, run, reason):
            error.add_note(f"the history could not be told: {trouble}")
        elif self._schedule.plan.on_failure is OnFailure.ROLLBACK and isinstance(error, PlanrunError):
            self._take_back(run, error)

    def _take_back(self, run: int, first: PlanrunError) -> None:
        try:
            done = reversing.take_back(self._schedule, self._connection, self._server, self._lease, run, self._person)
        except PlanrunError as second:
            first.add_note(f"on_failure: rollback could not take run {run} back: {second}")
        else:
            names = ", ".join(done.steps) if done.steps else "no step was in effect"
            first.add_note(f"on_failure: rollback took run {run} back: {names}")
