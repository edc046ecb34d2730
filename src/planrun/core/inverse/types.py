"""Enums, domains and ranges that a step created, dropped or altered; of composite types what the row type holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse import belongings, moves
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Column, Constraint, Type

_ADDED = "add the value in a step with irreversible: true"


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the types of `after` back to those of `before`."""
    for oid, type_ in sorted(after.types.items(), reverse=True):
        # A multirange goes with its range, a row type with its relation.
        if oid not in before.types and type_.kind not in {"m", "c"} and not type_.temporary:
            away = quoted(f"planrun_{oid}")
            late = (
                f"ALTER {_target(type_)} RENAME TO {away}",
                f"DROP {_target(type_).partition(' ')[0]} {quoted(type_.schema)}.{away}",
            )
            yield Action(Phase.TYPES_OFF, f"DROP {_target(type_)}", ("pg_type", oid, 0), late=late)
    pairs = [(was, after.types[oid]) for oid, was in before.types.items() if oid in after.types]
    for oid, type_ in sorted(before.types.items()):
        if oid in after.types or type_.temporary:
            continue
        if type_.kind == "m" and type_.comment is not None:
            comment = f"COMMENT ON TYPE {type_.qualified} IS {literal(type_.comment)}"
            yield Action(Phase.COMMENTS_ON, comment)
        if type_.kind not in {"m", "c"}:
            yield from _again(type_)
            if type_.difference in before.functions.keys() - after.functions.keys():
                yield Refusal(f"type {type_.qualified}", "it was dropped together with the function that subtracts")
    for was, now in pairs:
        if was != now:
            yield from _altered(was, now)


def moved(before: Catalog, after: Catalog) -> Iterator[moves.Move]:
    """Yield the types that get another name or schema back; composite types are told in `composites`."""
    for oid, was in before.types.items():
        now = after.types.get(oid)
        if now is not None and was.kind != "c" and _place(was) != _place(now):
            word = "DOMAIN" if was.kind == "d" else "TYPE"
            yield moves.Move(word, _place(was), _place(now), f"planrun_{oid}")


def as_called_then(before: Catalog, after: Catalog) -> Catalog:
    """Return `after` with the columns of renamed types under the names that the types had before the step."""
    pairs = ((was, after.types.get(oid)) for oid, was in before.types.items())
    names = {now.display: was.display for was, now in pairs if now is not None and was.display != now.display}
    if not names:
        return after

    def called(column: Column) -> Column:
        name, brackets, rest = column.type.partition("[]")
        return replace(column, type=f"{names.get(name, name)}{brackets}{rest}")

    relations = {
        oid: replace(relation, columns=tuple(map(called, relation.columns)))
        for oid, relation in after.relations.items()
    }
    return replace(after, relations=relations)


def _target(type_: Type) -> str:
    return f"{'DOMAIN' if type_.kind == 'd' else 'TYPE'} {type_.qualified}"


def _place(type_: Type) -> tuple[str, str]:
    return (type_.schema, type_.name)


# --- types that were dropped -------------------------------------------------------------------


def _again(type_: Type) -> Iterator[Finding]:
    what = f"type {type_.qualified}"
    definition = _definition(type_)
    if definition is None:
        yield Refusal(what, "it was dropped, and only its author knows how to make it again")
        return
    yield Action(Phase.TYPES_ON, definition)
    if type_.kind == "d":
        yield from _domain_back(type_, None)
    yield from belongings.again(_target(type_), type_.qualified, belongings.TYPE, type_)


def _definition(type_: Type) -> str | None:
    match type_.kind:
        case "e":
            labels = ", ".join(literal(label) for _, label in type_.values or ())
            return f"CREATE TYPE {type_.qualified} AS ENUM ({labels})"
        case "d":
            return f"CREATE DOMAIN {type_.qualified} AS {type_.base}"
        case "r" if type_.range is not None:
            return f"CREATE TYPE {type_.qualified} AS RANGE ({type_.range})"
        case _:
            return None


# --- types that stayed -------------------------------------------------------------------------


def _altered(was: Type, now: Type) -> Iterator[Finding]:
    what = f"type {was.qualified}"
    if was.body != now.body or was.defined != now.defined:
        yield Refusal(what, "its definition was changed")
    if was.values != now.values:
        yield from _values(was, now)
    if was.kind == "d":
        yield from _domain_off(was, now)
        yield from _domain_back(was, now)
    if was.kind == "m" and was.owner != now.owner:
        return  # It follows its range.
    yield from belongings.undo(_target(was), was, now)


