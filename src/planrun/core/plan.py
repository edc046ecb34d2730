"""A plan as a value: what the YAML says, checked and frozen, not yet rendered.

Built by `planrun.edges.source`; read by everybody; changed by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from planrun.core.policy import OnConflict, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.errors import Place


class Transaction(StrEnum):
    """How far one transaction reaches: one step, or all SQL steps of the plan."""

    STEP = "step"
    PLAN = "plan"


class OnFailure(StrEnum):
    """What happens to the finished steps of a run when a later one fails."""

    STOP = "stop"
    ROLLBACK = "rollback"


class Severity(StrEnum):
    """Whether a failed check ends the run."""

    ERROR = "error"
    WARNING = "warning"


class DumpFormat(StrEnum):
    """The archive formats of pg_dump that planrun writes."""

    CUSTOM = "custom"
    PLAIN = "plain"


# --- SQL that the plan brings along ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inline:
    """Jinja or SQL text written in the plan itself; `place` is that of its first character."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Template:
    """A Jinja file; `path` is relative to the project's ``templates/`` folder."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True)
class Verbatim:
    """An SQL file that is sent as it stands, never rendered; `path` is relative to the project."""

    path: str
    place: Place


SqlSource = Inline | Template | Verbatim


# --- what a check expects ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExpectRows:
    """The query returns at least `min` and at most `max` rows (None: no bound)."""

    min: int | None
    max: int | None


@dataclass(frozen=True, slots=True)
class ExpectValue:
    """The query returns one row of one column, equal to `value` (a YAML scalar, None for NULL)."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class ExpectRange:
    """The query returns one row of one column between `min` and `max`, both included."""

    min: int | float | None
    max: int | float | None


@dataclass(frozen=True, slots=True)
class ExpectEmpty:
    """The query returns no row."""


@dataclass(frozen=True, slots=True)
class ExpectEqualsQuery:
    """The query returns the same rows as another one, in any order, duplicates counted."""

    other: SqlSource


@dataclass(frozen=True, slots=True)
class ExpectEqualsSaved:
    """The query returns the same rows as the result that an earlier check saved under `name`."""

    name: str


@dataclass(frozen=True, slots=True)
class ExpectColumns:
    """The result has these columns; a type of None accepts any (types as ``format_type`` prints them)."""

    columns: tuple[tuple[str, str | None], ...]


Expectation = (
    ExpectRows | ExpectValue | ExpectRange | ExpectEmpty | ExpectEqualsQuery | ExpectEqualsSaved | ExpectColumns
)


# --- the four kinds of step --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """A query and what it must return. `save_as` keeps the result for later checks of the plan."""

    sql: SqlSource
    expect: Expectation | None
    save_as: str | None = None
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person says that something outside the database was done."""

    text: str


@dataclass(frozen=True, slots=True)
class DatabaseBackup:
    """A pg_dump of the whole database."""

    format: DumpFormat = DumpFormat.CUSTOM
    schema_only: bool = False


@dataclass(frozen=True, slots=True)
class CsvBackup:
    """The rows of one query, exported by a client-side COPY."""

    sql: SqlSource
    allow_no_effect: bool = False


@dataclass(frozen=True, slots=True)
class TableBackup:
    """A copy of rows of `table` inside the database, in a new table `into`."""

    table: str
    into: str
    where: Inline | None = None
    allow_no_effect: bool = False


@dataclass(frozen=True, slots=True)
class FilesBackup:
    """Copies of files, by glob patterns relative to the project."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """How a script is cut into pages: `size` rows of `table`, in the order of `key`, in a transaction each.

    In the script $1, $2 … are the first key of the page, and as many parameters after them its last key.
    """

    table: str
    key: tuple[str, ...]
    size: int
    place: Place


@dataclass(frozen=True, slots=True)
class Migrate:
    """A script that changes the database; `asserts` are judged inside its transaction.

    Attributes:
        batch: how it is cut into pages, each with a transaction of its own.
        outside: it is one statement that runs outside of any transaction (``transaction: none``).
        on_conflict: what its way back does where the application wrote since.
    """

    sql: SqlSource
    asserts: tuple[QueryCheck, ...] = ()
    irreversible: bool = False
    allow_no_effect: bool = False
    batch: Batch | None = None
    outside: bool = False
    on_conflict: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Reverse:
    """A hand-written way back of the step `of`; it wins over the derived one."""

    of: str
    sql: SqlSource


Backup = DatabaseBackup | CsvBackup | TableBackup | FilesBackup
Action = Backup | Migrate | QueryCheck | Confirm | Reverse


def kind_of(action: Action) -> str:
    """Return the word of the plan for an action: backup, migrate, check or rollback."""
    match action:
        case DatabaseBackup() | CsvBackup() | TableBackup() | FilesBackup():
            return "backup"
        case Migrate():
            return "migrate"
        case QueryCheck() | Confirm():
            return "check"
        case Reverse():
            return "rollback"


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the plan."""

    id: str
    action: Action
    place: Place
    needs: tuple[str, ...] = ()
    description: str = ""

    @property
    def kind(self) -> str:
        """The word of the plan for what this step does."""
        return kind_of(self.action)


# --- the plan ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """The database that the plan is for. Every given field pins; a pin that differs refuses the run."""

    database: str | None = None
    host: str | None = None
    port: int | None = None
    user: str | None = None
    service: str | None = None
    sslmode: str | None = None
    system_identifier: str | None = None


@dataclass(frozen=True, slots=True)
class Defaults:
    """Limits of every step: timeouts in milliseconds (0: none), retries after a lock timeout or deadlock."""

    lock_timeout: int = 5_000
    statement_timeout: int = 30 * 60_000
    retries: int = 5


@dataclass(frozen=True, slots=True)
class Storage:
    """Where backup files go: a folder relative to the project."""

    path: str = "backups"


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan, in the order of its file.

    Attributes:
        project: the folder that holds ``plans/`` and ``templates/``; all paths of the plan are relative to it.
        on_conflict: what a rollback does with conflicts, for steps that do not say it themselves.
    """

    name: str
    file: str
    project: str
    steps: tuple[Step, ...]
    description: str = ""
    transaction: Transaction = Transaction.STEP
    on_failure: OnFailure = OnFailure.STOP
    on_conflict: OnConflict = OnConflict.ABORT
    target: Target = field(default_factory=Target)
    vars: Mapping[str, Any] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    search_path: tuple[str, ...] | None = None
    storage: Storage = field(default_factory=Storage)
