"""A plan as a value: what the YAML says, checked and frozen, not yet rendered.

Built by `planrun.edges.source`; read by everybody; changed by nobody.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from planrun.core.policy import OnConflict, Policy
from planrun.frozen import frozen

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
    DIRECTORY = "directory"
    PLAIN = "plain"


class Compression(StrEnum):
    """How a CSV file is made smaller."""

    GZIP = "gzip"
    ZSTD = "zstd"


class Event(StrEnum):
    """What a notification is sent on: a failed command, a rollback that met conflicts, or one that went well."""

    FAILURE = "failure"
    CONFLICT = "conflict"
    SUCCESS = "success"


# --- SQL that the plan brings along ------------------------------------------------------------


@frozen
class Inline:
    """Jinja or SQL text written in the plan itself; `place` is that of its first character."""

    text: str
    place: Place


@frozen
class Template:
    """A Jinja file; `path` is relative to the project's ``templates/`` folder."""

    path: str
    place: Place


@frozen
class Verbatim:
    """An SQL file that is sent as it stands, never rendered; `path` is relative to the project."""

    path: str
    place: Place


SqlSource = Inline | Template | Verbatim


# --- what a check expects ----------------------------------------------------------------------


@frozen
class ExpectRows:
    """The query returns at least `min` and at most `max` rows (None: no bound)."""

    min: int | None
    max: int | None


@frozen
class ExpectValue:
    """The query returns one row of one column, equal to `value` (a YAML scalar, None for NULL)."""

    value: str | int | float | bool | None


@frozen
class ExpectRange:
    """The query returns one row of one column between `min` and `max`, both included."""

    min: int | float | None
    max: int | float | None


@frozen
class ExpectEmpty:
    """The query returns no row."""


@frozen
class ExpectEqualsQuery:
    """The query returns the same rows as another one, in any order, duplicates counted."""

    other: SqlSource


@frozen
class ExpectEqualsSaved:
    """The query returns the same rows as the result that an earlier check saved under `name`."""

    name: str


@frozen
class ExpectColumns:
    """The result has these columns; a type of None accepts any (types as ``format_type`` prints them)."""

    columns: tuple[tuple[str, str | None], ...]


Expectation = (
    ExpectRows | ExpectValue | ExpectRange | ExpectEmpty | ExpectEqualsQuery | ExpectEqualsSaved | ExpectColumns
)


# --- the four kinds of step --------------------------------------------------------------------


@frozen
class QueryCheck:
    """A query and what it must return. `save_as` keeps the result for later checks of the plan."""

    sql: SqlSource
    expect: Expectation | None
    save_as: str | None = None
    severity: Severity = Severity.ERROR


@frozen
class Confirm:
    """A person says that something outside the database was done."""

    text: str


@frozen
class DatabaseBackup:
    """A pg_dump of the database.

    Attributes:
        schema_only: leave the rows out.
        jobs: how many tables are dumped at once, into a directory.
        tables: only these tables, each NAME or SCHEMA.NAME as SQL writes it; all if empty.
        schemas: only these schemas, by their names; all if empty.
    """

    format: DumpFormat = DumpFormat.CUSTOM
    schema_only: bool = False
    jobs: int = 1
    tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()


@frozen
class CsvBackup:
    """The rows of one query, exported by a client-side COPY."""

    sql: SqlSource
    allow_no_effect: bool = False
    compress: Compression | None = None


@frozen
class TableBackup:
    """A copy of rows of `table` inside the database, in a new table `into`."""

    table: str
    into: str
    where: Inline | None = None
    allow_no_effect: bool = False


@frozen
class FilesBackup:
    """Copies of files, by glob patterns relative to the project."""

    patterns: tuple[str, ...]


@frozen
class Batch:
    """How a script is cut into pages: `size` rows of `table`, in the order of `key`, in a transaction each.

    In the script $1, $2 … are the first key of the page, and as many parameters after them its last key.
    """

    table: str
    key: tuple[str, ...]
    size: int
    place: Place


@frozen
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


@frozen
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


@frozen
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


@frozen
class Target:
    """The database that the plan is for. Every given field pins; a pin that differs refuses the run."""

    database: str | None = None
    host: str | None = None
    port: int | None = None
    user: str | None = None
    service: str | None = None
    sslmode: str | None = None
    system_identifier: str | None = None


@frozen
class Defaults:
    """Limits of every step: timeouts in milliseconds (0: none), retries after a lock timeout or deadlock."""

    lock_timeout: int = 5_000
    statement_timeout: int = 30 * 60_000
    retries: int = 5


@frozen
class Keep:
    """Which backup sets a storage keeps; one that any part keeps stays.

    Attributes:
        age: those not older than this, in milliseconds.
        daily: the newest of each of so many days, in UTC, that have one; likewise `weekly` (ISO) and `monthly`.
        at_least: so many of the newest, whatever their age.
    """

    age: int | None = None
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    at_least: int = 1


@frozen
class Folder:
    """A folder for backup sets, relative to the project; without `keep` nothing is ever pruned."""

    path: str
    keep: Keep | None = None


@frozen
class Bucket:
    """A place in an object store for copies of backup sets, such as ``s3://bucket/prefix``.

    Attributes:
        endpoint: the address of a service that speaks S3; that of AWS if not given.
        region: its region; what the environment says if not given.
        keep: as that of a folder.
    """

    url: str
    endpoint: str | None = None
    region: str | None = None
    keep: Keep | None = None


Storage = Folder | Bucket

BACKUPS = "backups"
"""The folder of the backups of a plan that names none."""

DEFAULT_STORAGE: tuple[Storage, ...] = (Folder(BACKUPS),)
"""That of a plan which names none."""


@frozen
class Require:
    """What `execute` wants before the first migrate step: a backup set that was restored and found equal.

    `max_age`: how long ago that may be, in milliseconds.
    """

    max_age: int = 86_400_000


@frozen
class Alert:
    """What `planrun alert` calls overdue, in milliseconds; None: nothing.

    Attributes:
        expect_every: how old the newest completed backup may be.
        verify_every: how long ago the newest verification may be.
    """

    expect_every: int | None = None
    verify_every: int | None = None


@frozen
class Notify:
    """Who is told: the addresses, as apprise takes them, stand in the environment variable `urls_from`."""

    on: tuple[Event, ...]
    urls_from: str


@frozen
class Plan:
    """A whole plan, in the order of its file.

    Attributes:
        project: the folder that holds ``plans/`` and ``templates/``; all paths of the plan are relative to it.
        on_conflict: what a rollback does with conflicts, for steps that do not say it themselves.
        storage: where backup sets go: written to the first, a folder, and copied to the others when they are complete.
        recipients: public keys of age that backup files are encrypted for; none if empty.
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
    storage: tuple[Storage, ...] = DEFAULT_STORAGE
    recipients: tuple[str, ...] = ()
    require: Require | None = None
    alert: Alert = field(default_factory=Alert)
    notify: Notify | None = None

    @property
    def folder(self) -> Folder:
        """The folder that backup sets are written to."""
        match self.storage[0]:
            case Folder() as folder:
                return folder
            case Bucket(url=url):
                raise AssertionError(f"the loader takes no plan whose first storage is {url}")
