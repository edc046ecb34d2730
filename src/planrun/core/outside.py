"""A statement that PostgreSQL forbids in a transaction, and what the catalogs say of it before and after.

Nothing of such a statement can be rolled back, so what it will do is settled before it is sent: the closed list is one
of statements that touch one index, or no definition at all.
"""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planrun.core.script import Name


class Kind(StrEnum):
    """The statements of the closed list."""

    CREATE_INDEX = "create index"
    DROP_INDEX = "drop index"
    REINDEX = "reindex"
    DETACH = "detach partition"
    VACUUM = "vacuum"


@frozen
class Outside:
    """What the text of such a statement says.

    Attributes:
        kind: which of the list it is.
        table: the table that it names; None where it names an index only, or nothing.
        index: the index that it makes, drops or builds again; or the partition that it detaches.
    """

    kind: Kind
    table: Name | None = None
    index: Name | None = None


@frozen
class Sent:
    """A statement of the way back that runs outside of a transaction, where the catalogs still call for it.

    Attributes:
        sql: the statement.
        when: the condition under which it is sent, an SQL expression.
        index: the quoted, qualified name of the index that it makes or drops; empty where it only clears away.
    """

    sql: str
    when: str
    index: str = ""


@frozen
class Intent:
    """What is about to be sent, and what the catalogs said before; committed first, so that an interruption is settled.

    Attributes:
        kind: what it is.
        table: the OID of the table, or of the one whose index it is; 0 for none.
        name: the quoted, qualified name of the index or the partition; empty for none.
        oid: its OID; 0 when it is not there.
        invalid: the indexes of the table that were not valid, by OID.
    """

    kind: Kind
    table: int = 0
    name: str = ""
    oid: int = 0
    invalid: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as an object that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from what `to_json` made."""
        return cls(**{**row, "kind": Kind(row["kind"]), "invalid": tuple(row["invalid"])})

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do: IF NOT EXISTS found the index, or IF EXISTS did not."""
        match self.kind:
            case Kind.CREATE_INDEX:
                return self.oid != 0
            case Kind.DROP_INDEX:
                return self.oid == 0
            case _:
                return False
