"""Foreign keys that point at restored tables: what may hang on a row that the way back takes away.

Those of now are read from the server. Those that the way back itself makes again, and the names that it brings back,
are known from the steps that it takes back first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Catalog, Constraint, Relation


@frozen
class ForeignKey:
    """A foreign key that points at a restored table.

    Attributes:
        child: the OID of the referencing table.
        child_name: its quoted, qualified name.
        parent: the OID of the referenced table.
        pairs: the name of each referencing column, the attnum of the referenced one, and the operator that compares
            them, referenced = referencing.
        child_attnums: the attnums of the referencing columns.
        child_key: the names of the columns that tell the rows of the referencing table to people.
        acts: whether it does anything to referencing rows, such as CASCADE, or forbids (RESTRICT) that one of equal
            value comes in place of a referenced row.
    """

    child: int
    child_name: str
    parent: int
    pairs: tuple[tuple[str, int, str], ...]
    child_attnums: tuple[int, ...]
    child_key: tuple[str, ...]
    acts: bool

    @property
    def columns(self) -> tuple[int, tuple[int, ...], int, tuple[int, ...]]:
        """The columns that it stands on, by the numbers of tables and columns: the same whatever they are called."""
        return self.child, self.child_attnums, self.parent, tuple(number for _, number, _ in self.pairs)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        lists = {name: tuple(row[name]) for name in ("child_attnums", "child_key")}
        # Where that was not written down, it may.
        acts = bool(row.get("acts", True))
        return cls(**{**row, **lists, "pairs": tuple(tuple(pair) for pair in row["pairs"]), "acts": acts})


@frozen
class Renamed:
    """A relation that a step renamed or moved, or whose columns it renamed: names after and before the step."""

    oid: int
    after: str
    before: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from its JSON object."""
        return cls(**{**row, "columns": tuple(tuple(pair) for pair in row["columns"])})


def dropped(before: Catalog, after: Catalog) -> Iterator[ForeignKey]:
    """Yield the foreign keys that a step dropped and its way back makes again, under the names of before it."""
    return _alone(before, after)


def made(before: Catalog, after: Catalog) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of older tables that a step made where none like it was, under the names of after it."""
    older = replace(after, relations={oid: after.relations[oid] for oid in after.relations.keys() & before.relations})
    return less(_alone(older, before), dropped(before, after))


def _alone(one: Catalog, other: Catalog) -> Iterator[ForeignKey]:
    """Yield the foreign keys of one state that the other lacks; one that is not enforced holds nothing, and is none.

    One of a partitioned table counts for each of its partitions, which have the rows.
    """
    kept = {constraint.oid for _, constraint in _enforced(other)}
    gone = [(relation, constraint) for relation, constraint in _enforced(one) if constraint.oid not in kept]
    partitioned = {constraint.oid for relation, constraint in gone if relation.kind == "p"}
    for relation, constraint in gone:
        if relation.kind == "p" or constraint.parent not in partitioned:
            yield from (_of(leaf, relation, constraint) for leaf in _leaves(relation, one))


def _enforced(catalog: Catalog) -> Iterator[tuple[Relation, Constraint]]:
    for relation in catalog.relations.values():
        for constraint in relation.constraints:
            if constraint.type == "f" and constraint.enforced:
                yield relation, constraint


def _leaves(relation: Relation, catalog: Catalog) -> Iterator[Relation]:
    """Yield the tables that have the rows of a table: itself, or its partitions."""
    if relation.kind != "p":
        yield relation
        return
    for other in catalog.relations.values():
        if other.partition_bound is not None and relation.oid in other.parents:
            yield from _leaves(other, catalog)


def _of(leaf: Relation, relation: Relation, constraint: Constraint) -> ForeignKey:
    """Return the foreign key of a table as one of its partition `leaf`, whose columns have the same names."""
    primary = next((index.columns for index in leaf.indexes if index.primary), ())
    names = {column.attnum: column.name for column in relation.columns}
    numbers = {column.name: column.attnum for column in leaf.columns}
    return ForeignKey(
        child=leaf.oid,
        child_name=leaf.qualified,
        parent=constraint.foreign,
        pairs=constraint.pairs,
        child_attnums=tuple(numbers[names[number]] for number in constraint.columns or ()),
        child_key=tuple(column.name for column in leaf.columns if column.attnum in primary),
        acts=any(word in constraint.definition for word in (" ON UPDATE ", " ON DELETE ")),
    )


def renamed(before: Catalog, after: Catalog) -> Iterator[Renamed]:
    """Yield the relations whose names, or whose columns' names, a step changed."""
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if now is None:
            continue
        pairs = ((column, was.column(column.attnum)) for column in now.columns)
        columns = tuple((new.name, old.name) for new, old in pairs if old is not None and old.name != new.name)
        if columns or was.qualified != now.qualified:
            yield Renamed(oid, now.qualified, was.qualified, columns)


def without(keys: Iterable[ForeignKey], columns: Iterable[tuple[int, int]]) -> tuple[ForeignKey, ...]:
    """Return the foreign keys that stand on none of these columns (table, attnum), which a step had added."""
    columns = set(columns)
    return tuple(key for key in keys if columns.isdisjoint((key.child, number) for number in key.child_attnums))


def less(keys: Iterable[ForeignKey], others: Iterable[ForeignKey]) -> tuple[ForeignKey, ...]:
    """Return foreign keys without as many like each of the others, which stand on the same columns."""
    left = Counter(other.columns for other in others)
    kept = []
    for key in keys:
        if left[key.columns]:
            left[key.columns] -= 1
        else:
            kept.append(key)
    return tuple(kept)


def as_before(keys: Iterable[ForeignKey], renames: Iterable[Renamed]) -> tuple[ForeignKey, ...]:
    """Return the foreign keys with the names that stand when a step has been taken back."""
    by_table = {rename.oid: rename for rename in renames}
    return tuple(_as_before(key, by_table[key.child]) if key.child in by_table else key for key in keys)


def _as_before(key: ForeignKey, rename: Renamed) -> ForeignKey:
    names = dict(rename.columns)
    return replace(
        key,
        child_name=rename.before,
        pairs=tuple((names.get(name, name), number, operator) for name, number, operator in key.pairs),
        child_key=tuple(names.get(name, name) for name in key.child_key),
    )
