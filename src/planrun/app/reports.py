"""What the use-cases return: plain values that the command line prints, as text or as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planrun.ports import StepReport

__all__ = ["ConflictsReport", "FinalizeReport", "RollbackReport", "RunReport", "StatusReport", "StepReport"]

if TYPE_CHECKING:
    from datetime import datetime

    from planrun.core.record import ArtifactRecord, ConflictRecord, ListedConflict, RunRecord


@dataclass(frozen=True, slots=True)
class RunReport:
    """What `execute` did. `run` is None when there was nothing to do."""

    plan: str
    target: str
    run: int | None
    status: str
    steps: tuple[StepReport, ...]
    undo_bytes: int = 0
    backup_set: str | None = None


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What `rollback` did, or with `preview` what it would do: rows to put back by step, and conflicts.

    Attributes:
        conflicts: of a preview, each with its outcome; None while it stands in the way.
        remaining: the steps of the run that stay in effect.
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
    conflicts: tuple[ConflictRecord, ...] = ()
    remaining: tuple[str, ...] = ()
    kept: int = 0
    restored: int = 0

    @property
    def possible(self) -> bool:
        """Whether no conflict stands in the way."""
        return all(conflict.outcome is not None for conflict in self.conflicts)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the history says at `now`, by the server's clock.

    `can_roll_back` names the run that `rollback` would take back, for each plan.

    `leftovers` are triggers and tables that a killed run left behind; the next run sweeps them.

    `artifacts` are the backups as they are: missing where a store of the plan does not hold them any more. `unseen` are
    the stores that could not be looked at, and why.
    """

    target: str
    now: datetime
    installed: bool
    holder: str | None
    runs: tuple[RunRecord, ...]
    artifacts: tuple[ArtifactRecord, ...]
    conflicts: tuple[ConflictRecord, ...]
    can_roll_back: tuple[tuple[str, int], ...]
    leftovers: tuple[str, ...]
    undo_bytes: int
    unseen: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictsReport:
    """The conflicts that the history holds; `file` is where they were written, `count` how many there are."""

    target: str
    count: int
    conflicts: tuple[ListedConflict, ...] = ()
    file: str | None = None


@dataclass(frozen=True, slots=True)
class FinalizeReport:
    """What `finalize` dropped: the runs whose way back is given up, their side tables and their size in bytes."""

    plan: str
    target: str
    runs: tuple[int, ...]
    tables: tuple[str, ...]
    bytes: int
