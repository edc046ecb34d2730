"""Takes a run back: `planrun rollback`, its dry run and its preview."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.app import policies
from planrun.app.apart import told_of_staying
from planrun.app.by_hand import ByHand
from planrun.app.notifying import told_to_others
from planrun.app.opening import open_target
from planrun.app.reports import RollbackReport
from planrun.core import reverse as reversal
from planrun.core import stages
from planrun.core.console import plural
from planrun.core.policy import summary
from planrun.core.schedule import by_hand
from planrun.core.selection import Everything, Part, part
from planrun.edges.postgres import history, monitoring, reverse, staging
from planrun.edges.postgres.lease import Lease
from planrun.edges.postgres.outside import settle
from planrun.edges.postgres.overlaps import overlaps
from planrun.edges.postgres.recapture import Recapture
from planrun.edges.postgres.session import Session
from planrun.edges.postgres.staging import StagedWayBack
from planrun.edges.postgres.sweep import sweep
from planrun.edges.postgres.trouble import retried, told
from planrun.edges.postgres.unit import tried, unit
from planrun.errors import Conflict, Outdated, Refused, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from planrun.core.overlap import Overlap
    from planrun.core.plan import Plan
    from planrun.core.policy import OnConflict
    from planrun.core.record import ConflictRecord, RunRecord, Server, StepRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.schedule import Schedule
    from planrun.core.selection import Selection
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person


_ALL = Everything()

_SEVERAL = "in several transactions (--preview looks for the conflicts of all of them)"

_MADE_ANEW = 3
"""How often a way back is made anew that was outdated by the time it had its locks."""


def rollback(
    plan: Plan,
    params: Mapping[str, str],
    person: Person,
    *,
    run: int | None = None,
    selection: Selection = _ALL,
    on_conflict: OnConflict | None = None,
    yes: bool = False,
) -> RollbackReport:
    """Take the last run of a plan back, or the run that is named, or a part of it.

    Args:
        plan: the plan; of its templates and scripts only those of the rollback steps that are needed are read.
        params: how to connect.
        person: who is asked and told.
        run: which run; None for the last one.
        selection: which part of it.
        on_conflict: what becomes of conflicts; None for what the plan says.
        yes: do not ask whether to go on.

    Raises:
        Conflict: the application changed what it would overwrite; nothing was changed.
        PlanInvalid: a rollback step that is needed is wrong; nothing was changed.
        Refused: another run is under way, a later run has to go back first, or a step that stays is in the way.
        UsageFault: there is no such run or step, or nothing to take back.
    """
    with told_to_others(plan, "rollback", params, person) as ending:
        report = _rolled_back(plan, params, person, run, selection, on_conflict, yes=yes)
        ending.well(f"run {report.reverses} was taken back by run {report.run}: {', '.join(report.steps)}")
    return report


def _rolled_back(
    plan: Plan,
    params: Mapping[str, str],
    person: Person,
    run: int | None,
    selection: Selection,
    on_conflict: OnConflict | None,
    *,
    yes: bool,
) -> RollbackReport:
    connection, server = open_target(params, plan)
    with connection, told(connection, f"rollback {plan.name}"):
        _settle(plan, params, connection, server, person)
        ways = ByHand(plan)
        chosen = _chosen(connection, plan, selection, run)
        number = chosen.run.id
        way = _reverse_plan(connection, plan, ways, chosen, on_conflict)
        settled = summary(way.words)
        several = "" if yes or not staging.make(connection, way) else f" {_SEVERAL},"
        question = (
            f"About to take {_what(chosen)} of plan {plan.name} back, {_listed(chosen)},{several}"
            f" on {server.address}{f' ({settled})' if settled else ''}{_stays(chosen)}. Go on?"
        )
        if not yes and not person.asks(question, option="--yes"):
            raise Refused("not confirmed; nothing was done")
        with Lease(params, f"rollback {plan.name} by {server.address}", person.tells) as lease:
            lease.await_orphan(connection)
            sweep(connection, plan.defaults, person.tells)
            monitoring.abandon(connection)

            def made() -> tuple[Part, ReversePlan]:
                # Chosen again: another run may have ended while this one waited for its lease.
                chosen = _chosen(connection, plan, selection, number if selection == _ALL else run)
                return chosen, _reverse_plan(connection, plan, ways, chosen, on_conflict)

            return _taken(plan, connection, server, lease, made, person)


def _settle(plan: Plan, params: Mapping[str, str], connection: Connection, server: Server, person: Person) -> None:
    """Find out what a killed run did outside of a transaction, before it is chosen what goes back."""
    if not history.installed(connection):
        return
    history.install(connection)
    if not history.intents(connection, plan.name):
        return
    with Lease(params, f"rollback {plan.name} by {server.address}", person.tells) as lease:
        lease.await_orphan(connection)
        settle(connection, Session(connection, plan), plan, person.tells)


def take_back(
    schedule: Schedule, connection: Connection, server: Server, lease: Lease, run: int, person: Person
) -> RollbackReport:
    """Take a run back under a lease that is held already, by the rollback steps that it began with.

    Raises:
        Conflict: the conflicts are kept in the history, under a rollback that failed.
        StepFailed: a lock was not free in time, each time it was tried; or a hand-written way back failed.
    """
    plan = schedule.plan
    ways = ByHand(plan, by_hand(schedule.steps))

    def made() -> tuple[Part, ReversePlan]:
        record = next(record for record in history.runs(connection, plan.name) if record.id == run)
        going = tuple(step for step in record.steps if step.in_effect)
        chosen = Part(record, going, ())
        return chosen, _reverse_plan(connection, plan, ways, chosen)

    return _taken(plan, connection, server, lease, made, person)


def _taken(
    plan: Plan,
    connection: Connection,
    server: Server,
    lease: Lease,
    made: Callable[[], tuple[Part, ReversePlan]],
    person: Person,
) -> RollbackReport:
    """Take back what `made` gives, which is asked again when the way back was outdated by the time it had its locks."""
    steps: dict[str, None] = {}
    for left in range(_MADE_ANEW, -1, -1):
        chosen, way = made()
        steps |= dict.fromkeys(_names(way.steps))
        try:
            report = _sent(plan, connection, server, lease, chosen, way, person)
        except Outdated as error:
            if not left:
                raise
            person.tells(f"     the way back of run {chosen.run.id} is made anew: {error.message}")
        else:
            return replace(report, steps=tuple(steps))
    raise AssertionError("the last try returns or raises")


def _sent(
    plan: Plan,
    connection: Connection,
    server: Server,
    lease: Lease,
    chosen: Part,
    way: ReversePlan,
    person: Person,
) -> RollbackReport:
    record = chosen.run
    session = Session(connection, plan)

    def inside() -> None:
        session.own()
        lease.check(connection)

    def at_once() -> tuple[int, tuple[tuple[str, int], ...]]:
        recapture = Recapture(connection, session.own, way.steps, person.tells, lease.witness)
        return reverse.execute(connection, way, inside, recapture)

    what = f"the way back of run {record.id}"
    limits = plan.defaults
    try:
        with told(connection, what):
            staged = staging.make(connection, way)
            with told_of_staying(chosen, _way_out(chosen), whole=not staged):
                if staged:
                    parts = StagedWayBack(connection, limits, session.own, inside, person.tells, lease.witness)
                    number, rows = parts.execute(staged, record)
                else:
                    number, rows = retried(at_once, limits.retries, person.tells, what)
    except Stopped:
        raise
    except Conflict as error:
        met = staging.with_those_of_the_rest(connection, way, inside, error)
        _keep(connection, record, met)
        if met is error:
            raise
        raise met from error
    outcomes = history.outcomes(connection, number)
    return RollbackReport(
        plan=plan.name,
        target=server.address,
        reverses=record.id,
        run=number,
        preview=False,
        steps=_names(way.steps),
        rows=rows,
        remaining=_names(chosen.remaining),
        others=chosen.others,
        kept=outcomes["kept"],
        restored=outcomes["restored"],
    )


def _names(steps: Iterable[StepRecord]) -> tuple[str, ...]:
    """Return the ids of steps in the plan, those of many pages once."""
    return tuple(dict.fromkeys(step.step for step in steps))


def preview(
    plan: Plan,
    params: Mapping[str, str],
    *,
    run: int | None = None,
    selection: Selection = _ALL,
    on_conflict: OnConflict | None = None,
) -> RollbackReport:
    """Run the way back and roll it back: how many rows it would restore, and which conflicts it would meet."""
    connection, server = open_target(params, plan)
    with connection, told(connection, f"preview of the way back of {plan.name}"):
        chosen = _chosen(connection, plan, selection, run)
        way = _reverse_plan(connection, plan, ByHand(plan), chosen, on_conflict)
        session = Session(connection, plan)
        conflicts: Sequence[ConflictRecord] = ()
        not_compared: tuple[str, ...] = ()
        rows: tuple[tuple[str, int], ...] = ()
        try:
            with told_of_staying(chosen, _way_out(chosen)), tried(connection):
                number, rows = reverse.execute(connection, stages.within(way), session.own)
                conflicts = history.conflicts(connection, number)
        except Conflict as error:
            met = staging.with_those_of_the_rest(connection, way, session.own, error)
            conflicts, not_compared = met.conflicts, met.not_compared
            if not conflicts:
                raise
        return RollbackReport(
            plan=plan.name,
            target=server.address,
            reverses=chosen.run.id,
            run=None,
            preview=True,
            steps=_names(way.steps),
            rows=rows,
            conflicts=conflicts,
            not_compared=not_compared,
            remaining=_names(chosen.remaining),
            others=chosen.others,
            kept=sum(conflict.outcome == "kept" for conflict in conflicts),
            restored=sum(conflict.outcome == "restored" for conflict in conflicts),
        )


def script(
    plan: Plan,
    params: Mapping[str, str],
    *,
    run: int | None = None,
    selection: Selection = _ALL,
    on_conflict: OnConflict | None = None,
) -> str:
    """Return the complete SQL of the way back, which psql alone can run."""
    connection, _ = open_target(params, plan)
    with connection, told(connection, f"the way back of {plan.name}"):
        chosen = _chosen(connection, plan, selection, run)
        way = _reverse_plan(connection, plan, ByHand(plan), chosen, on_conflict)
        staged = staging.make(connection, way)
        return stages.script(way, staged, staging.FRAME) if staged else reversal.script(way)


def _reverse_plan(
    connection: Connection, plan: Plan, ways: ByHand, chosen: Part, on_conflict: OnConflict | None = None
) -> ReversePlan:
    choice = policies.choice(connection, plan, chosen, on_conflict)
    return reverse.make(connection, chosen.run, ways.of(chosen), plan.search_path, chosen.staying, choice)


# --- what goes -----------------------------------------------------------------------------------


def _chosen(connection: Connection, plan: Plan, selection: Selection, run: int | None) -> Part:
    """Return what is to be taken back.

    Raises:
        UsageFault: there is no such run or step, or nothing to take back.
        Refused: the undo log was dropped, or a later run or a step that stays is in the way.
    """
    runs = history.runs(connection, plan.name) if history.installed(connection) else ()
    chosen = part(runs, plan.name, plan.steps, selection, run)
    if found := overlaps(connection, chosen):
        raise Refused(_in_the_way(found), hint=_way_out(chosen))
    return chosen


def _in_the_way(found: tuple[Overlap, ...]) -> str:
    lines = [f"    {item.going} and {item.staying}: {item.what}" for item in found]
    staying = ", ".join(dict.fromkeys(item.staying for item in found))
    return "\n".join([f"nothing was changed: {staying} ran later, would stay, and touched the same:", *lines])


def _way_out(chosen: Part) -> str:
    if not chosen.going:
        return ""
    first = chosen.going[0]
    before = next((step.step for step in reversed(chosen.remaining) if step.id < first.id), None)
    together = f"--to {before}" if before else f"--run {first.run}"
    return f"{together} takes back {first.step} with all that ran after it"


def _what(chosen: Part) -> str:
    return f"a part of run {chosen.run.id}" if chosen.remaining else f"run {chosen.run.id}"


def _stays(chosen: Part) -> str:
    return f"; what run {' and '.join(map(str, chosen.others))} did stays" if chosen.others else ""


def _listed(chosen: Part) -> str:
    names = dict.fromkeys(step.step for step in reversed(chosen.going))
    number = f"{len(names)} {plural('step', len(names))}"
    return f"{number} ({', '.join(names)})" if chosen.remaining else number


def _keep(connection: Connection, record: RunRecord, error: Conflict) -> None:
    """Keep the conflicts of a rollback that changed nothing."""
    with unit(connection):
        number = history.begin_run(connection, record.plan, "rollback", "plan", record.id)
        history.keep_conflicts(connection, number, error.conflicts)
        history.end_run(connection, number, "failed", error.message)
