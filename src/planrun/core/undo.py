"""What a finished step leaves behind for its way back: the undo log's description, stored in the history.

The rows themselves stay in side tables of schema ``planrun``; this says which they are and how to read them.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Self

from planrun.core.catalog import quoted
from planrun.core.foreign_keys import ForeignKey, Renamed
from planrun.core.granted import KIND as GRANTED
from planrun.core.outside import Sent
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


LOOKUP = "lookup"
"""The cast of a column whose new values no cast leads back: see `SideColumn.looked_up`."""


@frozen
class SideColumn:
    """A column whose values stand in a side table, there named by its attnum.

    Attributes:
        attnum: its number in the table; a rename does not change it.
        before: its name before the step.
        after: its name after the step; empty when the step dropped it.
        type: its type before the step as ``format_type`` prints it under an empty search_path, with its collation if it
            has one.
        exact: whether SQL equality of the type is equality of the stored image.
        baseline: for an added column the SQL expression of the value that existing rows got without being written.
        always: whether it is GENERATED ALWAYS AS IDENTITY, which no UPDATE may set.
        reset: whether it is set all the same, since the step gave rows other values.
        not_null: whether it was NOT NULL before the step.
        equals: the operator of the type's equality; that of a type from an extension is found under no search_path.
        held: whether side tables hold its values as text, since its type is the users', who may change or drop it.
        type_after: what the same type is called after the step; empty when that was not looked at.
        now_type: its type after the step, when that is another one; the side table then holds those values too.
        now_held: whether those are held as text.
        kept: whether no row that stayed has another value in it.
        cast: the type that a value of `now_type` passes through on its way back, such as ``text``, or empty; or
            ``lookup``, when some values of after the step cannot be cast back: then those of before are looked up.
        number: its number now, where it or its table was made again since; 0 for `attnum`.
        computed: for a stored generated column the numbers of the columns that it is computed from: its values are
            never put back, only compared. None for any other.
    """

    attnum: int
    before: str
    after: str
    type: str
    exact: bool
    baseline: str = "NULL"
    always: bool = False
    reset: bool = False
    not_null: bool = False
    equals: str = "="
    held: bool = False
    type_after: str = ""
    now_type: str = ""
    now_held: bool = False
    cast: str = ""
    kept: bool = False
    number: int = 0
    computed: tuple[int, ...] | None = None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        computed = row.get("computed")
        return cls(**{**row, "computed": None if computed is None else tuple(computed)})

    @property
    def current(self) -> int:
        """Its number in the table of now."""
        return self.number or self.attnum

    @property
    def side_type(self) -> str:
        """The type of its values in a side table."""
        return "text" if self.held else self.type

    @property
    def looked_up(self) -> bool:
        """Whether its values of before are looked up by the key of their row, for those of after cannot be cast."""
        return self.cast == LOOKUP

    @property
    def retyped(self) -> bool:
        """Whether the step changed its type or collation."""
        return bool(self.now_type)


@frozen
class Tracked:
    """A table of which a side table holds something.

    Attributes:
        oid: its OID.
        before: its quoted, qualified name before the step.
        after: the same after the step; empty when the step dropped it.
        key: the columns that find a row again; empty when there are none, and rows are told by all of their values.
        columns: the columns that the side table holds besides.
        side: the quoted, qualified name of the side table; empty when there was nothing to store.
        beside: of added columns in a table without a key the names of all that stand in it, added ones as well, in the
            images of rows which the side table holds instead; else empty.
    """

    oid: int
    before: str
    after: str
    key: tuple[SideColumn, ...]
    columns: tuple[SideColumn, ...]
    side: str
    beside: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether the step dropped the table."""
        return not self.after

    @property
    def lasting(self) -> tuple[SideColumn, ...]:
        """The columns that the table has before and after the step."""
        return tuple(column for column in self.columns if column.after)

    @property
    def given(self) -> tuple[SideColumn, ...]:
        """The columns that are given their values, not computed by the server."""
        return tuple(column for column in self.columns if column.computed is None)

    @property
    def computed(self) -> tuple[SideColumn, ...]:
        """The stored generated columns."""
        return tuple(column for column in self.columns if column.computed is not None)

    @property
    def gone(self) -> tuple[SideColumn, ...]:
        """The columns that the step dropped."""
        return tuple(column for column in self.columns if not column.after)

    @property
    def exact_key(self) -> tuple[SideColumn, ...]:
        """The columns of the key whose image cannot change while they stay equal."""
        return tuple(column for column in self.key if column.exact)

    @property
    def reshaped(self) -> bool:
        """Whether the step dropped columns or changed their types."""
        return any(column.retyped or not column.after for column in self.columns)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from what `to_json` made."""
        columns = {name: tuple(map(SideColumn.from_json, row[name])) for name in ("key", "columns")}
        return cls(**{**row, **columns, "beside": tuple(row.get("beside", ()))})


@frozen
class Captured(Tracked):
    """Before and after images of the rows that the step wrote.

    Attributes:
        repeated: whether some row was written more than once, so that its images must be netted.
        inserted: at least how many rows came: inserted, by the server's count, or under another key.
        updated: rows updated.
        deleted: at least how many rows went: deleted, or from their key to another.
        whole: whether they are the difference of two copies of the whole table, not what triggers caught.
        netted: whether the side table holds the net effect on each row already.
        mirrored: whether it is read the other way round, for it is the log of what this step took back.
        only_updated: whether it holds nothing but rows that were there before the step and after it.
        last: the number of the table's last column when the step ended; 0 where that was not written down.
        moved: whether rows got other keys, or went to another partition: where the side table is netted, it says which
            came so, else each that came may be one.
    """

    repeated: bool = False
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    whole: bool = False
    netted: bool = False
    mirrored: bool = False
    only_updated: bool = False
    last: int = 0
    moved: bool = False

    @property
    def standing(self) -> bool:
        """Whether the side table is the net effect as it stands."""
        return self.netted and not self.mirrored

    @property
    def staying(self) -> int:
        """At most how many rows were there before and after: an INSERT may bring a key again that a DELETE took."""
        return self.updated + min(self.inserted, self.deleted)

    @property
    def replaces(self) -> bool:
        """Whether its way back removes rows, be it that others stand for them then."""
        return not self.only_updated if self.key else bool(self.inserted or self.updated)


@frozen
class Created:
    """A table that the step created; it may go while it holds what the step left in it.

    Attributes:
        oid: its OID.
        name: its quoted, qualified name.
        rows: the number of its rows at the end of the step.
        first: the sum of the hashes of its rows, see `planrun.core.content`.
        second: that of other hashes.
        columns: the names of its columns, in their order, if it has rows.
    """

    oid: int
    name: str
    rows: int
    first: int = 0
    second: int = 0
    columns: tuple[str, ...] = ()


@frozen
class Copy:
    """An in-database copy made by a backup step.

    Attributes:
        source: the OID of the table that it was copied from.
        columns: the attnums of that table that it holds.
        name: the quoted, qualified name of the copy.
        table: the quoted, qualified name of that table when it was made; empty where that was not written down.
        names: those of the columns then.
        types: their types then, as `SideColumn` has them.
    """

    source: int
    columns: tuple[int, ...]
    name: str
    table: str = ""
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        lists = {name: tuple(row.get(name, ())) for name in ("columns", "names", "types")}
        return cls(**{**row, **lists})


@frozen
class Changed:
    """An object whose definition the step made, changed or dropped; to write rows of a table is no such change.

    Attributes:
        catalog: the system catalog that holds it, such as ``pg_class``.
        oid: its OID there.
        label: what it is called, for people.
        names: its names without a schema, where a text with one of them may mean something else since the step.
    """

    catalog: str
    oid: int
    label: str
    names: tuple[str, ...] = ()


@frozen
class Remade:
    """A table that the step dropped, or some of its columns: the way back makes them again.

    Attributes:
        oid: its OID before.
        name: its quoted, qualified name before the step.
        columns: the numbers and names of the columns that were dropped.
        whole: whether the table was dropped.
    """

    oid: int
    name: str
    columns: tuple[tuple[int, str], ...]
    whole: bool


@frozen
class Named:
    """A table whose definition the step changed, as it was when the step ended.

    Attributes:
        oid: its OID.
        name: its quoted, qualified name.
        columns: the numbers and names of the columns that the way back names.
    """

    oid: int
    name: str
    columns: tuple[tuple[int, str], ...]


@frozen
class Definition:
    """An object that the step made, changed or dropped, as it read when the step ended.

    Attributes:
        kind: function, view, type or publication, or one of the rare ones (operator, cast, collation …), or what it
            has one of: a comment, an owner, options; or what was granted and set on one of these, a table or a schema,
            and written about it, such as ``privileges, comments or settings of relation``; or a part of a table:
            constraint, index, trigger, rule, policy, statistics, or the comment of one; or a sequence; or what a table
            or column has one of: default, owner, comment, storage parameters, row security, replica identity,
            clustering, partition bound, type, type of the table, owning column, settings, membership in a publication,
            such as ``SELECT privilege``; or ``column``, all that a column has which was made anew.
        name: its name, as to_regprocedure, to_regclass or to_regtype reads it, or as pg_identify_object gives that of a
            rare one; in its table that of a part or column; in its schema that of statistics; that of the
            role of a privilege, empty for PUBLIC; empty for what a table has one of.
        hash: of its text; None when there was none of this name.
        place: of a part its quoted, qualified table; of statistics the schema; of a privilege on something else that;
            of default privileges whose they are and where. Of other things nothing.
        was: of a default, owner or comment the hash of that of before the step: the application may have put it back
            itself.
    """

    kind: str
    name: str
    hash: str | None
    place: str = ""
    was: str | None = None

    @property
    def granted(self) -> bool:
        """Whether it is what is granted on an object, and written about it."""
        return self.kind.startswith(GRANTED)

    @property
    def part(self) -> bool:
        """Whether it hangs on a table, or is a sequence."""
        return bool(self.place) or self.kind == "sequence"

    @property
    def of_table(self) -> bool:
        """Whether `place` is a table."""
        return bool(self.place) and not self.kind.endswith("statistics") and " on " not in self.kind

    @property
    def label(self) -> str:
        """What it is called, for people."""
        if self.kind.endswith("statistics"):
            return f"{self.kind} {quoted(self.place)}.{quoted(self.name)}"
        if " on " in self.kind:
            return f"{self.kind} {self.place} of {quoted(self.name) if self.name else 'PUBLIC'}"
        if self.of_table and self.kind != "index":
            return f"{self.kind} {quoted(self.name)} of {self.place}" if self.name else f"{self.kind} of {self.place}"
        return f"{self.kind} {self.name}"


@frozen
class Grown:
    """A table or materialized view that the step made, or that it gave columns: they go, with all that hangs on them.

    Attributes:
        name: its quoted, qualified name when the step ended.
        columns: the names of the columns; none when it made all of it.
        known: what the step made of what goes with them, each by its kind and its name.
        told: the hashes of their texts, in the same order; None where only the name counts.
        again: what hung on the table of its name that the step dropped, and comes back with that.
    """

    name: str
    columns: tuple[str, ...]
    known: tuple[str, ...] = ()
    told: tuple[str | None, ...] = ()
    again: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the step made all of it."""
        return not self.columns

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        known, told, again = (tuple(row.get(name, ())) for name in ("known", "told", "again"))
        return cls(row["name"], tuple(row["columns"]), known, told, again)


