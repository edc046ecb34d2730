"""Retention: `planrun backup prune`. Shows what it decided about every set and why, asks, and deletes what may go.

Which sets a run still needs only the history can say: where the database cannot be asked, nothing is deleted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from planrun.app.beside import in_set
from planrun.app.opening import open_target
from planrun.app.removing import give_back, remove
from planrun.app.reports import PrunedSet, PrunedStore, PruneReport
from planrun.app.surveying import survey
from planrun.core.console import plural
from planrun.core.protection import runs_that_need_their_set
from planrun.core.retention import Action, Because, Decision, KnownSet, Reason, decide
from planrun.core.verification import Level
from planrun.edges.postgres import history, monitoring
from planrun.edges.postgres import server as servers
from planrun.edges.postgres.trouble import told
from planrun.errors import Refused
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from planrun.app.removing import Outcome
    from planrun.app.surveying import Survey, SurveyedSet
    from planrun.core.plan import Keep, Plan
    from planrun.core.record import Server
    from planrun.edges.postgres.connection import Connection
    from planrun.ports import Person, Store


@frozen
class _Judged:
    """A store with what lies in it and what was decided."""

    store: Store
    keep: Keep | None
    survey: Survey
    decisions: Mapping[str, Decision]

    @property
    def to_delete(self) -> tuple[SurveyedSet, ...]:
        return tuple(item for item in self.survey.sets if self.decisions[item.name].action is Action.DELETE)


@frozen
class _Judgement:
    """All stores; the time by which they were judged, and by how much the clock of this machine is ahead."""

    stores: tuple[_Judged, ...]
    now: datetime
    ahead: timedelta


def prune(
    plan: Plan,
    params: Mapping[str, str],
    stores: Sequence[Store],
    person: Person,
    clock: Callable[[], datetime],
    *,
    shown: Callable[[PruneReport], None],
    dry_run: bool = False,
    yes: bool = False,
) -> PruneReport:
    """Decide about the sets of a plan in all its stores, and delete those that may go.

    Args:
        plan: whose sets.
        params: how to connect to the database that they were taken from.
        stores: those of the plan, in its order.
        person: who is asked.
        clock: of this machine. The earlier of it and the server's counts: a clock that is ahead deletes nothing.
        shown: shows the decision before it is asked whether to go on.
        dry_run: only decide.
        yes: do not ask.

    Raises:
        Refused: not confirmed, or the history belongs to somebody else.
        UsageFault: nobody is there to answer.
        EnvironmentFault: the database or a store cannot be reached or used.
    """
    connection, server = open_target(params, plan)
    with connection, told(connection, f"prune {plan.name}"):
        found = _judge(connection, server, plan, stores, clock)
        if dry_run:
            return _report(plan, server, found, dry_run=True)
        if not yes and any(item.to_delete for item in found.stores):
            shown(_report(plan, server, found, dry_run=False))
            if not person.asks(_question(plan, found.stores), option="--yes"):
                raise Refused("not confirmed; nothing was deleted")
            # Judged again: while somebody thought about it, a run may have begun or a hold been placed.
            found = _agreed(found, _judge(connection, server, plan, stores, clock))
        report = _report(plan, server, found, dry_run=False)
        done = _carry_out(connection, found, person)
        return replace(report, stores=tuple(map(_with_outcomes, report.stores, done)))


def _question(plan: Plan, stores: Sequence[_Judged]) -> str:
    where = ", ".join(item.store.address for item in stores if item.to_delete)
    number = sum(len(item.to_delete) for item in stores)
    sets = f"{number} {plural('backup set', number)}"
    return f"About to delete {sets} of plan {plan.name} in {where}. Go on?"


# --- deciding ----------------------------------------------------------------------------------


def _judge(
    connection: Connection, server: Server, plan: Plan, stores: Sequence[Store], clock: Callable[[], datetime]
) -> _Judgement:
    surveys = [survey(store, plan.name, server) for store in stores]
    # Read after the sets: a run that made one of them is known by then.
    runs = history.runs(connection, plan.name) if history.installed(connection) else ()
    needed = runs_that_need_their_set(runs)
    there, here = servers.clock(connection), clock()
    now = min(there, here)
    protected: dict[str, list[Reason]] = {}
    for store, found in zip(stores, surveys, strict=True):
        for item in found.sets:
            held = [Reason(Because.HOLD, str(hold)) for hold in item.holds if hold.in_force(now)]
            needing = [Reason(Because.RUN, text) for text in needed.get(item.run, ())]
            already = protected.setdefault(item.name, [])
            already += [reason for reason in (*held, *needing) if reason not in already]
        for left in found.left:
            if left.held:  # nobody knows whom it protects; the copies in other stores stay as well
                reason = Reason(Because.HOLD, f"held by what is left of it in {store.address}")
                protected.setdefault(left.name, []).append(reason)
    judged = (
        _Judged(store, storage.keep, found, _decisions(found, storage.keep, now, protected))
        for store, storage, found in zip(stores, plan.storage, surveys, strict=True)
    )
    return _Judgement(tuple(judged), now, here - there)


def _decisions(
    found: Survey, keep: Keep | None, now: datetime, protected: Mapping[str, Sequence[Reason]]
) -> dict[str, Decision]:
    known = (
        KnownSet(item.name, item.started, item.verified is not None, item.verified is Level.RESTORED)
        for item in found.sets
        if item.visible
    )
    decided = {decision.name: decision for decision in decide(known, keep, now, protected)}
    begun = (_begun(item, protected.get(item.name, ())) for item in found.sets if not item.visible)
    return decided | {decision.name: decision for decision in begun}


def _begun(item: SurveyedSet, reasons: Sequence[Reason]) -> Decision:
    """Decide about what an interrupted prune left: it is brought to its end, unless a hold or a run came in between."""
    if not reasons:
        return Decision(item.name, Action.DELETE, (Reason(Because.BEGUN, "its deletion was begun"),))
    if item.complete:
        return Decision(item.name, Action.KEEP, tuple(reasons))
    text = "its deletion was begun, so that files are missing"
    return Decision(item.name, Action.LEAVE, (Reason(Because.BEGUN, text), *reasons))


def _agreed(asked: _Judgement, now: _Judgement) -> _Judgement:
    """Leave out of what may go now what was not asked about."""
    stores = (
        _without(later, {item.name for item in later.to_delete} - {item.name for item in before.to_delete})
        for before, later in zip(asked.stores, now.stores, strict=True)
    )
    return replace(now, stores=tuple(stores))


def _without(judged: _Judged, names: set[str]) -> _Judged:
    reasons = (Reason(Because.NOT_ASKED, "it may go by now, but that was not asked: prune again"),)
    return replace(judged, decisions={**judged.decisions, **{n: Decision(n, Action.LEAVE, reasons) for n in names}})


# --- doing -------------------------------------------------------------------------------------


def _carry_out(connection: Connection, found: _Judgement, person: Person) -> Iterator[dict[str, Outcome]]:
    """Yield what came of the sets of each store."""
    recorded = history.installed(connection)
    if recorded:
        history.install(connection)
    for item in found.stores:
        outcomes = {}
        for one in item.survey.sets:
            record = partial(monitoring.pruned, connection, one.name, item.store.address) if recorded else _nothing
            if item.decisions[one.name].action is Action.DELETE:
                outcomes[one.name] = remove(item.store, one, found.now, record)
                person.tells(f"{item.store.address}/{one.name}: {outcomes[one.name].message or 'deleted'}")
            elif one.marked:
                give_back(item.store, one, in_set(item.store, one.name))
        yield outcomes


def _nothing() -> int:
    return 0


def _with_outcomes(report: PrunedStore, outcomes: Mapping[str, Outcome]) -> PrunedStore:
    return replace(report, sets=tuple(_with_outcome(item, outcomes.get(item.name)) for item in report.sets))


def _with_outcome(item: PrunedSet, outcome: Outcome | None) -> PrunedSet:
    if outcome is None:
        return item
    return replace(item, deleted=outcome.gone, outcome=outcome.message, left=outcome.left)


def _report(plan: Plan, server: Server, found: _Judgement, *, dry_run: bool) -> PruneReport:
    return PruneReport(
        plan=plan.name,
        target=server.address,
        now=found.now,
        clock_ahead=found.ahead.total_seconds(),
        dry_run=dry_run,
        stores=tuple(
            PrunedStore(
                item.store.address,
                item.keep,
                tuple(_pruned(one, item.decisions[one.name]) for one in item.survey.sets),
                item.survey.left,
            )
            for item in found.stores
        ),
    )


def _pruned(item: SurveyedSet, decision: Decision) -> PrunedSet:
    return PrunedSet(item.name, item.started, item.run, item.bytes, decision.action, decision.reasons)
