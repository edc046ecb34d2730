"""What the system catalogs say about relations and other objects, as values: read by an edge, compared by `inverse`.

Texts are what the server itself deparsed under an empty search_path. They change when something that they mention
is renamed, so they are never compared: where an object has a definition, `body` tells whether it is the same one (a
hash of what the catalogs store, which holds OIDs and attnums). Objects are known by OID, columns by (table OID,
attnum): a rename is a rename.
"""

from __future__ import annotations

from dataclasses import field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


def quoted(name: str) -> str:
    """Return a name as the catalogs hold it, quoted; a dot in it is part of the name."""
    return '"' + name.replace('"', '""') + '"'


Grant = tuple[str, str, str, bool]
"""Grantor, grantee (empty: PUBLIC), privilege, with grant option."""


class _FromJson:
    """Builds a value from the JSON object that one of the ``describe_*.sql`` makes for it."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        known = _names(cls)  # type: ignore[arg-type]  # a class has a hash
        return cls(**{name: _frozen(value) for name, value in row.items() if name in known})


@cache
def _names(cls: type[_FromJson]) -> frozenset[str]:
    return frozenset(item.name for item in fields(cls))  # type: ignore[arg-type]  # every subclass is a dataclass


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


@frozen
class Column(_FromJson):
    """A column.

    `exact_equality`: SQL equality of its type is equality of the stored image. `equals`: the operator of that equality.
    `type_storage`: the storage that its type comes with. `row_type_of`: the relation whose rows it holds, if it does.
    `local`: whether the table itself defines it, be it inherited besides. How often it is inherited follows from the
    tree. `certain`: whether the expression of a stored generated column uses nothing but what the server brings itself,
    so that it gives the same value whenever it is computed. `uses`: the columns that it is computed from. `calls`:
    the functions of others that it calls, as regprocedure prints them.
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
    certain: bool = field(default=True, compare=False)
    uses: tuple[int, ...] = field(default=(), compare=False)
    calls: tuple[str, ...] = field(default=(), compare=False)
    storage: str = "p"
    type_storage: str = field(default="p", compare=False)
    compression: str = ""
    statistics: int | None = None
    options: tuple[str, ...] | None = None
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None
    inherited: bool = field(default=False, compare=False)
    local: bool = field(default=True, compare=False)
    row_type_of: int | None = field(default=None, compare=False)
    missing: str | None = None
    exact_equality: bool = False
    equals: str = "="
    builtin: bool = field(default=True, compare=False)
    type_id: str = field(default="", compare=False)

    @property
    def kind(self) -> tuple[str, str | None]:
        """What values it holds: its type, whatever that is called, and its collation."""
        return (self.type_id or self.type, self.collation)

    @property
    def typed(self) -> str:
        """Its type and its collation, as a definition has them."""
        return f"{self.type} COLLATE {self.collation}" if self.collation else self.type


@frozen
class Constraint(_FromJson):
    """A table constraint; `type` is pg_constraint.contype, `foreign` the referenced table's OID or 0.

    `period`: it is over time (WITHOUT OVERLAPS, PERIOD). `local`: whether the table itself defines it. `parent`: the
    constraint of the partitioned table that it is a part of, or 0. `parent_rows`, `parent_columns`: of a foreign key
    what it refers to; None where the role may not see all of it. `settled`: it calls nothing but built-in immutable
    functions: it never changes its mind.
    """

    oid: int
    name: str
    type: str
    definition: str = field(compare=False)
    body: str | None = None
    index: int | None = None
    columns: tuple[int, ...] | None = None
    foreign: int = 0
    pairs: tuple[tuple[str, int, str], ...] = field(default=(), compare=False)
    parent_rows: str | None = field(default=None, compare=False)
    parent_columns: tuple[str, ...] = field(default=(), compare=False)
    settled: bool = field(default=True, compare=False)
    validated: bool = True
    deferrable: bool = False
    deferred: bool = False
    inherited: bool = field(default=False, compare=False)
    local: bool = field(default=True, compare=False)
    parent: int = field(default=0, compare=False)
    no_inherit: bool = False
    period: bool = field(default=False, compare=False)
    comment: str | None = None

    @property
    def enforced(self) -> bool:
        """Whether the server minds it (18 knows constraints that it does not)."""
        return not self.definition.endswith(" NOT ENFORCED")


@frozen
class Index(_FromJson):
    """An index; `constraint` is the OID of the constraint that it carries, if it does.

    `parent` is the index of the partitioned table that it is a part of, or 0.
    """

    oid: int
    name: str
    definition: str = field(compare=False)
    constraint: int | None = None
    parent: int = field(default=0, compare=False)
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
    tablespace_name: str = field(default="", compare=False)
    options: tuple[str, ...] | None = None
    statistics: tuple[tuple[int, int], ...] | None = None
    comment: str | None = None


