"""What the system catalogs say about relations, as values: read by an edge, compared by `inverse`.

Texts are what the server itself deparsed under an empty search_path. They change when something that they mention
is renamed, so they are never compared: where an object has a definition, `body` tells whether it is the same one (a
hash of what the catalogs store, which holds OIDs and attnums). Objects are known by OID, columns by (table OID,
attnum): a rename is a rename.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


def quoted(name: str) -> str:
    """Return a name as the catalogs hold it, quoted; a dot in it is part of the name."""
    return '"' + name.replace('"', '""') + '"'


Grant = tuple[str, str, str, bool]
"""Grantor, grantee (empty: PUBLIC), privilege, with grant option."""


class _FromJson:
    """Builds a value from the JSON object that ``describe_relations.sql`` makes for it."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        known = {item.name for item in fields(cls)}  # type: ignore[arg-type]  # every subclass is a dataclass
        return cls(**{name: _frozen(value) for name, value in row.items() if name in known})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Column(_FromJson):
    """A column.

    `exact_equality`: SQL equality of its type is equality of the stored image. `equals`: the operator of that equality.
    `type_storage`: the storage that its type comes with.
    """

    attnum: int
    name: str
    type: str
    not_null: bool
    collation: str | None = None
    default: str | None = field(default=None, compare=False)
    default_oid: int | None = field(default=None, compare=False)
    body: str | None = None
    identity: str = ""
    generated: str = ""
    storage: str = "p"
    type_storage: str = field(default="p", compare=False)
    compression: str = ""
    statistics: int | None = None
    options: tuple[str, ...] | None = None
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None
    inherited: bool = False
    missing: str | None = None
    exact_equality: bool = False
    equals: str = "="


@dataclass(frozen=True, slots=True)
class Constraint(_FromJson):
    """A table constraint; `type` is pg_constraint.contype, `foreign` the referenced table's OID or 0."""

    oid: int
    name: str
    type: str
    definition: str = field(compare=False)
    body: str | None = None
    index: int | None = None
    columns: tuple[int, ...] | None = None
    foreign: int = 0
    validated: bool = True
    deferrable: bool = False
    deferred: bool = False
    inherited: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Index(_FromJson):
    """An index; `constraint` is the OID of the constraint that it carries, if it does."""

    oid: int
    name: str
    definition: str = field(compare=False)
    constraint: int | None = None
    unique: bool = False
    primary: bool = False
    valid: bool = True
    immediate: bool = True
    partial: bool = False
    expressions: bool = False
    columns: tuple[int, ...] = ()
    clustered: bool = False
    replica_identity: bool = False
    tablespace: int = 0
    options: tuple[str, ...] | None = None
    statistics: tuple[tuple[int, int], ...] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Attached(_FromJson):
    """A trigger or a rule: an object that belongs to one table and is defined by one statement."""

    oid: int
    name: str
    definition: str = field(compare=False)
    body: str | None = None
    enabled: str = "O"
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Policy(_FromJson):
    """A row security policy."""

    oid: int
    name: str
    command: str
    permissive: bool
    roles: tuple[str, ...]
    using: str | None = field(default=None, compare=False)
    check: str | None = field(default=None, compare=False)
    body: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Statistics(_FromJson):
    """Extended statistics of a table."""

    oid: int
    schema: str
    name: str
    definition: str = field(compare=False)
    target: int | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence(_FromJson):
    """The options of a sequence, as text."""

    type: str
    start: str
    increment: str
    min: str
    max: str
    cache: str
    cycle: bool


