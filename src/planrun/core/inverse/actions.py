"""What the comparison of two catalogs yields: statements in phases, caveats and refusals."""

from __future__ import annotations

from enum import IntEnum, auto
from typing import TYPE_CHECKING

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.catalog import Address


class Phase(IntEnum):
    """The order in which the inverse DDL of one step runs; rows are put back at DATA.

    First what the step added goes, under the names of after the step; then names come back; then what the step took
    comes back, the used before its users, under the names of before it. Among the phases that end in OFF this is the
    order of things that do not depend on each other: `order` puts users before the used.
    """

    SCHEMA_NAMES_BACK = auto()
    PARENTS_OFF = auto()
    RULES_OFF = auto()
    VIEWS_OFF = auto()
    FOREIGN_KEYS_OFF = auto()
    IDENTITIES_OFF = auto()
    CONSTRAINTS_OFF = auto()
    NOT_NULL_OFF = auto()
    INDEXES_OFF = auto()
    DEFAULTS_OFF = auto()
    COLUMNS_OFF = auto()
    TABLES_OFF = auto()
    SEQUENCES_OFF = auto()
    OBJECTS_OFF = auto()
    FUNCTIONS_OFF = auto()
    TYPES_OFF = auto()
    SCHEMAS_ON = auto()
    FUNCTION_NAMES_BACK = auto()
    NAMES_AWAY = auto()
    TYPE_NAMES_BACK = auto()
    SCHEMAS_CHANGED = auto()
    NAMES_BACK = auto()
    COLUMN_NAMES_BACK = auto()
    TYPES_ON = auto()
    FUNCTIONS_ON = auto()
    OWNERS_ON = auto()
    SEQUENCES_ON = auto()
    RETYPED = auto()
    FUNCTIONS_RETYPED = auto()
    TYPES_LATE = auto()
    SCHEMAS_OFF = auto()
    TABLES_ON = auto()
    COLUMNS_ON = auto()
    DATA = auto()
    NOT_NULL_ON = auto()
    IDENTITIES_ON = auto()
    DEFAULTS_ON = auto()
    INDEXES_ON = auto()
    CONSTRAINTS_ON = auto()
    INDEXES_JOINED = auto()
    PARENTS_ON = auto()
    FOREIGN_KEYS_ON = auto()
    VIEWS_ON = auto()
    FUNCTIONS_LATE = auto()
    RULES_ON = auto()
    SETTINGS_ON = auto()
    COMMENTS_ON = auto()
    GRANTS_ON = auto()
    CONTENT_ON = auto()


@frozen
class Action:
    """One statement of the inverse DDL.

    Attributes:
        phase: when it runs.
        sql: the statement.
        drops: the object that it drops, if it drops one.
        also: other objects that go with that one.
        late: where columns need the object until they have their old type back: what gets its name out of the way
            instead, if that has to be, and what drops it then.
    """

    phase: Phase
    sql: str
    drops: Address | None = None
    also: tuple[Address, ...] = ()
    late: tuple[str, str] | None = None


@frozen
class Refusal:
    """A change whose way back cannot be derived: the object, why, and what to do instead."""

    object: str
    reason: str
    cure: str = "write a rollback step for it, or set irreversible: true"


@frozen
class Caveat:
    """A change that comes back, but for one thing that cannot be seen in the data.

    Attributes:
        text: the whole of it as a sentence.
        column: the table and the column that comes back as its last one, where that is the caveat.
    """

    text: str
    column: tuple[str, str] | None = None


def gathered(caveats: Iterable[Caveat]) -> tuple[Caveat, ...]:
    """Return the caveats with those of several columns of one table as one, in the place of the first."""
    found = tuple(caveats)
    columns: dict[str, list[str]] = {}
    for table, column in (caveat.column for caveat in found if caveat.column is not None):
        columns.setdefault(table, []).append(column)
    kept: dict[Caveat, None] = {}
    for caveat in found:
        several = columns[caveat.column[0]] if caveat.column is not None else []
        if caveat.column is None or len(several) == 1:
            kept[caveat] = None
        else:
            table = caveat.column[0]
            kept[Caveat(f"columns {', '.join(several)} of {table} come back as the last ones of the table")] = None
    return tuple(kept)


Finding = Action | Refusal | Caveat
