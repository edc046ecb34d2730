"""What is known of a run and its steps after the fact."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from planrun.errors import ConflictRecord
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from planrun.core.batches import Page
    from planrun.core.undo import Undo

__all__ = [
    "ArtifactRecord",
    "ConflictRecord",
    "ListedConflict",
    "RunRecord",
    "Server",
    "StatementRecord",
    "StepRecord",
]

NOTHING = "nothing to take back"
"""The way back of a step that only reads, that only writes files, or that changed nothing."""

RESTORE = "restore:"
"""What the step begins with that brings rows of a backup back; no step of a plan has a colon in its name."""

NOT_NEEDED = "not needed"
"""The same in a table for people."""


@frozen
class StatementRecord:
    """One statement that was sent: its kind, its rows as the server reported them, its time in seconds."""

    tag: str
    rows: int
    seconds: float


@frozen
class StepRecord:
    """A step as the history holds it.

    Attributes:
        id: its number in the history.
        run: the run that it belongs to.
        step: its id in the plan.
        kind: backup, migrate, check or rollback.
        status: running, done, warned or failed.
        digest: the hash of its rendered work.
        source: its rendered statements.
        rows: rows that its statements reported; None when it has no statement.
        undo: its way back; None for steps that leave nothing.
        undo_bytes: the size of its undo log.
        reversed_by: the run that took it back.
        again_by: the rollback of a rollback that brought it again, and whose undo log holds its way back now.
        note: what a check found, or why it failed.
        page: of one page of a batched step, which one; the step is done by a record of its own, without a page.
    """

    id: int
    run: int
    step: str
    kind: str
    status: str
    digest: str
    source: str
    started: datetime
    finished: datetime | None
    rows: int | None = None
    statements: tuple[StatementRecord, ...] = ()
    undo: Undo | None = None
    undo_bytes: int = 0
    reversed_by: int | None = None
    note: str = ""
    page: Page | None = None
    again_by: int | None = None

    @property
    def restores(self) -> bool:
        """Whether it brought rows of a backup back: then it is no step of any plan."""
        return self.step.startswith(RESTORE)

    @property
    def in_effect(self) -> bool:
        """Whether it ran and was not taken back."""
        return self.ran and self.reversed_by is None

    @property
    def ran(self) -> bool:
        """Whether it came to its end, and its effect was committed."""
        return self.status in {"done", "warned"}

    @property
    def lasting(self) -> bool:
        """Whether it is in effect, and done once: no backup in files and no check, which leave nothing to take back."""
        return self.in_effect and (self.kind == "migrate" or self.undo is not None)

    @property
    def way_back(self) -> str:
        """How it comes back, in words; empty for a step that did not come to its end."""
        undo = self.undo
        if undo is None:
            return NOTHING if self.ran else ""
        # A batched step leaves what is to be taken back to its pages; its own record has no statements.
        pages = bool(self.rows) and not self.statements
        ways = (
            (bool(undo.by_hand), f"by step {undo.by_hand}"),
            (undo.irreversible, "irreversible"),
            (undo.copy is not None, "dropped last"),
            (bool(undo.caveats), "exact, with a caveat"),
            (undo.empty and not pages, NOTHING),
        )
        return next((words for holds, words in ways if holds), "exact") if self.ran else ""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What comes back a little different."""
        return self.undo.caveats if self.undo is not None and self.ran else ()


@frozen
class RunRecord:
    """A run as the history holds it; `reverses` is the run that a rollback took back.

    `by_hand` is the last step of all runs that were read with it that a script written by hand takes, or took, back.
    """

    id: int
    plan: str
    direction: str
    status: str
    transaction: str
    started: datetime
    finished: datetime | None
    role: str
    reverses: int | None = None
    error: str | None = None
    finalized: datetime | None = None
    steps: tuple[StepRecord, ...] = ()
    by_hand: int = 0

    @property
    def stands(self) -> bool:
        """Whether it went forward, and steps of it are in effect that can be taken back."""
        return self.direction == "execute" and self.finalized is None and any(step.lasting for step in self.steps)

    @property
    def logged(self) -> bool:
        """Whether undo logs of its steps stand in the database."""
        return any(step.in_effect and step.undo is not None and step.undo.side_tables for step in self.steps)


@frozen
class ListedConflict:
    """A conflict with the rollback that met it.

    Attributes:
        rollback: the number of the rollback.
        plan: its plan.
        run: the run that it took back, or would have.
        status: of the rollback.
        started: when the rollback began.
        conflict: what stood in the way.
        outcome: what became of it; None while the rollback is under way.
    """

    rollback: int
    plan: str
    run: int | None
    status: str
    started: datetime
    conflict: ConflictRecord
    outcome: str | None


@frozen
class ArtifactRecord:
    """A backup in one place, as the monitoring table holds it.

    Attributes:
        id: its number.
        run: the run that made it.
        step: the step that made it.
        kind: database, schema, csv, files or table.
        path: where it is.
        bytes: its size; None while it is unknown.
        status: pending, running, completed, failed, missing or pruned.
        created: when it began.
        completed: when it was complete, or had failed.
        error: why it failed or is missing.
        set_name: the backup set that it belongs to; None for a table in the database.
        store: the address of the store that holds the set; None for a table.
        verified: when its set was last found to be what the manifest says.
        verified_level: what was compared then: ``bytes``, or ``restored``.
        pruned: when retention removed it.
    """

    id: int
    run: int
    step: str
    kind: str
    path: str
    bytes: int | None
    status: str
    created: datetime
    completed: datetime | None
    error: str | None
    set_name: str | None = None
    store: str | None = None
    verified: datetime | None = None
    verified_level: str | None = None
    pruned: datetime | None = None


@frozen
class Server:
    """What the target is: said before a run asks, and pinned by the plan."""

    database: str
    role: str
    major: int
    version: str
    system_identifier: str | None
    superuser: bool
    recovery: bool
    address: str = ""
    host: str = ""
    port: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)