@dataclass(frozen=True, slots=True)
class Relation(_FromJson):
    """A table, view, materialized view, sequence, foreign table or composite type with all that hangs on it."""

    oid: int
    schema: str
    name: str
    kind: str
    owner: str
    persistence: str = "p"
    acl: tuple[Grant, ...] | None = None
    options: tuple[str, ...] | None = None
    toast_options: tuple[str, ...] | None = None
    tablespace: int = 0
    access_method: int = 0
    filenode: int | None = None
    replica_identity: str = "d"
    row_security: bool = False
    force_row_security: bool = False
    owned: bool = field(default=True, compare=False)
    in_tree: bool = False
    of_type: int = 0
    comment: str | None = None
    definition: str | None = field(default=None, compare=False)
    body: str | None = None
    dependants: tuple[int, ...] | None = field(default=None, compare=False)
    extension: str | None = None
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Attached, ...] = ()
    internal_triggers: tuple[tuple[int, str], ...] = ()
    rules: tuple[Attached, ...] = ()
    policies: tuple[Policy, ...] = ()
    statistics: tuple[Statistics, ...] = ()
    sequence: Sequence | None = None
    owned_by: tuple[int, int, str] | None = None

    @property
    def qualified(self) -> str:
        """The quoted, schema-qualified name."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def temporary(self) -> bool:
        """Whether it lives in the session only."""
        return self.persistence == "t"

    def column(self, attnum: int) -> Column | None:
        """Return the column with this number, or None."""
        return next((column for column in self.columns if column.attnum == attnum), None)

    @property
    def hides_rows(self) -> bool:
        """Whether even its owner may not see all of its rows."""
        return self.row_security and self.force_row_security

    @property
    def key(self) -> tuple[int, ...]:
        """Return the attnums of the key that finds a row again: the primary key, else a NOT NULL unique one.

        An empty tuple when the table has none.
        """
        usable = [
            index
            for index in self.indexes
            if index.unique and index.valid and index.immediate and not index.partial and not index.expressions
        ]
        for index in sorted(usable, key=lambda index: (not index.primary, index.oid)):
            columns = [self.column(attnum) for attnum in index.columns]
            if all(column is not None and column.not_null and not column.generated for column in columns):
                return index.columns
        return ()


_PARTS: dict[str, type[_FromJson]] = {
    "columns": Column,
    "constraints": Constraint,
    "indexes": Index,
    "triggers": Attached,
    "rules": Attached,
    "policies": Policy,
    "statistics": Statistics,
}


def relation(row: Mapping[str, Any]) -> Relation:
    """Build a relation from the JSON object of ``describe_relations.sql``."""
    plain = {name: value for name, value in row.items() if value is not None}
    for name, part in _PARTS.items():
        plain[name] = [part.of(item) for item in plain.get(name, ())]
    if "sequence" in plain:
        plain["sequence"] = Sequence.of(plain["sequence"])
    return Relation.of(plain)


@dataclass(frozen=True, slots=True)
class Function(_FromJson):
    """A function or procedure; `definition` is the server's CREATE OR REPLACE statement."""

    oid: int
    schema: str
    name: str
    kind: str
    arguments: str = field(compare=False)
    definition: str | None = field(compare=False)
    owner: str
    body: str | None = None
    sql_body: bool = False
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None

    @property
    def qualified(self) -> str:
        """The quoted name with its identity arguments, as DROP ROUTINE takes it."""
        return f"{quoted(self.schema)}.{quoted(self.name)}({self.arguments})"


@dataclass(frozen=True, slots=True)
class Schema(_FromJson):
    """A schema; `name` is quoted."""

    oid: int
    name: str
    owner: str
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Type(_FromJson):
    """An enum, a domain or another type that is no relation's; `name` is quoted and qualified."""

    oid: int
    name: str
    kind: str
    owner: str
    body: str | None = None
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that was read, by OID."""

    relations: Mapping[int, Relation]
    functions: Mapping[int, Function]
    schemas: Mapping[int, Schema]
    types: Mapping[int, Type]


Address = tuple[str, int, int]
"""What pg_depend calls an object: its catalog, its OID, and of a column its attnum (else 0)."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """One row of pg_depend: `user` needs `used`; `kind` is deptype, `label` says what the user is."""

    user: Address
    used: Address
    kind: str
    label: str