@frozen
class Enum:
    """An enum of which an undo log, or a definition that comes back, may hold values.

    Attributes:
        name: its quoted, qualified name when the step ended.
        oids: the OIDs of its values then.
        labels: their labels, in the same order.
    """

    name: str
    oids: tuple[int, ...]
    labels: tuple[str, ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        return cls(row["name"], tuple(row["oids"]), tuple(row["labels"]))


@frozen
class Mentioned:
    """What the inverse DDL means by a name, as it was when the step ended.

    Attributes:
        catalog: what it is by the system catalog that it stands in.
        oid: its OID.
        name: its quoted, qualified name, with the arguments of a function.
        columns: the numbers and names of the columns that the inverse DDL may name.
    """

    catalog: str
    oid: int
    name: str
    columns: tuple[tuple[int, str], ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        return cls(**{**row, "columns": tuple((number, name) for number, name in row["columns"])})


@frozen
class Undo:
    """The way back of one step.

    Attributes:
        before_data: the inverse DDL that runs before the rows are put back.
        after_data: the inverse DDL that runs after them.
        captured: rows to put back.
        saved: values of dropped columns, all rows, as they were when the step began.
        added: values of added columns that differ from what ADD COLUMN itself gave, when the step ended.
        created: tables to drop.
        copy: for a table copy what it is a copy of.
        caveats: what comes back a little different, as sentences.
        irreversible: the plan says that there is no way back.
        objects: the objects whose definitions it changed; None where that was not looked at.
        by_hand: the rollback step that takes it back; empty when there is none.
        foreign_keys: the foreign keys that come back.
        keys_made: those that go, and none like them comes back.
        renamed: the tables that get names back, their own or those of columns.
        definitions: what the objects that it touches by their names read like when the step ended.
        outside: what is sent outside of any transaction, between `before_data` and `after_data`.
        remade: the tables and columns that it dropped: they come back under other numbers.
        computed_from: the relations that materialized views are computed from whose content comes back; 0 for others.
        named: the tables that were there before and after it, and whose definition it changed.
        grown: the tables that it made or gave columns, with what hung on these.
        enums: those of which the side tables, or the inverse DDL, may hold values.
        mentioned: what else the inverse DDL means by names.
        calls: whether the rows come back under checks or expressions that may call functions of the users.
    """

    before_data: tuple[str, ...] = ()
    after_data: tuple[str, ...] = ()
    captured: tuple[Captured, ...] = ()
    saved: tuple[Tracked, ...] = ()
    added: tuple[Tracked, ...] = ()
    created: tuple[Created, ...] = ()
    copy: Copy | None = None
    caveats: tuple[str, ...] = ()
    irreversible: bool = False
    objects: tuple[Changed, ...] | None = None
    by_hand: str = ""
    foreign_keys: tuple[ForeignKey, ...] = ()
    keys_made: tuple[ForeignKey, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    outside: tuple[Sent, ...] = ()
    definitions: tuple[Definition, ...] = ()
    remade: tuple[Remade, ...] = ()
    computed_from: tuple[int, ...] = ()
    named: tuple[Named, ...] = ()
    grown: tuple[Grown, ...] = ()
    enums: tuple[Enum, ...] = ()
    mentioned: tuple[Mentioned, ...] = ()
    calls: bool = False

    @property
    def described(self) -> bool:
        """Whether more is compared than tables and their rows."""
        return bool(self.definitions or self.grown or self.enums)

    @property
    def side_tables(self) -> tuple[str, ...]:
        """The side tables that belong to this step."""
        return tuple(item.side for item in (*self.captured, *self.saved, *self.added) if item.side)

    @property
    def lost(self) -> frozenset[int]:
        """The tables that the step dropped: they come back under other OIDs."""
        return frozenset(table.oid for table in self.remade if table.whole)

    @property
    def empty(self) -> bool:
        """Whether the step left nothing to take back."""
        ddl = self.before_data or self.after_data or self.outside
        return not (ddl or self.captured or self.saved or self.created)

    def to_json(self) -> dict[str, Any]:
        """Return it as an object that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from what `to_json` made."""
        return cls(
            before_data=tuple(row["before_data"]),
            after_data=tuple(row["after_data"]),
            captured=tuple(Captured.from_json(item) for item in row["captured"]),
            saved=tuple(Tracked.from_json(item) for item in row["saved"]),
            added=tuple(Tracked.from_json(item) for item in row["added"]),
            created=tuple(Created(**{**item, "columns": tuple(item.get("columns", ()))}) for item in row["created"]),
            copy=Copy.from_json(row["copy"]) if row["copy"] else None,
            caveats=tuple(row["caveats"]),
            irreversible=row["irreversible"],
            objects=_objects(row.get("objects")),
            by_hand=row.get("by_hand", ""),
            foreign_keys=tuple(ForeignKey.from_json(item) for item in row.get("foreign_keys", ())),
            keys_made=tuple(ForeignKey.from_json(item) for item in row.get("keys_made", ())),
            renamed=tuple(Renamed.from_json(item) for item in row.get("renamed", ())),
            outside=tuple(Sent(**item) for item in row.get("outside", ())),
            definitions=tuple(Definition(**item) for item in row.get("definitions", ())),
            remade=tuple(Remade(**_with_columns(item)) for item in row.get("remade", ())),
            computed_from=tuple(row.get("computed_from", ())),
            named=tuple(Named(**_with_columns(item)) for item in row.get("named", ())),
            grown=tuple(Grown.from_json(item) for item in row.get("grown", ())),
            enums=tuple(Enum.from_json(item) for item in row.get("enums", ())),
            mentioned=tuple(Mentioned.from_json(item) for item in row.get("mentioned", ())),
            calls=row.get("calls", False),
        )


def _with_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "columns": tuple((number, name) for number, name in row["columns"])}


def _objects(rows: list[dict[str, Any]] | None) -> tuple[Changed, ...] | None:
    return None if rows is None else tuple(Changed(**{**row, "names": tuple(row["names"])}) for row in rows)
