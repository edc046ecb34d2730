"""The schedule: a plan in its order, rendered and hashed. What dry-run prints is what execute sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planrun.core.plan import Transaction
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.outside import Outside
    from planrun.core.plan import Batch, Compression, DumpFormat, Expectation, Plan, Severity, Step
    from planrun.core.script import Script, Statement


@frozen
class CheckWork:
    """A rendered check: the query, what it must return, and the query it is compared with (with script)."""

    query: Statement
    script: Script
    expect: Expectation | None
    reference: Statement | None
    save_as: str | None
    severity: Severity
    reference_script: Script | None = None


@frozen
class ConfirmWork:
    """A question to a person."""

    text: str


@frozen
class MigrateWork:
    """The statements of a migrate step and the checks before its COMMIT.

    Attributes:
        batch: how it is cut into pages; the asserts are judged before the COMMIT of each.
        outside: for the one statement of a step with ``transaction: none``, what its text says.
        bounds: of one page of it, what its parameters are given: first and last key.
    """

    statements: tuple[Statement, ...]
    script: Script
    asserts: tuple[CheckWork, ...]
    irreversible: bool
    allow_no_effect: bool
    batch: Batch | None = None
    outside: Outside | None = None
    bounds: tuple[Any, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What its statements do that no way back reaches, each once."""
        return tuple(dict.fromkeys(note for statement in self.statements for note in statement.notes))


@frozen
class ReverseWork:
    """The statements of a hand-written way back of the step `of`."""

    of: str
    statements: tuple[Statement, ...]
    script: Script


@frozen
class DumpWork:
    """A pg_dump of the database; its fields are those of `planrun.core.plan.DatabaseBackup`."""

    format: DumpFormat
    schema_only: bool
    jobs: int = 1
    tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()


@frozen
class CsvWork:
    """A query whose rows go to a CSV file."""

    query: Statement
    script: Script
    allow_no_effect: bool
    compress: Compression | None = None


@frozen
class TableCopyWork:
    """A copy inside the database; `statement` is the CREATE TABLE … AS that makes it."""

    table: str
    into: str
    where: str | None
    statement: Statement
    script: Script
    allow_no_effect: bool


@frozen
class FilesWork:
    """Files to copy, by glob patterns relative to the project."""

    patterns: tuple[str, ...]


FileWork = DumpWork | CsvWork | FilesWork
"""What makes files of a backup set, and changes nothing in the database."""
BackupWork = FileWork | TableCopyWork
Work = BackupWork | CheckWork | ConfirmWork | MigrateWork | ReverseWork


@frozen
class ScheduledStep:
    """A step with its rendered work and the SHA-256 (hex) of everything that decides what it does."""

    step: Step
    work: Work
    digest: str

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.step.id


@frozen
class Schedule:
    """All steps in the order of execution."""

    plan: Plan
    steps: tuple[ScheduledStep, ...]

    @property
    def outside(self) -> frozenset[str]:
        """Which steps the one transaction of a whole plan does not hold: what makes files, and what that needs.

        They come before it; empty where each step is its own transaction.
        """
        return frozenset() if self.plan.transaction is Transaction.STEP else _early(self.steps)


def arranged(plan: Plan, steps: tuple[ScheduledStep, ...]) -> Schedule:
    """Return the schedule of a plan's ordered steps; what stands outside of its one transaction comes first."""
    outside = Schedule(plan, steps).outside
    return Schedule(plan, tuple(sorted(steps, key=lambda step: bool(outside) and step.id not in outside)))


def by_hand(steps: Iterable[ScheduledStep]) -> dict[str, tuple[Statement, ...]]:
    """Return the statements of the hand-written ways back among steps, by the step that they take back."""
    return {step.work.of: step.work.statements for step in steps if isinstance(step.work, ReverseWork)}


def side_by_side(steps: Iterable[ScheduledStep]) -> Iterator[tuple[ScheduledStep, ...]]:
    """Cut steps, in their order, into groups that may run at the same time.

    Neighbours that make backup files are a group, as far as none needs another of it; any other step is one alone.
    """
    group: list[ScheduledStep] = []
    for step in steps:
        alone = not isinstance(step.work, FileWork) or any(other.id in step.step.needs for other in group)
        if group and (alone or not isinstance(group[-1].work, FileWork)):
            yield tuple(group)
            group = []
        group.append(step)
    if group:
        yield tuple(group)


def _early(steps: tuple[ScheduledStep, ...]) -> frozenset[str]:
    by_id = {step.id: step for step in steps}
    early: set[str] = set()
    pending = [step.id for step in steps if isinstance(step.work, FileWork)]
    while pending:
        name = pending.pop()
        if name not in early:
            early.add(name)
            pending.extend(by_id[name].step.needs)
    return frozenset(early)
