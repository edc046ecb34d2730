"""A statement that PostgreSQL forbids in a transaction, and what the catalogs say of it before and after.

Nothing of such a statement can be rolled back, so what it will do is settled before it is sent: the closed list is one
of statements that touch one index, or no definition at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planrun.core.script import Name


class Kind(StrEnum):
    """The statements of the closed list."""

    CREATE_INDEX = "create index"
    DROP_INDEX = "drop index"
    REINDEX = "reindex"
    DETACH = "detach partition"
    VACUUM = "vacuum"


@dataclass(frozen=True, slots=True)
class Outside:
    """What the text of such a statement says.

    Attributes:
        kind: which of the list it is.
        table: the table that it names; None where it names an index only, or nothing.
        index: the index that it makes, drops or builds again.
    """

    kind: Kind
    table: Name | None = None
    index: Name | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement of the way back that runs outside of a transaction, where the catalogs still call for it.

    Attributes:
        sql: the statement.
        when: the condition under which it is sent, an SQL expression.
    """

    sql: str
    when: str
