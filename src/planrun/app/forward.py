"""One run forward under its lease: its steps in order, its end, and what becomes of it when a step fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.app.backing import Backups, tidy
from planrun.app.reports import RunReport, nothing_to_do, skipped, waiting
from planrun.app.standing import shut, standing
from planrun.app.stepping import Stepping
from planrun.core.plan import OnFailure, Transaction
from planrun.edges.postgres import history
from planrun.edges.postgres.outside import settle
from planrun.edges.postgres.session import Session
from planrun.edges.postgres.sweep import sweep_what_is_free
from planrun.errors import PlanrunError
from planrun.executor import walk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.progress import Progress
    from planrun.core.record import Server
    from planrun.core.schedule import Schedule
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.lease import Lease
    from planrun.ports import Person, StepReport

_NAMED = 3
"""So many steps that stay in effect are named, more are counted."""


class Run:
    """One run under its lease."""

    def __init__(
        self,
        schedule: Schedule,
        params: Mapping[str, str],
        connection: Connection,
        server: Server,
        lease: Lease,
        person: Person,
        jobs: int,
    ) -> None:
        self._schedule = schedule
        self._params = params
        self._connection = connection
        self._server = server
        self._lease = lease
        self._person = person
        self._jobs = jobs

    def go(self, until: str | None, confirmed: frozenset[str]) -> RunReport:
        """Run what has not run yet, up to the step `until`.

        Raises:
            StepFailed: a step failed; nothing of it stays, and with ``on_failure: rollback`` nothing of the run.
            Refused: a changed step, a way back that could not be proved, or a backup that was to be verified.
        """
        plan = self._schedule.plan
        session = Session(self._connection, plan)
        tidy(self._connection, plan, self._person.tells)
        settle(self._connection, session, plan, self._person.tells)
        # Read again: another run may have ended while this one waited for its lease.
        state, why = standing(self._schedule, self._connection, until)
        if why and not state.todo:
            raise shut(self._schedule, why)
        if not state.todo and state.resumes is None:
            return nothing_to_do(self._schedule, state, self._server)
        run = self._begin(state)
        backups = Backups(self._params, self._connection, plan, self._server, run, self._person, self._jobs)
        runner = Stepping(self._schedule, self._connection, session, self._lease, backups, run, self._person, confirmed)
        reports = list(skipped(self._schedule, state.done))
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
            raise shut(self._schedule, why)
        reports.extend(waiting(state))
        return self._report(run, tuple(reports), backups, state)

    def _begin(self, state: Progress) -> int:
        if state.resumes is not None:
            history.resume_run(self._connection, state.resumes)
            return state.resumes
        return history.begin_run(
            self._connection, self._schedule.plan.name, "execute", self._schedule.plan.transaction.value
        )

    def _report(self, run: int, reports: tuple[StepReport, ...], backups: Backups, state: Progress) -> RunReport:
        return RunReport(
            plan=self._schedule.plan.name,
            target=self._server.address,
            run=run,
            status="done",
            steps=reports,
            undo_bytes=history.undo_bytes(self._connection, run),
            backup_set=str(backups.path) if backups.path else None,
            earlier=tuple(number for number in state.standing if number != run),
        )

    # --- when a step failed ------------------------------------------------------------------------

    def _failed(self, run: int, error: BaseException) -> None:
        """Write that the run failed and, if the plan says so, take it back; the first error is never hidden."""
        reason = error.message if isinstance(error, PlanrunError) else _of_another(error)
        if trouble := history.fail_run(self._connection, run, reason):
            error.add_note(f"the history could not be told ({trouble}): planrun status calls run {run} interrupted")
        elif self._schedule.plan.on_failure is OnFailure.ROLLBACK and isinstance(error, PlanrunError):
            self._take_back(run, error)
        elif self._schedule.plan.transaction is Transaction.PLAN and isinstance(error, PlanrunError):
            error.add_note(f"run {run} stopped there; its SQL steps are one transaction, of which nothing stays")
        elif isinstance(error, PlanrunError) and (stays := self._staying(run)):
            error.add_note(f"run {run} stopped there; {stays}")

    def _staying(self, run: int) -> str:
        """Return what of the run stays in effect, and what can become of it; nothing if no migrate step does."""
        (record,) = (record for record in history.runs(self._connection, self._schedule.plan.name) if record.id == run)
        stays = dict.fromkeys(step.step for step in record.steps if step.in_effect and step.kind == "migrate")
        if not stays:
            return ""
        named = ", ".join(stays) if len(stays) <= _NAMED else f"{len(stays)} migrate steps"
        stay = "stays" if len(stays) == 1 else "stay"
        return f"{named} {stay} in effect: planrun execute goes on, planrun rollback takes the run back"

    def _take_back(self, run: int, first: PlanrunError) -> None:
        from planrun.app import reversing  # noqa: PLC0415  most runs go well

        try:
            done = reversing.take_back(self._schedule, self._connection, self._server, self._lease, run, self._person)
        except PlanrunError as second:
            first.add_note(f"on_failure: rollback could not take run {run} back: {second}")
        else:
            names = ", ".join(done.steps) if done.steps else "no step was in effect"
            first.add_note(f"on_failure: rollback took run {run} back: {names}")


def _of_another(error: BaseException) -> str:
    """Return what the history says of an end that is no error of planrun's."""
    return "interrupted" if isinstance(error, KeyboardInterrupt) else type(error).__name__
