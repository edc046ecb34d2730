"""Partitions and inheritance: what of a difference each table of a tree answers for by itself.

Parents that a step gave to a table are taken from it before anything else goes back, and parents that it took away
come back when all else is there again. In between the table stands alone, and its way back is that of any table.

Where a parent stayed, a part that a table has from it (a column, a constraint, an index, the clone of a trigger) goes
when the way back drops the parent's, so that it is left out here. What comes back with the parent's is left out too,
but for what is set table by table: comments, defaults, states. Indexes and the keys that they carry are made table by
table under their own names and joined afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.inverse.trees import guards, inherited
from planrun.core.inverse.trees.links import Link, detach
from planrun.core.inverse.trees.walk import Walk
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Catalog, Relation

_TABLES = frozenset("rpf")


@frozen
class Apart:
    """Two catalogs in which each table of a tree has only what it answers for by itself.

    Attributes:
        before: the relations as they were, roots first.
        after: the relations as they are.
        named: the relations that stayed, before and after, the latter without what is renamed with their parents.
        findings: what belongs to the tree.
        flat: whether there is no tree at all.
    """

    before: Catalog
    after: Catalog
    named: tuple[tuple[Relation, Relation], ...]
    findings: tuple[Finding, ...]
    flat: bool = False

    @property
    def children_first(self) -> tuple[Catalog, Catalog]:
        """The two catalogs with what inherits before what it inherits from."""
        return _reversed(self.before), _reversed(self.after)


def apart(before: Catalog, after: Catalog) -> Apart:
    """Take the trees of two catalogs apart."""
    if not any(r.in_tree or _has_parts(r) for side in (before, after) for r in side.relations.values()):
        kept = _kept(before, after)
        checks = tuple(check for was, now in kept for check in guards.hung_since(was, now, after.relations))
        return Apart(before, after, kept, checks, flat=True)
    walk = Walk(before.relations, after.relations)
    order = sorted(before.relations.keys() | after.relations.keys(), key=lambda oid: (walk.depth(oid), oid))
    members = [walk.member(oid) for oid in order if oid in before.relations and oid in after.relations]
    gone = {oid: _alone(before.relations, oid) for oid in order if oid not in after.relations}
    own_before = {member.was.oid: member.was for member in members} | gone
    own_after = {member.now.oid: member.now for member in members}
    fresh = {oid: inherited.bare_keys(after.relations[oid]) for oid in order if oid not in before.relations}
    findings = [finding for member in members for finding in member.findings if not _comes(finding)]
    findings += [finding for member in reversed(members) for finding in member.findings if _comes(finding)]
    findings += [finding for oid in fresh for finding in _created(oid, before.relations, after.relations)]
    dropped = (before.relations[oid] for oid in gone)
    findings += [finding for relation in dropped for finding in _dropped(relation, before.relations, walk.triggers)]
    return Apart(
        replace(before, relations={oid: own_before[oid] for oid in order if oid in own_before}),
        replace(after, relations={oid: (own_after | fresh)[oid] for oid in order if oid in own_after | fresh}),
        tuple((member.was, member.named) for member in members),
        tuple(findings),
    )


def _kept(before: Catalog, after: Catalog) -> tuple[tuple[Relation, Relation], ...]:
    return tuple((was, after.relations[oid]) for oid, was in before.relations.items() if oid in after.relations)


def _comes(finding: Finding) -> bool:
    """Whether it is a statement that makes something again: that is done to children first."""
    return isinstance(finding, Action) and finding.phase >= Phase.COLUMNS_ON


def _has_parts(relation: Relation) -> bool:
    """Whether it refers to a partitioned table: it has a foreign key more for each partition then."""
    return any(constraint.parent for constraint in relation.constraints)


def _reversed(catalog: Catalog) -> Catalog:
    return replace(catalog, relations=dict(reversed(list(catalog.relations.items()))))


# --- what the step created or dropped ----------------------------------------------------------


def _created(oid: int, before: Mapping[int, Relation], after: Mapping[int, Relation]) -> Iterator[Finding]:
    """Yield what keeps the drop of a created root from taking along what somebody has hung on it since."""
    relation = after[oid]
    if not relation.in_tree or relation.kind not in _TABLES or relation.temporary:
        return
    yield guards.childless(relation, after)
    if relation.partition_bound is not None and inherited.derived_keys(relation, after):
        # It could not be dropped where it is.
        yield from (detach(parent, relation, after) for parent in _all(relation.parents, after) if parent.oid in before)


def _all(oids: Iterable[int], side: Mapping[int, Relation]) -> list[Relation]:
    return [side[oid] for oid in oids if oid in side]


def _dropped(relation: Relation, before: Mapping[int, Relation], triggers: inherited.Triggers) -> Iterator[Finding]:
    """Yield what puts a dropped table in its place again, which is made again as a table alone."""
    if relation.temporary or not relation.in_tree:
        return
    link = Link.of(relation, replace(relation, parents=(), partition_bound=None), before, before)
    yield from link.findings(triggers)
    keyed = [part for part in relation.constraints if part.type == "f" and part.parent]
    for part in keyed:
        origin = inherited.origin(part, relation, link.taken)
        if origin is None or origin.name != part.name:
            yield Refusal(
                inherited.label(part, relation), "it was dropped, and has another name than the one it is part of"
            )
    if relation.partition_bound is None:
        own = [*(c for c in relation.columns if not c.local), *(c for c in relation.constraints if not c.local)]
        if own:
            reason = "it was dropped, and had inherited columns or constraints that would come back as its own"
            yield Refusal(f"table {relation.qualified}", reason)


def _alone(side: Mapping[int, Relation], oid: int) -> Relation:
    """Return a dropped table without what it has from others, to be made again and then put in its place.

    Its settings come back when it is there: they are none of those that the tables below it have.
    """
    relation = inherited.without_derived(side, oid)
    if not relation.in_tree:
        return relation
    return replace(
        relation,
        triggers=tuple(trigger for trigger in relation.triggers if not trigger.parent),
        constraints=inherited.bare_keys(relation).constraints,
    )
