"""Carries a plan out: `planrun execute`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.notifying import told_to_others
from planrun.app.opening import open_target
from planrun.app.reports import nothing_to_do
from planrun.app.standing import shut, standing
from planrun.core.console import plural
from planrun.core.schedule import ConfirmWork, MigrateWork
from planrun.edges.postgres import history, monitoring
from planrun.edges.postgres import lease as leases
from planrun.edges.postgres.lease import Lease
from planrun.edges.postgres.sweep import leftovers, sweep, sweep_what_is_free
from planrun.edges.postgres.trouble import told
from planrun.errors import Refused, UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.app.reports import RunReport
    from planrun.core.progress import Progress
    from planrun.core.record import Server
    from planrun.core.schedule import Schedule, ScheduledStep
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
    jobs: int = 1,
) -> RunReport:
    """Run what has not run yet.

    Args:
        schedule: the plan, ordered and rendered.
        params: how to connect.
        person: who is asked and told.
        until: the last step to run.
        confirmed: ids of confirm checks that are answered already.
        yes: do not ask whether to go on.
        jobs: how many backup steps may be carried out side by side.

    Raises:
        StepFailed: a step failed; nothing of it stays, and with ``on_failure: rollback`` nothing of the run.
        Refused: another database, a changed step, another run under way, a way back that could not be proved, or a
            backup that the plan requires and that was not verified; the steps before the first migrate step are done.
        EnvironmentFault: the server cannot be reached or used.
    """
    with told_to_others(schedule.plan, "execute", params, person) as ending:
        report = _executed(schedule, params, person, until, confirmed, yes=yes, jobs=jobs)
        if report.run is not None:
            steps = f"{len(report.steps)} {plural('step', len(report.steps))}"
            ending.well(f"run {report.run}: {steps}", f"backups: {report.backup_set or 'none'}")
    return report


def _executed(
    schedule: Schedule,
    params: Mapping[str, str],
    person: Person,
    until: str | None,
    confirmed: frozenset[str],
    *,
    yes: bool,
    jobs: int,
) -> RunReport:
    connection, server = open_target(params, schedule.plan)
    with connection, told(connection, f"execute {schedule.plan.name}"):
        plan, why = standing(schedule, connection, until)
        if why and not plan.todo:
            raise shut(schedule, why)
        if not plan.todo and (plan.resumes is None or plan.waiting):
            _tidy(schedule, params, connection, server, person)
            return nothing_to_do(schedule, plan, server)
        if plan.strangers:
            named = ", ".join(f"{record.step} (run {record.run})" for record in plan.strangers)
            person.tells(f"in effect, but not in the plan any more: {named}")
        _require_answers(plan.todo, confirmed, person)
        if not yes:
            _ask(schedule, plan, server, person)
        from planrun.app import forward  # noqa: PLC0415  what carries steps out is much, and often there are none

        history.install(connection)
        with Lease(params, f"execute {schedule.plan.name} by {server.address}", person.tells) as lease:
            lease.await_orphan(connection)
            sweep(connection, schedule.plan.defaults, person.tells)
            monitoring.abandon(connection)
            return forward.Run(schedule, params, connection, server, lease, person, jobs).go(until, confirmed)


def _tidy(
    schedule: Schedule, params: Mapping[str, str], connection: Connection, server: Server, person: Person
) -> None:
    """Remove what a killed run left behind, also where there is nothing to run; a living one's tools are left alone."""
    if leases.holder(connection) is not None or not leftovers(connection):
        return
    with Lease(params, f"execute {schedule.plan.name} by {server.address}", person.tells) as lease:
        lease.await_orphan(connection)
        sweep_what_is_free(connection, schedule.plan.defaults, person.tells)


def _ask(schedule: Schedule, plan: Progress, server: Server, person: Person) -> None:
    lost = [step.id for step in plan.todo if isinstance(step.work, MigrateWork) and step.work.irreversible]
    warning = f" There is no way back from: {', '.join(lost)}." if lost else ""
    verb = f"go on with run {plan.resumes} of" if plan.resumes else "run"
    number = f"{len(plan.todo)} {plural('step', len(plan.todo))}"
    question = f"About to {verb} plan {schedule.plan.name}, {number}, on {server.address}.{warning} Go on?"
    if not person.asks(question, option="--yes"):
        raise Refused("not confirmed; nothing was done")


def _require_answers(steps: tuple[ScheduledStep, ...], confirmed: frozenset[str], person: Person) -> None:
    """Refuse at once a run that would have to ask where nobody can answer.

    Raises:
        UsageFault: naming every option that is missing.
    """
    if person.present:
        return
    missing = {
        step.id: step.work.text for step in steps if isinstance(step.work, ConfirmWork) and step.id not in confirmed
    }
    if missing:
        options = " ".join(f"--confirm {name}" for name in missing)
        questions = "\n".join(f"    {name}: {text}" for name, text in missing.items())
        hint = f"where it is so, add {options}"
        raise UsageFault(f"nobody is there to confirm {', '.join(missing)}:\n{questions}", hint=hint)
