"""Which part of a table in a tree goes with a part of a parent: a column, a constraint, an index, a trigger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Attached, Column, Constraint, Index, Relation, quoted
from planrun.core.inverse.actions import Refusal
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Part = Constraint | Index | Attached


def without_derived(side: Mapping[int, Relation], oid: int) -> Relation:
    """Return a relation without the foreign keys that the server makes for each partition of the referenced table."""
    relation = side[oid]
    if not any(constraint.parent and constraint.type == "f" for constraint in relation.constraints):
        return relation
    around = (relation, *(side[parent] for parent in relation.parents if parent in side))
    foreign = {constraint.oid: constraint.foreign for table in around for constraint in table.constraints}
    kept = (
        constraint
        for constraint in relation.constraints
        if constraint.type != "f" or foreign.get(constraint.parent, constraint.foreign) == constraint.foreign
    )
    return replace(relation, constraints=tuple(kept))


def columns_named(name: str, parents: Iterable[Relation]) -> list[tuple[Relation, Column]]:
    """Return the columns of this name in the parents."""
    return [(parent, column) for parent in parents for column in parent.columns if column.name == name]


def origin(part: Part, child: Relation, parents: Iterable[Relation]) -> Part | None:
    """Return the part of a parent that this one goes with, or None when it stands for itself."""
    listed: Iterable[Part]
    match part:
        case Constraint(type="c" | "n"):
            return None if part.local else named_by(part, child, parents)
        case Constraint():
            listed = (c for p in parents for c in p.constraints)
        case Index():
            listed = (i for p in parents for i in p.indexes)
        case Attached():
            listed = (t for p in parents for t in p.triggers)
    return next((other for other in listed if part.parent and other.oid == part.parent), None)


@frozen
class Triggers:
    """All triggers before and after the step, by OID."""

    before: Mapping[int, Attached]
    after: Mapping[int, Attached]

    @classmethod
    def of(cls, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> Triggers:
        """Find those of these relations."""
        return cls(*({t.oid: t for relation in side.values() for t in relation.triggers} for side in (before, after)))

    def cloned_state(self, clone: Attached) -> str:
        """Return the state in which a clone comes back: that of the one above, if it is there by then."""
        above = self.before.get(clone.parent)
        while above is not None:
            now = self.after.get(above.oid)
            if now is not None and (now.body, now.name) == (above.body, above.name):
                return now.enabled
            above = self.before.get(above.parent)
        # The root's comes back after its partitions.
        return "O"


def named_by(part: Constraint, child: Relation, parents: Iterable[Relation]) -> Part | None:
    """Return the constraint of a parent that a check or NOT NULL is renamed with, though it be the table's own, too."""
    if not part.inherited:
        return None
    mark = _mark(part, child)
    return next((c for p in parents for c in p.constraints if _mark(c, p) == mark), None)


def _mark(constraint: Constraint, relation: Relation) -> tuple[str, ...]:
    """Return what a constraint is inherited by: a check by its name, NOT NULL by its column."""
    if constraint.type == "n" and constraint.columns:
        column = relation.column(constraint.columns[0])
        return ("n", column.name if column else "")
    return (constraint.type, constraint.name)


def comes_with(part: Part, origin: Part) -> bool:
    """Whether making the parent's makes this one, too, with its name; indexes and keys are made one by one."""
    match part:
        case Index() | Constraint(type="p" | "u" | "x"):
            return False
        case Constraint(type="n", local=False):
            return True
        case Constraint(type="f" | "n"):
            # Made first, under its own name, it is taken for the parent's.
            return part.name == origin.name
        case _:
            return True


def shape(part: Part) -> str:
    """Return what a part reads but for its name and its table."""
    return part.definition.partition(" USING ")[2] if isinstance(part, Index) else part.definition


def excluding(index: Index, relation: Relation) -> bool:
    """Whether an index is that of an exclusion constraint or of a key over time: the server joins it to no other."""
    keys = (constraint for constraint in relation.constraints if constraint.oid == index.constraint)
    return any(key.type == "x" or key.period for key in keys)


def label(part: Part, relation: Relation) -> str:
    """Return what a part is called in a refusal."""
    word = {Constraint: "constraint", Index: "index", Attached: "trigger"}[type(part)]
    return f"{word} {quoted(part.name)} of {relation.qualified}"


def not_joined(index: Index, relation: Relation) -> Refusal:
    """Return the refusal of an index that would have to be joined to the partitioned table's, and cannot be."""
    reason = "it was part of that of a partitioned table, to which the server joins none that excludes rows"
    return Refusal(label(index, relation), reason)


def derived_keys(partition: Relation, side: Mapping[int, Relation]) -> list[int]:
    """Return the foreign keys that the server made for a partition of the table that they refer to."""
    return [c.oid for other in side.values() for c in other.constraints if c.foreign == partition.oid and c.parent]


def bare_keys(relation: Relation) -> Relation:
    """Return a relation without the foreign keys that go with others."""
    return replace(relation, constraints=tuple(c for c in relation.constraints if c.type != "f" or not c.parent))