@frozen
class Attached(_FromJson):
    """A trigger or a rule: an object that belongs to one table and is defined by one statement.

    `parent` is the trigger of the partitioned table that it is a clone of, or 0.
    """

    oid: int
    name: str
    definition: str = field(compare=False)
    body: str | None = None
    parent: int = field(default=0, compare=False)
    enabled: str = "O"
    comment: str | None = None


@frozen
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


@frozen
class Statistics(_FromJson):
    """Extended statistics of a table."""

    oid: int
    schema: str
    name: str
    definition: str = field(compare=False)
    owner: str = ""
    target: int | None = None
    comment: str | None = None


@frozen
class Sequence(_FromJson):
    """The options of a sequence, as text, and its position, which is None when it may not be read."""

    type: str
    start: str
    increment: str
    min: str
    max: str
    cache: str
    cycle: bool
    readable: bool = field(default=True, compare=False)
    last_value: int | None = field(default=None, compare=False)
    is_called: bool = field(default=False, compare=False)


@frozen
class Relation(_FromJson):
    """A table, view, materialized view, sequence, foreign table or composite type with all that hangs on it.

    `hindrance` and `owner_hindrance` say why the role of the run could not make it again, or give it to its owner.
    `row_type`: privileges on, and the comment of, the type of its rows. `fresh`: whether a materialized view holds just
    what its query gives; None when that was not looked at; `reads`: the relations that the query reads, 0 among them
    where it calls functions that may read others. `written`: whether the step wrote to such a one. `parents` are those
    that it inherits from, in their order; of a partition it is the one partitioned table, and `partition_bound` says
    which rows it takes.
    """

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
    tablespace_name: str = field(default="", compare=False)
    access_method: int = 0
    access_method_name: str = field(default="", compare=False)
    filenode: int | None = None
    replica_identity: str = "d"
    row_security: bool = False
    force_row_security: bool = False
    owned: bool = field(default=True, compare=False)
    in_tree: bool = field(default=False, compare=False)
    parents: tuple[int, ...] = ()
    partition_bound: str | None = None
    partition_key: str | None = field(default=None, compare=False)
    detach_pending: bool = False
    of_type: int = 0
    of_type_name: str | None = field(default=None, compare=False)
    of_relation: int | None = field(default=None, compare=False)
    populated: bool = True
    fresh: bool | None = field(default=None, compare=False)
    reads: tuple[int, ...] = field(default=(), compare=False)
    written: bool = False
    row_type: str | None = None
    hindrance: str | None = field(default=None, compare=False)
    owner_hindrance: str | None = field(default=None, compare=False)
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
    owning_column: str | None = field(default=None, compare=False)

    @property
    def qualified(self) -> str:
        """The quoted, schema-qualified name."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def alone(self) -> str:
        """The qualified name for ALTER TABLE, which is not to reach the tables that inherit from it."""
        return f"ONLY {self.qualified}" if self.in_tree else self.qualified

    @property
    def temporary(self) -> bool:
        """Whether it lives in the session only."""
        return self.persistence == "t"

    def column(self, attnum: int) -> Column | None:
        """Return the column with this number, or None."""
        return next((column for column in self.columns if column.attnum == attnum), None)

    @property
    def shape(self) -> tuple[tuple[str, str], ...]:
        """The names of its columns, with their types and collations."""
        return tuple((column.name, column.typed) for column in self.columns)

    @property
    def identified_by(self) -> tuple[str, int | None]:
        """What identifies its rows to a replica: pg_class.relreplident, and the OID of the index, if it is one."""
        return self.replica_identity, next((index.oid for index in self.indexes if index.replica_identity), None)

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


@frozen
class Function(_FromJson):
    """A function, procedure or aggregate; `definition` is a CREATE OR REPLACE statement.

    Attributes:
        arguments: the identity arguments.
        signature: its name and types, as regprocedure reads them.
        body: a hash of what it does and how.
        result: a hash of what no CREATE OR REPLACE may change: the result and the names of the arguments.
        defaults: how many arguments have a default; CREATE OR REPLACE takes none away.
        uses: the objects that it is bound to.
        users: what is bound to it, besides other functions, in words.
        internal: whether it belongs to another object, as the constructor of a range type does.
        extensions: those that it belongs to or depends on.
        trusted: whether its owner may create it again.
        language: what it is written in.
    """

    oid: int
    schema: str
    name: str
    kind: str
    arguments: str = field(compare=False)
    definition: str | None = field(compare=False)
    owner: str
    body: str | None = None
    signature: str = field(default="", compare=False)
    result: str | None = None
    defaults: int = 0
    uses: tuple[Address, ...] | None = field(default=None, compare=False)
    users: tuple[str, ...] | None = field(default=None, compare=False)
    internal: bool = False
    extensions: tuple[str, ...] | None = None
    trusted: bool = field(default=True, compare=False)
    language: str = "sql"
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None

    @property
    def temporary(self) -> bool:
        """Whether it lives in the session only."""
        return self.schema.startswith("pg_temp_")

    @property
    def qualified(self) -> str:
        """The quoted name with its identity arguments, as DROP ROUTINE takes it."""
        return f"{quoted(self.schema)}.{quoted(self.name)}({self.arguments})"


@frozen
class Schema(_FromJson):
    """A schema."""

    oid: int
    name: str
    owner: str
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None

    @property
    def qualified(self) -> str:
        """The quoted name."""
        return quoted(self.name)


@frozen
class Type(_FromJson):
    """An enum, a domain, a range, or the row type of a composite type or a table.

    Attributes:
        kind: pg_type.typtype.
        relation: the relation whose row type it is, or 0.
        display: its name as the server prints it.
        defined: whether it is more than a shell.
        body: a hash of what no statement changes in place.
        values: of an enum the OIDs and labels, in their order.
        base: of a domain the type with modifier and collation.
        range: of a range type what stands in its CREATE TYPE; None where that would not make it again.
        difference: of a range type the function that subtracts.
        users: the columns that hold it, in words.
        within: of a domain the columns that hold it within an array or another type, in words.
    """

    oid: int
    schema: str
    name: str
    kind: str
    owner: str
    relation: int = 0
    display: str = field(default="", compare=False)
    defined: bool = True
    body: str | None = None
    values: tuple[tuple[int, str], ...] | None = None
    base: str | None = field(default=None, compare=False)
    default: str | None = field(default=None, compare=False)
    default_body: str | None = None
    not_null: bool = False
    constraints: tuple[Constraint, ...] = ()
    range: str | None = field(default=None, compare=False)
    difference: int | None = field(default=None, compare=False)
    users: tuple[str, ...] | None = field(default=None, compare=False)
    within: tuple[str, ...] | None = field(default=None, compare=False)
    acl: tuple[Grant, ...] | None = None
    comment: str | None = None

    @property
    def temporary(self) -> bool:
        """Whether it lives in the session only."""
        return self.schema.startswith("pg_temp_")

    @property
    def qualified(self) -> str:
        """The quoted, schema-qualified name."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"


