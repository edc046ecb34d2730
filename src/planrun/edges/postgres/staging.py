"""Runs a way back that is several transactions: looks at all of it first, then commits it part by part."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from planrun.core.conflict_list import records
from planrun.core.reverse import derived
from planrun.core.stages import NOTHING_TO_SEND, Frame, asked, look, stages
from planrun.core.undo import Undo
from planrun.edges.postgres import history, reverse
from planrun.edges.postgres.connection import FIXED, fixed_settings
from planrun.edges.postgres.lease import ADVISORY_LOCK
from planrun.edges.postgres.limits import limited
from planrun.edges.postgres.outside import Turning
from planrun.edges.postgres.recapture import Recapture
from planrun.edges.postgres.sending import Sending, conflicting, translated
from planrun.edges.postgres.trouble import retried
from planrun.edges.postgres.unit import tried, unit
from planrun.errors import Conflict, PlanrunError, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.outside import Sent
    from planrun.core.plan import Defaults
    from planrun.core.record import RunRecord, StepRecord
    from planrun.core.reverse import ReversePlan
    from planrun.core.stages import Stage
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.witness import Witness

FRAME = Frame(fixed_settings(), fixed_settings(local=False), ADVISORY_LOCK)


def make(connection: Connection, plan: ReversePlan) -> tuple[Stage, ...]:
    """Return the transactions of a way back; none when it is one transaction.

    Args:
        connection: in autocommit.
        plan: the way back.
    """
    return stages(plan, FRAME, _foreign_keys(connection, plan))


def _foreign_keys(connection: Connection, plan: ReversePlan) -> tuple[ForeignKey, ...]:
    with unit(connection):
        connection.execute(fixed_settings())
        return reverse.pointing_at(connection, plan.run)


def with_those_of_the_rest(
    connection: Connection, plan: ReversePlan, inside: Callable[[], None], met: Conflict
) -> Conflict:
    """Return what ended a way back with the conflicts, too, that can be told of the steps whose turn did not come.

    Args:
        connection: in autocommit.
        plan: the way back, one transaction.
        inside: called when the transaction has begun that looks for them.
        met: what ended it.
    """
    if not met.not_compared:
        return met
    sending = Sending(connection, inside, (), (("", look(plan, _foreign_keys(connection, plan)).statements),), ())
    try:
        with sending.conflicts_told(), tried(connection):
            sending.whole()
    except PlanrunError as error:
        found = error.conflicts if isinstance(error, Conflict) else ()
        if not found:
            met.add_note(f"what stands in the way of {', '.join(met.not_compared)} was not told: {error.message}")
        known = {conflict for conflict in met.conflicts if conflict.step in met.not_compared}
        more = records(c for c in found if c.step in met.not_compared and c not in known)
        return conflicting(records(chain(met.conflicts, more)), met.not_compared) if more else met
    return met


class StagedWayBack:
    """One way back of several transactions on one connection.

    Args:
        connection: in autocommit.
        limits: how long to wait for locks, and how often; the time limits of what is sent outside.
        own: switches to planrun's own settings.
        inside: called when a transaction has begun (the lease is checked there).
        tells: shown each part that is committed.
        witness: tells what others have committed of relations that a part alters.
    """

    def __init__(
        self,
        connection: Connection,
        limits: Defaults,
        own: Callable[[], None],
        inside: Callable[[], None],
        tells: Callable[[str], None],
        witness: Witness,
    ) -> None:
        self._connection = connection
        self._limits = limits
        self._inside = inside
        self._tells = tells
        self._witness = witness
        self._own = own
        self._run = 0
        self._steps: tuple[StepRecord, ...] = ()
        self._rows: Counter[str] = Counter()
        self._turned = Undo(irreversible=True)

    def execute(self, staged: tuple[Stage, ...], run: RunRecord) -> tuple[int, tuple[tuple[str, int], ...]]:
        """Run it; return its run and for each step the rows that were put back.

        Args:
            staged: its transactions.
            run: the run that it takes back.

        Raises:
            Conflict: the application changed what it would overwrite; nothing was changed.
            Stopped: a conflict arose after parts of it were committed; it is kept in the history.
            StepFailed: something else failed; what was committed before stays taken back.
        """
        self._steps = run.steps
        for stage in staged:
            try:
                self._again(partial(self._transaction, stage))
                if stage.sends:
                    self._again(partial(self._outside, stage.sends))
            except PlanrunError as error:
                if not self._run:
                    raise
                self._failed(stage, run, error)
                raise
            if stage.kept:
                self._tells(f"     taken back: {stage.label}" if stage.steps else f"     way back: {stage.label}")
        return self._run, tuple(self._rows.items())

    def _again(self, action: Callable[[], None]) -> None:
        retried(action, self._limits.retries, self._tells, "the way back")

    def _transaction(self, stage: Stage) -> None:
        counted = stage.steps[0] if stage.steps else ""
        sending = Sending(self._connection, self._inside, (), ((counted, stage.statements),), stage.closing)
        with sending.conflicts_told():
            run = self._committed(stage, sending) if stage.kept else self._looked(sending)
        if stage.kept:
            self._run = run
            self._rows += sending.rows

    def _committed(self, stage: Stage, sending: Sending) -> int:
        if stage.group:
            before = tuple(step for step in self._steps if step not in stage.group)
            recapture = Recapture(self._connection, self._own, stage.group, self._tells, self._witness, before)
            return recapture.run(sending)
        with unit(self._connection):
            run = sending.whole()
            if stage.steps:
                history.keep_undo(self._connection, run, self._turned)
            return run

    def _looked(self, sending: Sending) -> int:
        with tried(self._connection):
            return sending.whole()

    def _outside(self, sends: tuple[Sent, ...]) -> None:
        # All of them each time: what was interrupted is cleared away first.
        self._turned = Undo(irreversible=True)
        for sent in sends:
            self._send(sent)

    def _send(self, sent: Sent) -> None:
        """Send a statement outside of any transaction, if the catalogs still call for it."""
        with unit(self._connection):
            self._connection.execute(fixed_settings())
            (text,) = self._connection.execute(asked(sent).encode()).fetchone() or (NOTHING_TO_SEND,)
            turning = Turning(self._connection, sent.index) if sent.index else None
        if text == NOTHING_TO_SEND:
            return
        self._tells(f"     way back: {text}")
        statement = derived(text)
        with limited(self._connection, self._limits, FIXED), translated(statement):
            self._connection.execute(text.encode(), prepare=False)
        if turning is not None:
            with unit(self._connection):
                self._connection.execute(fixed_settings())
                self._turned = turning.undo()

    def _failed(self, stage: Stage, run: RunRecord, error: PlanrunError) -> None:
        """Write where the way back stopped; it can be gone on with after that."""
        # Of a rollback that is taken back, the last to have run is what is through of that.
        again = f"planrun rollback PLAN --run {run.id}" if run.direction == "rollback" else "planrun rollback"
        reason = error.message.replace("nothing was changed", "nothing of this part was changed")
        message = f"the way back stopped at {stage.label}, what ran after that is taken back: {reason}"
        if trouble := history.fail_run(self._connection, self._run, message):
            error.add_note(f"the history could not be told: {trouble}")
        note = f"the way back stopped at {stage.label}; {again} goes on from there"
        if isinstance(error, Conflict):
            history.keep_conflicts(self._connection, self._run, error.conflicts)
            stopped = Stopped(message, hint=error.hint, conflicts=error.conflicts)
            stopped.add_note(note)
            raise stopped from error
        error.add_note(note)