def _values(was: Type, now: Type) -> Iterator[Finding]:
    labels = dict(was.values or ())
    added = [label for oid, label in now.values or () if oid not in labels]
    if added:
        names = ", ".join(map(literal, added))
        yield Refusal(f"type {was.qualified}", f"{names} was added, and no value of an enum can be removed", _ADDED)
        return
    held = {label for _, label in now.values or ()}
    renamed = [(oid, label) for oid, label in now.values or () if labels[oid] != label]
    alter = f"ALTER TYPE {was.qualified} RENAME VALUE"
    # By way of labels that nobody has where they were swapped.
    crossing = {oid for oid, _ in renamed if labels[oid] in held}
    for oid, label in renamed:
        if oid in crossing:
            yield Action(Phase.NAMES_BACK, f"{alter} {literal(label)} TO 'planrun_{oid}'")
    for oid, label in renamed:
        current = f"planrun_{oid}" if oid in crossing else label
        yield Action(Phase.NAMES_BACK, f"{alter} {literal(current)} TO {literal(labels[oid])}")


# --- domains -----------------------------------------------------------------------------------


def _domain_off(was: Type, now: Type) -> Iterator[Finding]:
    alter = f"ALTER DOMAIN {now.qualified}"
    if was.default_body != now.default_body and now.default is not None:
        yield Action(Phase.DEFAULTS_OFF, f"{alter} DROP DEFAULT")
    if now.not_null and not was.not_null and not _named_not_null(now):
        yield Action(Phase.NOT_NULL_OFF, f"{alter} DROP NOT NULL")
    before = {constraint.oid: constraint for constraint in was.constraints}
    for constraint in now.constraints:
        if not _stays(before.get(constraint.oid), constraint):
            drop = f"{alter} DROP CONSTRAINT {quoted(constraint.name)}"
            yield Action(Phase.CONSTRAINTS_OFF, drop, ("pg_constraint", constraint.oid, 0))


def _domain_back(was: Type, now: Type | None) -> Iterator[Finding]:
    alter = f"ALTER DOMAIN {was.qualified}"
    if was.default is not None and (now is None or was.default_body != now.default_body):
        yield Action(Phase.DEFAULTS_ON, f"{alter} SET DEFAULT {was.default}")
    if was.not_null and not (now is not None and now.not_null) and not _named_not_null(was):
        yield Action(Phase.NOT_NULL_ON, f"{alter} SET NOT NULL")
        yield from _within(was, "NOT NULL")
    after = {constraint.oid: constraint for constraint in now.constraints} if now is not None else {}
    for constraint in was.constraints:
        current = after.get(constraint.oid)
        if current is None or not _stays(constraint, current):
            add = f"{alter} ADD CONSTRAINT {quoted(constraint.name)} {constraint.definition}"
            yield Action(Phase.CONSTRAINTS_ON, add)
            if constraint.validated:
                yield from _within(was, f"constraint {quoted(constraint.name)}")
            current = None
        elif constraint.name != current.name:
            name = current.name
            # By way of a name that no constraint has where they were swapped.
            if constraint.name in {other.name for other in after.values()}:
                name = f"planrun_{constraint.oid}"
                away = f"{alter} RENAME CONSTRAINT {quoted(current.name)} TO {quoted(name)}"
                yield Action(Phase.NAMES_BACK, away)
            rename = f"{alter} RENAME CONSTRAINT {quoted(name)} TO {quoted(constraint.name)}"
            yield Action(Phase.COLUMN_NAMES_BACK, rename)
        if constraint.comment != (current.comment if current is not None else None):
            place = f"CONSTRAINT {quoted(constraint.name)} ON DOMAIN {was.qualified}"
            yield Action(Phase.COMMENTS_ON, f"COMMENT ON {place} IS {literal(constraint.comment)}")


def _within(domain: Type, part: str) -> Iterator[Refusal]:
    """Yield why a part of a domain does not come back: the server does not look for values within others."""
    if domain.within:
        reason = f"it was dropped or changed, and cannot come back while {domain.within[0]} holds it in another type"
        yield Refusal(f"{part} of domain {domain.qualified}", reason)


def _stays(was: Constraint | None, now: Constraint) -> bool:
    return was is not None and was.body == now.body


def _named_not_null(type_: Type) -> bool:
    """Whether NOT NULL is a constraint of its own (PostgreSQL 17), which then comes and goes as one."""
    return any(constraint.type == "n" for constraint in type_.constraints)
