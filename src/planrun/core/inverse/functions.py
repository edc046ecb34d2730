"""Functions, procedures and aggregates that a step created, dropped, replaced or altered.

One that was replaced is replaced back. Where CREATE OR REPLACE refuses that (other names of arguments, fewer defaults),
or its body is bound to a column that gets its old type back, or to what the step made, it is dropped and made again, as
long as nothing needs it.
One whose body is bound to such a column, or to a column, key, view or table that comes back itself, is made after it.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from planrun.core.inverse import belongings, moves
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Address, Catalog, Function


def undo(before: Catalog, after: Catalog, freed: frozenset[Address]) -> Iterator[Finding]:
    """Yield what takes the functions of `after` back to those of `before`.

    Args:
        before: the catalog before the step.
        after: the catalog after it.
        freed: the columns that get their old type back: nothing may be bound to them meanwhile.
    """
    for oid, function in sorted(after.functions.items(), reverse=True):
        if oid not in before.functions and not function.internal and not function.temporary:
            yield _drop(function)
    lasting = {oid: function for oid, function in before.functions.items() if not function.temporary}
    kept = [(was, after.functions[oid]) for oid, was in lasting.items() if oid in after.functions]
    made = frozenset(_lacking(after, before))
    anew = [(was, now) for was, now in kept if _must_go(was, now, made) or freed.intersection(now.uses or ())]
    for _, now in anew:
        yield _drop(now)
    stayed = [(was, now) for was, now in kept if (was, now) not in anew]
    yield from moves.back(
        [_move(was, now) for was, now in stayed if _place(was) != _place(now)], Phase.FUNCTION_NAMES_BACK
    )
    gone = [was for oid, was in lasting.items() if oid not in after.functions and not was.internal]
    lost = [*gone, *(was for was, _ in anew)]
    replaced = [was for was, now in stayed if was.body != now.body]
    yield from _definitions(lost, replaced, frozenset(_comes_back(before, after)), freed)
    for function in lost:
        yield from belongings.again(
            _target(function), function.signature, belongings.FUNCTION, function, granted=_granted(function)
        )
    for was, now in stayed:
        if was != now:
            yield from _altered(was, now)


def _target(function: Function) -> str:
    return f"{_word(function)} {function.qualified}"


def _word(function: Function) -> str:
    return "AGGREGATE" if function.kind == "a" else "ROUTINE"


def _granted(function: Function) -> str:
    """Return what stands behind ON in GRANT, which knows no ORDER BY among the arguments."""
    return f"ROUTINE {function.signature}"


def _place(function: Function) -> tuple[str, str]:
    return (function.schema, function.name)


def _drop(function: Function) -> Action:
    return Action(Phase.FUNCTIONS_OFF, f"DROP {_target(function)}", ("pg_proc", function.oid, 0))


def _must_go(was: Function, now: Function, made: frozenset[Address]) -> bool:
    if was.body == now.body:
        return False
    return was.result != now.result or was.defaults < now.defaults or _is_bound(now, made)


def _move(was: Function, now: Function) -> moves.Move:
    return moves.Move(_word(was), _place(was), _place(now), f"planrun_{was.oid}", f"({now.arguments})")


def _altered(was: Function, now: Function) -> Iterator[Finding]:
    what = f"function {was.qualified}"
    if was.internal:
        yield Refusal(what, "it belongs to another object, and was altered by itself")
    if was.extensions != now.extensions:
        yield Refusal(what, "it joined, left, or now depends on an extension")
    yield from belongings.undo(_target(was), was, now, granted=_granted(was))


# --- the order of definitions ------------------------------------------------------------------


def _definitions(
    lost: list[Function], replaced: list[Function], coming: frozenset[Address], freed: frozenset[Address]
) -> Iterator[Finding]:
    """Yield the definitions, the used before their users."""
    wanted = {function.oid: function for function in (*lost, *replaced)}
    absent = {function.oid for function in lost}
    late = _bound(wanted, absent, coming)
    freed_first = _bound(wanted, absent, freed)
    for function in _used_first(wanted):
        if function is None:
            yield Refusal("functions", "those that were dropped or replaced are bound to one another in a circle")
            return
        what = f"function {function.qualified}"
        if function.definition is None or not function.trusted:
            yield Refusal(what, f"only a superuser may create it again (language {function.language})")
        elif function.extensions:
            yield Refusal(what, "it depended on an extension")
        elif function.oid in late & absent and function.users:
            yield Refusal(what, f"it was dropped together with what it is bound to, and {function.users[0]} needs it")
        elif function.oid in late:
            yield Action(Phase.FUNCTIONS_LATE, function.definition.rstrip())
        elif function.oid in freed_first:
            yield Action(Phase.FUNCTIONS_RETYPED, function.definition.rstrip())
        else:
            yield Action(Phase.FUNCTIONS_ON, function.definition.rstrip())


def _comes_back(before: Catalog, after: Catalog) -> Iterator[Address]:
    """Yield what comes back later than functions; among one another, and to types, these have an order of their own."""
    for address in _lacking(before, after):
        if address[0] not in {"pg_proc", "pg_type"} and not _is_composite(address, before):
            yield address
    for oid, relation in before.relations.items():
        now = after.relations.get(oid)
        if relation.kind != "c" and now is not None and now.body != relation.body:
            yield ("pg_class", oid, 0)


def _is_composite(address: Address, side: Catalog) -> bool:
    return address[0] == "pg_class" and side.relations[address[1]].kind == "c"


def _lacking(one: Catalog, other: Catalog) -> Iterator[Address]:
    """Yield what is in the one and not in the other, of what a body can be bound to."""
    yield from (("pg_proc", oid, 0) for oid in one.functions.keys() - other.functions.keys())
    yield from (("pg_type", oid, 0) for oid in one.types.keys() - other.types.keys())
    for oid, relation in one.relations.items():
        if (same := other.relations.get(oid)) is None:
            yield ("pg_class", oid, 0)
            continue
        lacking = (column.attnum for column in relation.columns if same.column(column.attnum) is None)
        yield from (("pg_class", oid, attnum) for attnum in lacking)
        # By its key a table may be grouped.
        there = {constraint.oid for constraint in same.constraints}
        gone = (constraint.oid for constraint in relation.constraints if constraint.oid not in there)
        yield from (("pg_constraint", number, 0) for number in gone)


def _bound(wanted: dict[int, Function], absent: set[int], to: frozenset[Address]) -> set[int]:
    """Return the functions that are bound to one of these addresses, directly or through others."""
    bound: set[int] = set()
    while True:
        late = to | {("pg_proc", oid, 0) for oid in bound & absent}
        users = {oid for oid, function in wanted.items() if _is_bound(function, late)}
        if users <= bound:
            return bound
        bound |= users


def _is_bound(function: Function, to: frozenset[Address]) -> bool:
    return any(use in to or (use[0], use[1], 0) in to for use in function.uses or ())


def _used_first(functions: dict[int, Function]) -> Iterator[Function | None]:
    """Yield the functions in the order in which they can be made, or None when there is no such order."""
    graph = {
        oid: [
            use[1] for use in functions[oid].uses or () if use[0] == "pg_proc" and use[1] in functions and use[1] != oid
        ]
        for oid in sorted(functions)
    }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError:
        yield None
        return
    yield from (functions[oid] for oid in order)
