"""Compares two catalogs and derives the inverse of what lies between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.inverse import (
    columns,
    composites,
    default_privileges,
    functions,
    moves,
    names,
    objects,
    order,
    publications,
    relations,
    schemas,
    sequences,
    trees,
    types,
    views,
)
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal, gathered
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.catalog import Address, Catalog, Column, Dependency, Relation


Retyped = tuple["Relation", "Relation", tuple[tuple["Column", "Column"], ...]]
"""A relation before and after the step, and its columns whose type or collation was changed."""


@frozen
class Inverse:
    """The way back of a step's DDL.

    Attributes:
        actions: the statements, in their order; rows are put back between those before and after Phase.DATA.
        created: the tables and materialized views that the step created; they go if nobody wrote to them since.
        added: for each table the columns that the step added; they go if nobody filled them since.
        dropped: for each table, as it was, the columns whose values the way back must bring.
        lost: the tables that the step dropped, whose rows the way back must bring.
        retyped: for each table the columns whose type or collation was changed.
        states: the OIDs of sequences whose position it sets and of materialized views whose content it computes anew.
        rewritten: the OIDs of tables whose storage was replaced, by a rewrite or by TRUNCATE.
        refusals: what cannot be taken back.
        caveats: what comes back a little different.
    """

    actions: tuple[Action, ...]
    created: tuple[Relation, ...]
    added: tuple[tuple[Relation, tuple[Column, ...]], ...]
    dropped: tuple[tuple[Relation, tuple[Column, ...]], ...]
    lost: tuple[Relation, ...]
    retyped: tuple[Retyped, ...]
    states: tuple[int, ...]
    rewritten: tuple[int, ...]
    refusals: tuple[Refusal, ...]
    caveats: tuple[Caveat, ...]

    @property
    def alone(self) -> bool:
        """Whether it is one action and nothing else: there is no order to find, and nobody who stands in the way."""
        more = (self.added, self.dropped, self.lost, self.retyped, self.states, self.rewritten)
        return len(self.actions) == 1 and not any(more)

    @property
    def drops(self) -> tuple[Address, ...]:
        """The objects that the inverse drops."""
        return tuple(action.drops for action in self.actions if action.drops is not None)

    @property
    def freed(self) -> tuple[Address, ...]:
        """The columns that get their old type back: it is refused while others are bound to them."""
        return _columns(self.retyped)


def derive(before: Catalog, after: Catalog) -> Inverse:
    """Return the inverse of the change from `before` to `after`."""
    then = as_called_then(before, after)
    tree = trees.apart(composites.without(before), composites.without(then))
    kept = [(before.relations[oid], after.relations[oid]) for oid in before.relations if oid in after.relations]
    created = [relation for oid, relation in after.relations.items() if oid not in before.relations]
    dropped = [relation for oid, relation in before.relations.items() if oid not in after.relations]
    tables = [(was, now) for was, now in kept if was.kind not in {"v", "m", "p", "c"}]
    replaced = views.replaced(before, after)
    retyped = tuple((was, now, pairs) for was, now in kept if (pairs := columns.retyped(was, then.relations[was.oid])))
    moved = [*types.moved(before, then), *composites.moved(before, then)]
    findings = [
        *_tables(tree),
        *names.undo(
            [(was, now) for was, now in tree.named if was.oid not in replaced],
            frozenset(move.was for move in moved),
        ),
        *moves.back(moved, Phase.TYPE_NAMES_BACK),
        *functions.undo(before, then, frozenset(_columns(retyped))),
        *schemas.undo(before, after),
        *types.undo(before, then),
        *composites.undo(before, then),
        *objects.undo(before, after),
        *publications.undo(before, then),
        *default_privileges.undo(before, after),
    ]
    return Inverse(
        actions=tuple(sorted((f for f in findings if isinstance(f, Action)), key=lambda action: action.phase)),
        created=tuple(r for r in created if r.kind in {"r", "p"} and not r.temporary),
        added=tuple((now, fresh) for was, now in tables if (fresh := columns.added(was, now))),
        dropped=tuple((was, lost) for was, now in tables if (lost := _stored(columns.dropped(was, now)))),
        lost=tuple(relation for relation in dropped if relation.kind == "r" and not relation.temporary),
        retyped=tuple(found for found in retyped if found[0].kind in {"r", "p"}),
        states=(
            *(view.oid for view in views.refreshed(before, after, replaced)),
            *sequences.moved(before, after),
        ),
        rewritten=tuple(was.oid for was, now in kept if was.filenode != now.filenode),
        refusals=tuple(f for f in findings if isinstance(f, Refusal)),
        caveats=gathered(f for f in findings if isinstance(f, Caveat)),
    )


def as_called_then(before: Catalog, after: Catalog) -> Catalog:
    """Return `after` under the names that schemas and types have once those of before the step are back."""
    return types.as_called_then(before, schemas.as_called_then(before, after))


def _tables(tree: trees.Apart) -> tuple[Finding, ...]:
    """Return what takes relations back: what goes, goes from parents first; what comes, comes to children first."""
    down = tuple(relations.undo(tree.before, tree.after))
    if tree.flat:
        return (*tree.findings, *down)
    up = relations.undo(*tree.children_first)
    return (
        *tree.findings,
        *(finding for finding in down if not isinstance(finding, Action) or finding.phase < Phase.COLUMNS_ON),
        *(finding for finding in up if isinstance(finding, Action) and finding.phase >= Phase.COLUMNS_ON),
    )


def ordered(inverse: Inverse, dependencies: tuple[Dependency, ...]) -> Inverse:
    """Return the inverse with what it drops in an order that the server accepts.

    Args:
        inverse: what `derive` made.
        dependencies: what needs the objects of `Inverse.drops` and `Inverse.freed`.
    """
    first = [action for action in inverse.actions if action.phase < Phase.SCHEMAS_ON]
    rest = [action for action in inverse.actions if action.phase >= Phase.SCHEMAS_ON]
    sorted_first, late, refusals = order.users_first(first, dependencies, frozenset(inverse.freed))
    rest = sorted((*rest, *late), key=lambda action: action.phase)
    return replace(inverse, actions=(*sorted_first, *rest), refusals=(*inverse.refusals, *refusals))


def _columns(retyped: tuple[Retyped, ...]) -> tuple[Address, ...]:
    return tuple(("pg_class", now.oid, column.attnum) for _, now, pairs in retyped for _, column in pairs)


def _stored(lost: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(column for column in lost if not column.generated)
