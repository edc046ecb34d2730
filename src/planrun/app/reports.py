"""What the use-cases return: plain values that the command line prints, as text or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.frozen import frozen
from planrun.ports import StepReport

__all__ = [
    "ConflictsReport",
    "FinalizeReport",
    "PruneReport",
    "PrunedSet",
    "PrunedStore",
    "RollbackReport",
    "RunReport",
    "StatusReport",
    "StepReport",
    "nothing_to_do",
    "skipped",
    "waiting",
]

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from planrun.app.surveying import Left
    from planrun.core.manifest import TableContent
    from planrun.core.plan import Keep
    from planrun.core.policy import OnConflict
    from planrun.core.progress import Progress
    from planrun.core.record import ArtifactRecord, ConflictRecord, ListedConflict, RunRecord, Server
    from planrun.core.retention import Action, Reason
    from planrun.core.schedule import Schedule
    from planrun.edges.postgres.rows_back import TableReport


@frozen
class RunReport:
    """What `execute` did.

    Attributes:
        run: its number; None when there was nothing to do.
        earlier: other runs of the plan of which steps are in effect, the last one first; each goes back by itself.
    """

    plan: str
    target: str
    run: int | None
    status: str
    steps: tuple[StepReport, ...]
    undo_bytes: int = 0
    backup_set: str | None = None
    earlier: tuple[int, ...] = ()


@frozen
class RollbackReport:
    """What `rollback` did, or with `preview` what it would do: rows to put back by step, and conflicts.

    Attributes:
        conflicts: of a preview, each with its outcome; None while it stands in the way.
        not_compared: of a preview, the steps whose turn did not come: more may stand in their way than is listed.
        remaining: the steps of the run that stay in effect.
        others: the other runs of the plan that stay in effect and can be taken back, the next one first.
        kept: how many conflicts were kept.
        restored: how many were restored.
    """

    plan: str
    target: str
    reverses: int
    run: int | None
    preview: bool
    steps: tuple[str, ...]
    rows: tuple[tuple[str, int], ...]
    conflicts: Sequence[ConflictRecord] = ()
    not_compared: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    others: tuple[int, ...] = ()
    kept: int = 0
    restored: int = 0

    @property
    def possible(self) -> bool:
        """Whether no conflict stands in the way."""
        return all(conflict.outcome is not None for conflict in self.conflicts)


@frozen
class StatusReport:
    """What the history says at `now`, by the server's clock.

    `can_roll_back` names the run that `rollback` would take back, for each plan. `conflicts` are those of the last
    rollback, if it failed.

    `leftovers` are triggers and tables that a killed run left behind; the next run sweeps them.

    `artifacts` are the backups as they are: missing where a store of the plan does not hold them any more. `unseen` are
    the stores that could not be looked at, and why.

    `waiting` are the steps of the plan that are not in effect, where others are: `execute` runs them.

    `mismatches` say in which pinned respects this is another database than the plan is for: a run would be refused.
    """

    target: str
    now: datetime
    installed: bool
    holder: str | None = None
    runs: tuple[RunRecord, ...] = ()
    artifacts: tuple[ArtifactRecord, ...] = ()
    conflicts: Sequence[ConflictRecord] = ()
    can_roll_back: tuple[tuple[str, int], ...] = ()
    leftovers: tuple[str, ...] = ()
    undo_bytes: int = 0
    unseen: tuple[tuple[str, str], ...] = ()
    mismatches: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


@frozen
class ConflictsReport:
    """The conflicts that the history holds; `file` is where they were written, `count` how many there are."""

    target: str
    count: int
    conflicts: Sequence[ListedConflict] = ()
    file: str | None = None


@frozen
class FinalizeReport:
    """What `finalize` dropped: the runs whose way back is given up, their side tables and their size in bytes."""

    plan: str
    target: str
    runs: tuple[int, ...]
    tables: tuple[str, ...]
    bytes: int


@frozen
class PrunedSet:
    """What was decided about a backup set of a plan, and what came of it.

    Attributes:
        bytes: of the files that the manifest names and that are there.
        deleted: whether it is gone.
        outcome: why it is still there although it was to go.
        left: what nobody named, and therefore stayed in its folder.
    """

    name: str
    started: datetime
    run: int
    bytes: int
    action: Action
    reasons: tuple[Reason, ...]
    deleted: bool = False
    outcome: str = ""
    left: tuple[str, ...] = ()


@frozen
class PrunedStore:
    """A store of the plan: what it is to keep (None: everything), the plan's sets, and all else that lies in it."""

    store: str
    keep: Keep | None
    sets: tuple[PrunedSet, ...]
    others: tuple[Left, ...]


@frozen
class PruneReport:
    """What `backup prune` did, or with `dry_run` would do.

    Attributes:
        now: by the server's clock or by that of this machine, whichever is earlier.
        clock_ahead: how many seconds the clock of this machine is ahead of the server's.
    """

    plan: str
    target: str
    now: datetime
    clock_ahead: float
    dry_run: bool
    stores: tuple[PrunedStore, ...]


@frozen
class RestoreReport:
    """What a restore of a dump did, or with `dry_run` would do.

    Attributes:
        step: the backup step that made the dump.
        compared: whether the rows of every table were compared afterwards, and are those that were saved.
        tables: the tables that were compared.
        besides: tables of the database that the dump knows nothing of.
    """

    target: str
    step: str
    dry_run: bool
    compared: bool
    tables: tuple[TableContent, ...]
    besides: tuple[str, ...] = ()


@frozen
class RowsRestoreReport:
    """What a restore of rows did, or with `dry_run` would do; `run` takes it back, None where nothing was written."""

    target: str
    run: int | None
    dry_run: bool
    on_conflict: OnConflict
    tables: tuple[TableReport, ...]
    conflicts: Sequence[ConflictRecord] = ()

    @property
    def possible(self) -> bool:
        """Whether no conflict stands in the way."""
        return all(conflict.outcome is not None for conflict in self.conflicts)


def skipped(schedule: Schedule, done: Collection[str]) -> tuple[StepReport, ...]:
    """Return the reports of the steps that had run before."""
    return tuple(StepReport(step.id, step.step.kind, "skipped") for step in schedule.steps if step.id in done)


def waiting(progress: Progress) -> tuple[StepReport, ...]:
    """Return the reports of the steps behind ``--until``."""
    return tuple(StepReport(step.id, step.step.kind, "waiting") for step in progress.waiting)


def nothing_to_do(schedule: Schedule, progress: Progress, server: Server) -> RunReport:
    """Return the report of a run that found every step in effect, up to that of ``--until``."""
    steps = (*skipped(schedule, progress.done), *waiting(progress))
    return RunReport(schedule.plan.name, server.address, None, "nothing to do", steps)
