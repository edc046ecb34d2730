"""Whether steps that go and later ones that stay are tied together by values: other rows, or other tables, than theirs.

A foreign key ties rows of two tables, a unique key rows of one, a materialized view what it is computed from, and a
partitioned table its partitions. Were the one step taken back alone, rows of the other would stand in its way, or it
would stand in theirs later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.images import concatenated, every, identical, net, some
from planrun.core.overlap import Overlap
from planrun.core.quoting import literal
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.record import StepRecord
    from planrun.core.selection import Part
    from planrun.core.undo import Captured, SideColumn, Undo

_BOTH = "ba"
_AFTER = "a"
_BEFORE = "b"


@frozen
class Unique:
    """A unique index of a table, by OID: the numbers of its columns."""

    table: int
    columns: tuple[int, ...]


@frozen
class Above:
    """A table that another one is a part of, directly or through others.

    Attributes:
        table: the OID of the part.
        oid: that of the table above it.
        name: the quoted, qualified name of that.
        default: whether the part lies in its default partition.
    """

    table: int
    oid: int
    name: str
    default: bool


@frozen
class Tied:
    """Rows that may be tied together: whether they are, the database has to say.

    Attributes:
        going: the step that goes.
        staying: the later one that stays.
        query: gives one value by which they are, as text, or no row.
        what: what that means, with the value as `{}`.
    """

    going: str
    staying: str
    query: str
    what: str

    def overlap(self, value: str) -> Overlap:
        """Return what the answer of `query` means."""
        return Overlap(self.going, self.staying, self.what.replace("{}", value))


def pairs(part: Part) -> Iterator[tuple[StepRecord, StepRecord]]:
    """Yield the steps that go, each with each later one that stays."""
    return ((going, staying) for going in part.going for staying in part.staying if staying.id > going.id)


def looked_at(part: Part) -> frozenset[int]:
    """Return the tables of steps that go and of later ones that stay, by OID; none when there is no such pair."""
    steps = {step.id: step.undo for pair in pairs(part) for step in pair}
    return frozenset(oid for undo in steps.values() if undo is not None for oid in (*_tables(undo), *_changed(undo)))


def tied(
    part: Part, keys: Iterable[ForeignKey], uniques: Iterable[Unique], above: Iterable[Above]
) -> Iterator[Overlap | Tied]:
    """Yield what ties steps that go and later ones that stay together, and what has to be asked of the database.

    Args:
        part: what goes and what stays.
        keys: the foreign keys of now that point at the tables of `looked_at`.
        uniques: their unique indexes.
        above: the tables that they are parts of.
    """
    keys, uniques, above = tuple(keys), tuple(uniques), tuple(above)
    back = tuple(key for step in (*part.going, *part.staying) if step.undo for key in step.undo.foreign_keys)
    for going, staying in pairs(part):
        if going.undo is None or staying.undo is None:
            continue
        for what in (*_computed(going.undo, staying.undo, above), *_partitions(going.undo, staying.undo, above)):
            yield Overlap(going.step, staying.step, what)
        found = [*_shared(going.undo, staying.undo, dict.fromkeys((*keys, *back)))]
        found += [*_made(going.undo, staying.undo, keys), *_dropped(going.undo, staying.undo)]
        found += _equal(going.undo, staying.undo, uniques)
        for query, what in found:
            if staying.run in part.finalized:
                yield Overlap(going.step, staying.step, f"{what.replace('{}', 'values')}, as far as can be told")
            else:
                yield Tied(going.step, staying.step, query, what)


def _tables(undo: Undo) -> dict[int, Captured]:
    return {table.oid: table for table in undo.captured}


def _changed(undo: Undo) -> frozenset[int]:
    changed = {item.oid for item in undo.objects or () if item.catalog == "pg_class"}
    return frozenset(changed | {table.oid for table in undo.created})


# --- definitions -------------------------------------------------------------------------------


def _computed(mine: Undo, theirs: Undo, above: tuple[Above, ...]) -> Iterator[str]:
    """Yield what was written of that which the way back computes materialized views from."""
    if not mine.computed_from:
        return
    names = {oid: table.after or table.before for oid, table in _tables(theirs).items()}
    names |= {item.oid: item.label for item in theirs.objects or () if item.catalog == "pg_class"}
    reads = {*mine.computed_from}
    parts = {item.table for item in above if item.oid in reads}
    for oid, name in names.items():
        if oid in reads | parts:
            yield f"the one computes a materialized view anew, the other changed {name}, which it reads"
        elif 0 in reads:
            yield f"the one computes a materialized view anew by functions that may read {name}, the other changed it"


def _partitions(mine: Undo, theirs: Undo, above: tuple[Above, ...]) -> Iterator[str]:
    """Yield what stands in the way of a partition that comes back: rows, or partitions, that took its place."""
    attached = "\n".join(sql for sql in (*mine.before_data, *mine.after_data) if " PARTITION " in sql)
    rows, changed = _tables(theirs), _changed(theirs)
    for item in above if attached else ():
        if item.name in attached and (item.table in changed or (item.default and item.table in rows)):
            what = "changed its partitions" if item.table in changed else "wrote rows of its default partition"
            yield f"the one changed partitions of {item.name}, the other {what}"


# --- foreign keys and unique keys --------------------------------------------------------------


def _shared(mine: Undo, theirs: Undo, keys: Iterable[ForeignKey]) -> Iterator[tuple[str, str]]:
    """Yield the questions whether the one wrote rows to which rows refer, or referred, that the other wrote."""
    for key in keys:
        for one, other in ((mine, theirs), (theirs, mine)):
            parent, child = _tables(one).get(key.parent), _tables(other).get(key.child)
            if parent is None or child is None:
                continue
            referring, referenced = _columns(child, key.child_attnums), _referenced(parent, key)
            if referring and referenced:
                there = _values(parent, referenced, _BOTH)
                same = every(_same(pair, number) for number, pair in enumerate(zip(referring, referenced, strict=True)))
                what = f"the one wrote {{}} of table {key.child_name}, the other the row that it refers to"
                yield _first(child, referring, _BOTH, f"EXISTS (SELECT FROM ({there}) o WHERE {same})"), what


def _made(mine: Undo, theirs: Undo, keys: Iterable[ForeignKey]) -> Iterator[tuple[str, str]]:
    """Yield the questions whether rows refer to what goes by a foreign key that the later step made."""
    made = {key.child for key in theirs.keys_made} | {table.oid for table in theirs.created if table.rows}
    for key in keys:
        parent = _tables(mine).get(key.parent)
        if parent is not None and key.child in made and (columns := _referenced(parent, key)):
            on = every(_as_texts(f"v.v{n}", f"r.{quoted(name)}") for n, (name, _, _) in enumerate(key.pairs))
            what = f"the one wrote {{}} of table {parent.after}, the other made {key.child_name} refer to it"
            yield _first(parent, columns, _AFTER, f"EXISTS (SELECT FROM ONLY {key.child_name} r WHERE {on})"), what


def _dropped(mine: Undo, theirs: Undo) -> Iterator[tuple[str, str]]:
    """Yield the questions whether a foreign key that one of the steps dropped may miss what it refers to."""
    for dropping, writing, sides in ((mine, theirs, _BEFORE), (theirs, mine, _AFTER)):
        for key in dropping.foreign_keys:
            parent = _tables(writing).get(key.parent)
            if parent is not None and (columns := _referenced(parent, key)):
                name = parent.after or parent.before
                what = f"the one dropped a foreign key of {key.child_name}, the other wrote {{}} of table {name}"
                yield _first(parent, columns, sides, "true"), what


def _equal(mine: Undo, theirs: Undo, uniques: Iterable[Unique]) -> Iterator[tuple[str, str]]:
    """Yield the questions whether the two gave, or took, the same value of a unique key."""
    for unique in uniques:
        one, other = (_tables(undo).get(unique.table) for undo in (mine, theirs))
        if one is None or other is None or {*unique.columns} == {column.current for column in one.key}:
            continue
        ours, others = _columns(one, unique.columns), _columns(other, unique.columns)
        if ours and others:
            there = _values(other, others, _BOTH)
            same = every(_same(pair, number) for number, pair in enumerate(zip(ours, others, strict=True)))
            what = f"both wrote {{}} of table {one.after or one.before}, which is unique"
            yield _first(one, ours, _BOTH, f"EXISTS (SELECT FROM ({there}) o WHERE {same})"), what


def _referenced(table: Captured, key: ForeignKey) -> tuple[SideColumn, ...]:
    return _columns(table, (number for _, number, _ in key.pairs))


def _columns(table: Captured, numbers: Iterable[int]) -> tuple[SideColumn, ...]:
    """Return the columns with these numbers of now; none when the log lacks one of them."""
    known = {column.current: column for column in table.columns}
    found = tuple(known.get(number) for number in numbers)
    return tuple(column for column in found if column) if all(found) else ()


# --- SQL ---------------------------------------------------------------------------------------


def _values(table: Captured, columns: tuple[SideColumn, ...], sides: str) -> str:
    """Return the query of values, v<place>, that the step took (b) and gave (a); no others stand in anybody's way."""
    moved = some(f"NOT ({identical(f'n.b{c.attnum}', f'n.a{c.attnum}', c)})" for c in columns)
    log = net(table)
    return "\nUNION ALL\n".join(
        f"SELECT {', '.join(f'n.{side}{c.attnum} AS v{number}' for number, c in enumerate(columns))}\nFROM ({log}) n"
        f" WHERE n.op = {literal(_ALONE[side])} OR n.op = 'u' AND ({moved})"
        for side in sides
    )


_ALONE = {_BEFORE: "d", _AFTER: "i"}
"""What a step did to rows that have images of one side only."""


def _first(table: Captured, columns: tuple[SideColumn, ...], sides: str, condition: str) -> str:
    """Return the query of one of the values `v` that meets a condition, as text."""
    named = ((c.after or c.before, number) for number, c in enumerate(columns))
    text = concatenated(f"{literal(f'{name} = ')}, v.v{number}" for name, number in named)
    wanted = f"SELECT {text}"
    return f"{wanted} FROM ({_values(table, columns, sides)}) v WHERE {condition} LIMIT 1"


def _same(columns: tuple[SideColumn, SideColumn], number: int) -> str:
    """Return the condition that two values are equal: as texts where they are of types that nobody can compare."""
    one, other = columns
    if one.type == other.type and not one.held and not other.held:
        return f"v.v{number} {one.equals} o.v{number}"
    return _as_texts(f"v.v{number}", f"o.v{number}")


def _as_texts(one: str, other: str) -> str:
    return f'{one}::text COLLATE pg_catalog."C" = {other}::text COLLATE pg_catalog."C"'
