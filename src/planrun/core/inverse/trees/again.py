"""What is set table by table when a part comes back that a table has from its parents, and what joins it to theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Attached, Column, Constraint, Index, Relation, quoted
from planrun.core.inverse import columns, parts
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.inverse.trees import inherited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planrun.core.inverse.trees.links import Link


def column_again(relation: Relation, column: Column, origin: Column) -> Iterator[Finding]:
    """Yield what a column that comes back with its parent's has by itself."""
    what = f"column {relation.qualified}.{quoted(column.name)}"
    if column.generated and column.default != origin.default:
        yield Refusal(what, "its generation expression is another one than the parent's")
    elif column.default != origin.default:
        change = "DROP DEFAULT" if column.default is None else f"SET DEFAULT {column.default}"
        yield Action(Phase.DEFAULTS_ON, f"ALTER TABLE {relation.alone} ALTER COLUMN {quoted(column.name)} {change}")
    yield from columns.comes_back(relation, column)


def part_again(relation: Relation, part: inherited.Part, origin: object) -> Iterator[Finding]:
    """Yield what a constraint or trigger that comes back with its parent's has by itself."""
    match part, origin:
        case Constraint(), Constraint():
            label = inherited.label(part, relation)
            if part.definition != origin.definition or not inherited.comes_with(part, origin):
                yield Refusal(label, "it read otherwise than the one that it is inherited from")
            elif part.name != origin.name:
                # NOT NULL made under its own name would be the table's own: a DROP of the parent's would not reach it.
                yield Caveat(f"{label} comes back under the name of the one that it is inherited from, {origin.name}")
            yield from parts.constraint_comment(relation, replace(part, name=origin.name), None)
        case Attached(), Attached():
            bare = replace(part, enabled="O", comment=None)
            yield from parts.attached_settings(relation, part, bare, "TRIGGER")
        case _:
            pass


def join(relation: Relation, part: inherited.Part, origin: object, parents: Sequence[Relation]) -> Iterator[Finding]:
    """Yield what makes an index a part of the partitioned table's again."""
    if isinstance(part, Index) and isinstance(origin, Index):
        if inherited.excluding(part, relation):
            yield inherited.not_joined(part, relation)
        parent = next(parent for parent in parents if origin in parent.indexes)
        above = f"{quoted(parent.schema)}.{quoted(origin.name)}"
        own = f"{quoted(relation.schema)}.{quoted(part.name)}"
        yield Action(Phase.INDEXES_JOINED, f"ALTER INDEX {above} ATTACH PARTITION {own}")


def drop_joined(relation: Relation, index: Index) -> Iterator[Finding]:
    """Yield the drop of an index that one of a partition was attached to, since none is ever detached."""
    if index.constraint is not None:
        yield Refusal(inherited.label(index, relation), "an index was attached to it, and it belongs to a constraint")
    drop = f"DROP INDEX {quoted(relation.schema)}.{quoted(index.name)}"
    yield Action(Phase.INDEXES_OFF, drop, drops=("pg_class", index.oid, 0))


def drop_with(relation: Relation, part: inherited.Part, origin: object) -> Iterator[Finding]:
    """Yield a refusal where the part of a partition does not go with the partitioned table's."""
    if isinstance(part, Index) and isinstance(origin, Index) and origin.constraint is None and part.constraint:
        reason = "it became part of that of a partitioned table, and belongs to a constraint"
        yield Refusal(inherited.label(part, relation), reason)


def kept_part(relation: Relation, was: inherited.Part, now: inherited.Part, link: Link) -> Iterator[Finding]:
    """Yield a refusal where a constraint stopped being inherited only."""
    if relation.partition_bound is not None or not isinstance(was, Constraint) or not isinstance(now, Constraint):
        return
    if was.local or now.type not in {"c", "n"}:
        return
    if now.local or inherited.named_by(now, link.now, link.up_now) is None:
        yield Refusal(inherited.label(was, relation), "it was inherited only, and became the table's own")