def type_(row: Mapping[str, Any]) -> Type:
    """Build a type from the JSON object of ``describe_types.sql``."""
    return Type.of({**row, "constraints": [Constraint.of(item) for item in row["constraints"]]})


@frozen
class DefaultPrivileges(_FromJson):
    """What new objects of a kind get; `initial` is what they get where there is no such entry."""

    oid: int = field(compare=False)
    role: str
    schema: str | None
    schema_oid: int
    kind: str
    acl: tuple[Grant, ...] | None
    initial: tuple[Grant, ...] | None = None


@frozen
class Member(_FromJson):
    """A table or a schema in a publication; `detail` is the list of columns, `filter` the row filter.

    `row` is the OID of its membership: one that was taken out and put in again is another.
    """

    word: str
    oid: int
    name: str = field(compare=False)
    detail: str | None = field(default=None, compare=False)
    filter: str | None = field(default=None, compare=False)
    body: str | None = None
    row: int = 0


@frozen
class Publication(_FromJson):
    """A publication; `options` is what stands in its WITH.

    `free`: whether the role of the run may publish all tables, or those of a schema, which only a superuser may.
    """

    oid: int
    name: str
    owner: str
    all_tables: bool
    options: str
    free: bool = field(default=True, compare=False)
    members: tuple[Member, ...] = ()
    comment: str | None = None

    @property
    def qualified(self) -> str:
        """The quoted name."""
        return quoted(self.name)


def publication(row: Mapping[str, Any]) -> Publication:
    """Build a publication from the JSON object of ``describe_publications.sql``."""
    return Publication.of({**row, "members": [Member.of(item) for item in row["members"] or ()]})


@frozen
class Object(_FromJson):
    """An object of a rarely used kind (a cast, an operator, a collation ...) as the server itself names it."""

    catalog: str
    oid: int
    word: str
    identity: str = field(compare=False)
    owner: str | None = None
    body: str | None = None
    internal: bool = False
    comment: str | None = None


@frozen
class Catalog:
    """Everything that was read, by OID; default privileges by role, schema and kind of object."""

    relations: Mapping[int, Relation]
    functions: Mapping[int, Function]
    schemas: Mapping[int, Schema]
    types: Mapping[int, Type]
    objects: Mapping[tuple[str, int], Object] = field(default_factory=dict)
    publications: Mapping[int, Publication] = field(default_factory=dict)
    default_privileges: Mapping[tuple[str, int, str], DefaultPrivileges] = field(default_factory=dict)


Address = tuple[str, int, int]
"""What pg_depend calls an object: its catalog, its OID, and of a column its attnum (else 0)."""


@frozen
class Dependency:
    """One row of pg_depend: `user` needs `used`; `kind` is deptype, `label` says what the user is."""

    user: Address
    used: Address
    kind: str
    label: str
